"""`reading: pregnancy`: every dated statement is collected, and the newest decides (clinical rules, section 5.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from service.core.dates import Span, age_at, days_since, is_after, plus_days
from service.core.facts import ConditionFact, Doubt, Facts, ProcedureFact, ResultFact, Standing
from service.core.facts import Outcome as TestOutcome
from service.core.judge.gestation import DUE_DATE, GESTATION, LAST_PERIOD, LENGTH, counts, due_dates, last_periods
from service.core.judge.outcomes import Case, Established, Fact, Outcome
from service.core.packs import Pack, Rule
from service.core.screening import Certainty


class Says(StrEnum):
    """What one statement says."""

    PREGNANT = "pregnant"
    TESTED = "tested positive"
    MAYBE = "maybe"
    NOT = "not pregnant"
    ENDED = "ended"


_PREGNANT: Final = frozenset({"pregnancy", "ectopic-pregnancy"})
_LABOUR: Final = "labour"  # listed with the end of pregnancy: pregnant that day, and soon no more
_SPEAKING: Final = frozenset(
    {"disease", "complication", "status", "nonviable", "possible", "suspected", "negative-status"}
)
_ENDS: Final = frozenset({"end-of-pregnancy", "postpartum"})
_PERMANENT: Final = frozenset({"absent-uterus", "absent-ovaries", "menopause"})
_PERMANENT_DONE: Final = frozenset({"hysterectomy-total", "hysterectomy-subtotal", "bilateral-oophorectomy"})
_ENDS_DONE: Final = frozenset({"delivery", "termination-of-pregnancy"})
_TESTS: Final = frozenset({"pregnancy-test", "hcg", "hcg-interpretation"})
_STATUS: Final = "pregnancy-status"
CONDITIONS: Final = _PREGNANT | _ENDS | _PERMANENT
PROCEDURES: Final = _PERMANENT_DONE | _ENDS_DONE
TESTS: Final = frozenset({*_TESTS, _STATUS, DUE_DATE, GESTATION, LAST_PERIOD})
_POSITIVE: Final = frozenset({Says.PREGNANT, Says.TESTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One dated statement. `until` is how long it holds; None: it never lapses (hysterectomy)."""

    says: Says
    fact: Fact
    date: Span | None  # when it was said
    until: Span | None = None
    measured: bool = False  # a delivery date or a gestational age
    doubt: Doubt = Doubt.NONE
    permanent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pregnancy:
    """Where the statements leave the patient."""

    state: str  # current, stale, doubtful, over, none
    statements: tuple[Statement, ...]
    deciding: tuple[Statement, ...]


def read_pregnancy(case: Case) -> Pregnancy:
    """The newest statement on or before as-of decides; pregnant wins a tie."""
    statements = tuple(_statements(case))
    dated = [s for s in statements if s.date is not None]
    undated = [s for s in statements if s.date is None]
    deciding = _same_pregnancy(dated, _newest(dated))
    lapsing = [s for s in undated if s.says in (Says.PREGNANT, Says.MAYBE, Says.TESTED)]
    if not deciding and not lapsing:
        permanent = [s for s in undated if s.permanent]
        return Pregnancy(state="over" if permanent else "none", statements=statements, deciding=tuple(permanent))
    as_of = case.facts.as_of
    if lapsing and (not deciding or not _is_current_positive(deciding, as_of)):
        sure = [s for s in lapsing if s.says is Says.PREGNANT]
        contradicted = any(s.says in (Says.NOT, Says.ENDED) for s in statements)
        state = "current" if sure and not contradicted else "doubtful"
        if any(s.permanent for s in undated) and not sure:
            state = "over"
        return Pregnancy(state=state, statements=statements, deciding=tuple(sure or lapsing))
    return Pregnancy(state=_state(deciding, as_of, undated), statements=statements, deciding=deciding)


def _state(deciding: Sequence[Statement], as_of: Span, undated: Sequence[Statement]) -> str:
    said = {statement.says for statement in deciding}
    if said <= {Says.NOT, Says.ENDED}:
        return "over"
    if _is_current_positive(deciding, as_of):
        return "current"
    if said & _POSITIVE:
        return "over" if any(statement.permanent for statement in undated) else "stale"
    return "doubtful"


def _is_current_positive(deciding: Sequence[Statement], as_of: Span) -> bool:
    return any(s.says in _POSITIVE and not _lapsed(s, as_of) for s in deciding)


def _same_pregnancy(dated: Sequence[Statement], deciding: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """With a positive newest statement, the earlier positive ones back to the last end or answer.

    A test does not shorten the pregnancy that was recorded before it.
    """
    if not {s.says for s in deciding} & _POSITIVE:
        return deciding
    against = [s.date.last for s in dated if s.says in (Says.NOT, Says.ENDED) and s.date is not None]
    since = max((day for day in against if day < _day(deciding[0])), default=None)
    earlier = [s for s in dated if s.says in _POSITIVE and s not in deciding and (since is None or _day(s) > since)]
    return (*deciding, *earlier)


def _day(statement: Statement) -> date:
    assert statement.date is not None  # noqa: S101 - only dated statements are compared
    return statement.date.last


def _lapsed(statement: Statement, as_of: Span) -> bool:
    return statement.until is not None and days_since(statement.until, as_of)[0] > 0


def _newest(dated: Sequence[Statement]) -> tuple[Statement, ...]:
    """Statements of the newest day: a statement's day, not its hour, is what a chart can be trusted for."""
    if not dated:
        return ()
    last = max(statement.date.last for statement in dated if statement.date is not None)
    return tuple(s for s in dated if s.date is not None and s.date.last == last)


def _statements(case: Case) -> Iterable[Statement]:
    for condition in case.facts.conditions:
        statement = _of_condition(case, condition)
        if statement is not None:
            yield statement
    for procedure in case.facts.procedures:
        statement = _of_procedure(procedure)
        if statement is not None and not _later(statement.date, case.facts.as_of):
            yield statement
    for result in case.facts.results:
        statement = _of_result(case, result)
        if statement is not None:
            yield statement


def _later(date: Span | None, as_of: Span) -> bool:
    return date is not None and is_after(date, as_of)


def _of_condition(case: Case, fact: ConditionFact) -> Statement | None:
    if fact.meaning == _LABOUR or (fact.concept in _PREGNANT and fact.meaning in _SPEAKING):
        return _of_pregnancy(case, fact)
    if fact.concept in _TESTS:
        return _of_test_said(case, fact)
    if fact.concept in _ENDS and fact.meaning == "ended" and fact.standing is not Standing.POSSIBLE:
        date = fact.onset or fact.ended or fact.recorded
        if _later(date, case.facts.as_of):
            return None
        return Statement(says=Says.ENDED, fact=fact, date=date)
    if fact.concept in _PERMANENT and fact.meaning == "status" and fact.standing is Standing.CURRENT:
        return Statement(says=Says.NOT, fact=fact, date=fact.onset or fact.recorded, permanent=True)
    return None


def _of_pregnancy(case: Case, fact: ConditionFact) -> Statement | None:
    """A pregnancy entry: as new as its recording, else its onset; a past status ends it on its abatement."""
    date = fact.recorded or fact.onset
    if fact.meaning == "negative-status":
        return Statement(says=Says.NOT, fact=fact, date=date) if date else None
    if fact.standing in (Standing.PAST, Standing.INACTIVE, Standing.REMISSION):
        return Statement(says=Says.ENDED, fact=fact, date=fact.ended) if fact.ended else None
    if fact.standing is Standing.POSSIBLE:
        return Statement(says=Says.MAYBE, fact=fact, date=_not_later(date, case.facts.as_of), doubt=fact.doubt)
    if fact.standing is not Standing.CURRENT:
        return None
    if fact.meaning == _LABOUR:
        day = fact.onset or fact.recorded
        until = plus_days(day, case.pack.days("labour")) if day else None
        return Statement(says=Says.PREGNANT, fact=fact, date=date, until=until)
    return Statement(says=Says.PREGNANT, fact=fact, date=date, until=_until(case, fact.onset, date))


def _of_test_said(case: Case, fact: ConditionFact) -> Statement | None:
    """A code for a pregnancy test with its answer: read like the test."""
    date = fact.recorded or fact.onset
    if date is None or _later(date, case.facts.as_of):
        return None
    if fact.meaning == "negative-status":
        return Statement(says=Says.NOT, fact=fact, date=date)
    if fact.standing is not Standing.CURRENT:
        return None
    until = plus_days(date, case.pack.days("pregnancy-test-counts"))
    return Statement(says=Says.TESTED, fact=fact, date=date, until=until)


def _not_later(date: Span | None, as_of: Span) -> Span | None:
    """A date after as-of decides nothing by itself: its statement is read as undated."""
    return None if _later(date, as_of) else date


def _until(case: Case, start: Span | None, date: Span | None) -> Span | None:
    """Due date plus grace, else start (or last period) plus the longest length, else the statement plus it."""
    if date is None and start is None:
        return None
    pack = case.pack
    about = start or date
    assert about is not None  # noqa: S101 - one of the two is there
    dues = [due for due in due_dates(case.facts) if _is_of(due, about, date, pack)]
    if dues:
        return plus_days(max(dues, key=lambda due: due.last), pack.days("pregnancy-grace"))
    starts = [day for day in last_periods(case.facts) if _is_of(plus_days(day, LENGTH), about, date, pack)]
    return plus_days(starts[-1] if starts and start is None else about, pack.days("pregnancy-longest"))


def _is_of(due: Span, start: Span, date: Span | None, pack: Pack) -> bool:
    """Whether a due date can be of the pregnancy that began or was stated then."""
    longest = pack.days("pregnancy-longest")
    return any(
        -pack.days("pregnancy-grace") <= days_since(day, due)[1] and days_since(day, due)[0] <= longest
        for day in (start, date)
        if day is not None
    )


def _of_procedure(fact: ProcedureFact) -> Statement | None:
    if not fact.certain:
        return None
    if fact.concept in _PERMANENT_DONE:
        return Statement(says=Says.NOT, fact=fact, date=fact.date, permanent=True)
    if fact.concept in _ENDS_DONE and fact.date is not None:
        return Statement(says=Says.ENDED, fact=fact, date=fact.date)
    return None


def _of_result(case: Case, fact: ResultFact) -> Statement | None:
    readers: dict[str, Callable[[Case, ResultFact], Statement | None]] = {
        _STATUS: _of_status,
        DUE_DATE: _of_due_date,
        GESTATION: _of_gestation,
        **dict.fromkeys(_TESTS, _of_test),
    }
    reader = readers.get(fact.test)
    return reader(case, fact) if reader is not None else None


def _of_status(case: Case, fact: ResultFact) -> Statement | None:
    doubt = fact.doubt or (Doubt.UNDATED if fact.date is None else Doubt.NONE)
    if fact.outcome is TestOutcome.POSITIVE and not doubt:
        return Statement(says=Says.PREGNANT, fact=fact, date=fact.date, until=_until(case, None, fact.date))
    if fact.outcome in (TestOutcome.POSITIVE, TestOutcome.INDETERMINATE):
        return Statement(says=Says.MAYBE, fact=fact, date=_not_later(fact.date, case.facts.as_of), doubt=doubt)
    if fact.outcome is TestOutcome.NEGATIVE and not doubt:
        return Statement(says=Says.NOT, fact=fact, date=fact.date)
    return None


def _of_due_date(case: Case, fact: ResultFact) -> Statement | None:
    """A due date carries its own date: undated, it was known at the latest when the pregnancy had begun."""
    due = fact.date_value
    if due is None or not counts(fact):
        return None
    date = fact.date or plus_days(due, -LENGTH)
    if _later(date, case.facts.as_of):
        return None
    until = plus_days(due, case.pack.days("pregnancy-grace"))
    return Statement(says=Says.PREGNANT, fact=fact, date=date, until=until, measured=True)


def _of_gestation(case: Case, fact: ResultFact) -> Statement | None:
    if fact.value is None or fact.date is None or not counts(fact):
        return None
    until = plus_days(plus_days(fact.date, -int(fact.value)), LENGTH + case.pack.days("pregnancy-grace"))
    return Statement(says=Says.PREGNANT, fact=fact, date=fact.date, until=until, measured=True)


def _of_test(case: Case, fact: ResultFact) -> Statement | None:
    outcome = _tested(case.pack, fact)
    doubt = fact.doubt or (Doubt.UNDATED if fact.date is None else Doubt.NONE)
    if outcome is TestOutcome.POSITIVE and not doubt and fact.date is not None:
        until = plus_days(fact.date, case.pack.days("pregnancy-test-counts"))
        return Statement(says=Says.TESTED, fact=fact, date=fact.date, until=until)
    if outcome in (TestOutcome.POSITIVE, TestOutcome.INDETERMINATE) or (fact.value is None and fact.doubt):
        return Statement(says=Says.MAYBE, fact=fact, date=_not_later(fact.date, case.facts.as_of), doubt=doubt)
    if outcome is TestOutcome.NEGATIVE and not doubt:
        return Statement(says=Says.NOT, fact=fact, date=fact.date)
    return None


def _tested(pack: Pack, fact: ResultFact) -> TestOutcome:
    """A test's answer; a hormone level by the pack's two limits, between them it is open."""
    if fact.value is None or fact.test != "hcg":
        return fact.outcome
    low, high = pack.limit("hcg-negative-below"), pack.limit("hcg-positive-from")
    is_low = fact.value < low.value or (fact.comparator.startswith("<") and fact.value <= low.value)
    if is_low and not fact.comparator.startswith(">"):
        by_value = TestOutcome.NEGATIVE
    elif fact.value >= high.value and not fact.comparator.startswith("<"):
        by_value = TestOutcome.POSITIVE
    else:
        by_value = TestOutcome.INDETERMINATE
    if fact.outcome in (TestOutcome.POSITIVE, TestOutcome.NEGATIVE) and fact.outcome is not by_value:
        return TestOutcome.INDETERMINATE
    return by_value


def walk_pregnancy(case: Case, rule: Rule) -> list[Outcome]:
    """Finding, stale or conflicting entry, or the routine question."""
    read = read_pregnancy(case)
    facts = [statement.fact for statement in read.deciding]
    conflict = _conflict(case)
    if conflict == "child" and read.state in ("current", "stale") and _is_only_measured(_positive(read), conflict):
        return [case.noted(rule, "gestation-in-child", facts)]
    if read.state == "current":
        return [_current(case, rule, read, facts, conflict), *_disagreement(case, rule, read)]
    if read.state == "stale" and not _outlived(case):
        key = "stale-test" if all(s.says is Says.TESTED for s in _positive(read)) else "stale"
        if key == "stale" or _test_is_recent(case, read):
            if conflict and key == "stale-test":
                return [case.noted(rule, "hormone-in-male", facts)]
            return [case.asked(rule, key, facts)]
    if read.state == "doubtful":
        if conflict == "male" and all(isinstance(fact, ResultFact) for fact in facts):
            return [case.noted(rule, "hormone-in-male", facts)]
        doubt = next((s.doubt for s in read.deciding if s.doubt), Doubt.CODE_LEAVES_OPEN)
        key = "undated-and-answered" if any(s.says is Says.PREGNANT for s in read.deciding) else doubt
        return [case.asked(rule, key, facts)]
    notes: list[Outcome] = [case.noted(rule, "noted", facts)] if facts else []
    if _is_asked(case) and not _is_answered(case, read):
        return [*notes, case.asked(rule, "unknown", [], routine=True)]
    return notes


def _positive(read: Pregnancy) -> list[Statement]:
    return [s for s in read.deciding if s.says in _POSITIVE]


def _current(case: Case, rule: Rule, read: Pregnancy, facts: list[Fact], conflict: str) -> Outcome:
    positive = [s for s in _positive(read) if not _lapsed(s, case.facts.as_of)]
    if conflict:
        if conflict == "male" and _is_only_measured(positive, conflict):
            return case.noted(rule, "hormone-in-male", facts)
        entry = [s for s in read.statements if s.says is Says.PREGNANT and not s.measured]
        measured = [s for s in read.statements if s.measured and not _lapsed(s, case.facts.as_of)]
        if not (entry and measured):
            return case.asked(rule, f"conflict-{conflict}", facts)
        facts = [s.fact for s in (*entry, *measured)]
    untils = [s.until.last for s in positive if s.until is not None]
    ends = case.pack.phrases["pregnancy-until"].format(date=max(untils).isoformat()) if untils else ""
    certainty = () if untils else (Certainty.UNDATED,)
    return Established(
        rule=rule,
        facts=tuple(dict.fromkeys(facts)),
        certainty=certainty,
        ends_when=ends and f"{rule.ends_when} {ends}",
        until=max(untils) if len(untils) == len(positive) else None,
    )


def _is_only_measured(positive: Sequence[Statement], conflict: str) -> bool:
    if conflict == "male":
        return all(statement.says is Says.TESTED for statement in positive)
    return all(isinstance(s.fact, ResultFact) and s.fact.test == GESTATION for s in positive)


def _disagreement(case: Case, rule: Rule, read: Pregnancy) -> list[Outcome]:
    against = [s.fact for s in read.deciding if s.says in (Says.NOT, Says.ENDED)]
    return [case.noted(rule, "same-day", against)] if against and _positive(read) else []


def _outlived(case: Case) -> bool:
    """Whether the patient is now too old for a stale entry to be worth a question."""
    age = _age(case.facts)
    return age is not None and age[0] > case.pack.days("pregnancy-conflict-above")


def _test_is_recent(case: Case, read: Pregnancy) -> bool:
    longest = case.pack.days("pregnancy-longest")
    return any(s.date is not None and days_since(s.date, case.facts.as_of)[0] <= longest for s in _positive(read))


def _age(facts: Facts) -> tuple[int, int] | None:
    birth = facts.subject.birth_date
    return age_at(birth, facts.as_of) if birth is not None else None


def _conflict(case: Case) -> str:
    """Why a recorded pregnancy can't be believed outright: "male", "child", "old"; "" where nothing is odd."""
    subject, age = case.facts.subject, _age(case.facts)
    if subject.sex_parameter == "male-typical":
        return "male"
    if subject.sex_parameter != "female-typical" and subject.gender == "male" and subject.birth_sex != "female":
        return "male"
    if age is not None and age[1] < case.pack.days("pregnancy-conflict-below"):
        return "child"
    if age is not None and age[0] > case.pack.days("pregnancy-conflict-above"):
        return "old"
    return ""


def _is_asked(case: Case) -> bool:
    """Whether the routine question is put to a patient of this sex and age."""
    subject, age = case.facts.subject, _age(case.facts)
    if subject.sex_parameter == "male-typical":
        return False
    if subject.sex_parameter != "female-typical" and subject.gender == "male" and subject.birth_sex != "female":
        return False
    if age is None:
        return True
    return age[1] >= case.pack.days("pregnancy-asked-from") and age[0] <= case.pack.days("pregnancy-asked-to")


def _is_answered(case: Case, read: Pregnancy) -> bool:
    """Whether any statement still answers the routine question; a later pregnancy would have decided before."""
    return any(_answers(case, statement) for statement in read.statements) and read.state in ("over", "none")


def _about(fact: Fact) -> str:
    """The test or concept that a fact speaks of."""
    if isinstance(fact, ResultFact):
        return fact.test
    return fact.concept if isinstance(fact, ConditionFact | ProcedureFact) else ""


def _answers(case: Case, statement: Statement) -> bool:
    if statement.permanent:
        return True
    if statement.date is None:
        return False
    days = days_since(statement.date, case.facts.as_of)[1]
    if statement.says is Says.ENDED:
        return days <= case.pack.days("pregnancy-end-answers")
    if statement.says is Says.NOT:
        tested = _about(statement.fact) in _TESTS
        return days <= case.pack.days("pregnancy-test-answers" if tested else "not-pregnant-answers")
    return False
