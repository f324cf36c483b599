"""The newest result decides, inside its shelf life (clinical rules, section 3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from service.core.dates import Span, days_since, is_after, months_at, plus_days
from service.core.facts import ConditionFact, Doubt, Facts, Outcome, ResultFact, Standing
from service.core.judge.gestation import gestation_days
from service.core.judge.outcomes import Case, Established
from service.core.judge.outcomes import Outcome as Walked
from service.core.packs import CutOff, Limit, ResultClause, Rule

_PREGNANT: Final = "pregnant"
_PREGNANT_MEANINGS: Final = frozenset({"disease", "complication"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """The results of the newest moment; `others` are older, later than as-of, or undated."""

    deciding: tuple[ResultFact, ...]
    others: tuple[ResultFact, ...]


def results_of(facts: Facts, tests: Iterable[str]) -> tuple[ResultFact, ...]:
    """Every result of these tests."""
    wanted = set(tests)
    return tuple(fact for fact in facts.results if fact.test in wanted)


def newest(results: Sequence[ResultFact], *, undated_too: bool = False) -> Newest:
    """Those of the newest moment on or before as-of that can decide.

    `undated_too`: where any age counts, an undated result decides if no dated one is there.
    """
    able = [
        fact for fact in results if fact.date is not None and fact.doubt is not Doubt.DATED_LATER and _decides(fact)
    ]
    if able:
        last = _latest([fact.date for fact in able if fact.date is not None])
        deciding = tuple(fact for fact in able if fact.date is not None and not is_after(last, fact.date))
    elif undated_too:
        deciding = tuple(fact for fact in results if fact.date is None and _decides(fact))
    else:
        deciding = ()
    return Newest(deciding=deciding, others=tuple(fact for fact in results if fact not in deciding))


def _decides(fact: ResultFact) -> bool:
    if fact.doubt in (Doubt.PRELIMINARY, Doubt.NOT_RELIABLE, Doubt.ELEMENT_UNREADABLE):
        return False
    says_something = fact.outcome is not Outcome.UNKNOWN or fact.value is not None
    return bool(says_something or fact.doubt or fact.places or fact.flags)


def _latest(dates: Sequence[Span]) -> Span:
    last = dates[0]
    for each in dates[1:]:
        if is_after(each, last) or (not is_after(last, each) and each.last > last.last):
            last = each
    return last


def outcome_at(results: Sequence[ResultFact]) -> tuple[Outcome, Doubt]:
    """The one outcome of results of one moment; opposite ones are indeterminate."""
    outcomes = {fact.outcome for fact in results if fact.outcome is not Outcome.UNKNOWN}
    doubt = next((fact.doubt for fact in results if fact.doubt), Doubt.NONE)
    if not outcomes:
        return Outcome.UNKNOWN, doubt
    if len(outcomes) > 1:
        return Outcome.INDETERMINATE, Doubt.SAME_MOMENT
    return outcomes.pop(), doubt


def inside(date: Span | None, days: int | None, as_of: Span, *, surely: bool) -> bool:
    """Whether a result is inside its shelf life; `surely`: also by the oldest day that a partial date covers."""
    if days is None:
        return True
    if date is None:
        return False
    fewest, most = days_since(date, as_of)
    return (most if surely else fewest) <= days


def walk_result(case: Case, rule: Rule, clause: ResultClause, *, asks: bool) -> list[Walked]:
    """A result clause under `finding` (or, with `asks`, under `question`)."""
    results = results_of(case.facts, clause.tests)
    any_age = clause.within is None
    found = newest(results, undated_too=any_age)
    outcomes = _bad_but_unable(case, rule, clause, found)
    current = [fact for fact in found.deciding if inside(fact.date, clause.within, case.facts.as_of, surely=False)]
    held = [(fact, holds(case, clause, fact)) for fact in current]
    bad = [fact for fact, verdict in held if verdict is True or (asks and _is_flagged_bad(clause, fact))]
    good = [fact for fact, verdict in held if verdict is False and fact not in bad]
    if bad and good:
        outcomes.append(case.asked(rule, Doubt.SAME_MOMENT, [*bad, *good]))
    elif asks:
        outcomes += [
            case.asked(rule, _why_asked(clause, fact, good), [fact], until=_until(clause, [fact]))
            for fact in (*bad, *good)
            if fact in bad or _flag_differs(clause, fact, bad=False)
        ]
    elif bad:
        doubtful = [fact for fact in bad if fact.doubt or _flag_differs(clause, fact, bad=True)]
        if doubtful:
            doubt = doubtful[0].doubt or Doubt.VALUE_AND_FLAG
            outcomes.append(case.asked(rule, doubt, doubtful, until=_until(clause, doubtful)))
        else:
            outcomes.append(Established(rule=rule, facts=tuple(bad), until=_until(clause, bad)))
    unread = [fact for fact, verdict in held if verdict is None and fact.doubt]
    outcomes += [case.asked(rule, fact.doubt, [fact]) for fact in unread]
    return outcomes


def _until(clause: ResultClause, facts: Sequence[ResultFact]) -> date | None:
    """The last day of their shelf life, where they have one."""
    days = [plus_days(fact.date, clause.within).last for fact in facts if fact.date and clause.within is not None]
    return max(days) if len(days) == len(facts) else None


def _why_asked(clause: ResultClause, fact: ResultFact, good: Sequence[ResultFact]) -> str:
    return Doubt.VALUE_AND_FLAG if fact in good else clause.text


def _is_flagged_bad(clause: ResultClause, fact: ResultFact) -> bool:
    """Whether a flag alone says what no number does."""
    bad = {"high"} if clause.at_least or clause.above else {"low"}
    return fact.value is None and fact.outcome is Outcome.UNKNOWN and bool(bad & fact.flags) and not fact.doubt


def _bad_but_unable(case: Case, rule: Rule, clause: ResultClause, found: Newest) -> list[Walked]:
    """A bad result that can't decide (preliminary, undated, dated later) is asked about, unless a newer one decided."""
    asked: list[Walked] = []
    for fact in found.others:
        doubt = fact.doubt or (Doubt.UNDATED if fact.date is None else Doubt.NONE)
        if doubt in (Doubt.NONE, Doubt.UNIT_UNREADABLE, Doubt.VALUE_AND_FLAG) or holds(case, clause, fact) is not True:
            continue
        if fact.date is not None and not inside(fact.date, clause.within, case.facts.as_of, surely=False):
            continue
        overtaken = fact.date is not None and any(
            good.date is not None and is_after(good.date, fact.date) for good in found.deciding
        )
        if not overtaken:
            asked.append(case.asked(rule, doubt, [fact]))
    return asked


def holds(case: Case, clause: ResultClause, fact: ResultFact) -> bool | None:
    """Whether a result meets the clause; None where it can't be told."""
    if clause.outcome in ("positive", "negative"):
        if fact.outcome in (Outcome.UNKNOWN, Outcome.INDETERMINATE):
            return None
        return fact.outcome == clause.outcome
    if clause.outcome == "normal":
        verdict = _is_low(case, clause, fact)
        return None if verdict is None else not verdict
    if clause.cut_offs:
        return _is_low(case, clause, fact)
    if fact.value is None:
        return None
    verdicts = {
        _against(fact, limit, wanted)
        for limits, wanted in ((clause.below, "below"), (clause.at_least, "at-least"), (clause.above, "above"))
        for limit in limits
        if limit.unit == fact.unit
    }
    if False in verdicts:
        return False
    return None if not verdicts or None in verdicts else True


def _against(fact: ResultFact, limit: Limit, wanted: str) -> bool | None:
    """Compared as given, without rounding; a "<80" or ">80" only where it decides."""
    assert fact.value is not None  # noqa: S101 - callers have looked
    if wanted == "above":
        return _is_above(fact, limit)
    below = fact.value < limit.value
    if fact.comparator.startswith("<") and not below and fact.value != limit.value:
        return None
    if fact.comparator.startswith("<"):
        below = True
    if fact.comparator.startswith(">") and below:
        return None
    return below if wanted == "below" else not below


def _is_above(fact: ResultFact, limit: Limit) -> bool | None:
    assert fact.value is not None  # noqa: S101 - callers have looked
    if fact.comparator.startswith("<"):
        return False if fact.value <= limit.value else None
    if fact.comparator.startswith(">"):
        over = fact.value >= limit.value if fact.comparator == ">" else fact.value > limit.value
        return True if over else None
    return fact.value > limit.value


def _is_low(case: Case, clause: ResultClause, fact: ResultFact) -> bool | None:
    """Whether a hemoglobin lies under the cut-off for this patient: the higher one, where age or sex leave two open."""
    if fact.value is None:
        return None
    limits = cut_offs(case, clause.cut_offs, fact)
    same_unit = [limit for limit in limits if limit.unit == fact.unit]
    if not same_unit:
        return None
    return _against(fact, max(same_unit), "below")


def cut_offs(case: Case, parameter: str, fact: ResultFact) -> list[Limit]:
    """The cut-offs of the table that may apply to the patient on the day of the result."""
    table = case.pack.parameters[parameter].value
    assert isinstance(table, tuple)  # noqa: S101 - checked when the pack was loaded
    rows = [row for row in table if isinstance(row, CutOff)]
    subject = case.facts.subject
    day = fact.date or case.facts.as_of
    weeks = _weeks_pregnant(case, day)
    if weeks is not None:
        fitting = [row for row in rows if row.who == _PREGNANT and row.low <= weeks <= (row.high or weeks)]
        return [min((row.below for row in fitting), key=lambda limit: limit.value)]
    months = months_at(subject.birth_date, day) if subject.birth_date else None
    sex = subject.gender if subject.gender in ("male", "female") else "unknown"
    return [row.below for row in rows if row.who in (sex, "any") and _age_fits(row, months)]


def _age_fits(row: CutOff, months: tuple[int, int] | None) -> bool:
    """Whether an age can lie in the row; an unknown age is read as an adult's."""
    if months is None:
        return row.high is None
    return months[1] >= row.low and (row.high is None or months[0] <= row.high)


def _weeks_pregnant(case: Case, day: Span) -> int | None:
    """Weeks of a plainly recorded pregnancy, 0 where its length is not known; None where there is none."""
    pregnant = any(
        fact.concept == "pregnancy" and fact.standing is Standing.CURRENT and fact.meaning in _PREGNANT_MEANINGS
        for fact in case.facts.conditions
    )
    if not pregnant:
        return None
    days = gestation_days(case.facts, day)
    return days // 7 if days is not None else 0


def _flag_differs(clause: ResultClause, fact: ResultFact, *, bad: bool) -> bool:
    """Whether the flag says the opposite of the number, and the range sent with it does not bear it out."""
    if clause.below and (clause.at_least or clause.above):
        return False  # a range: its other end is another clause's
    worse, better = ("high", "low") if clause.at_least or clause.above else ("low", "high")
    opposite = {better, "normal"} if bad else {worse}
    if not opposite & fact.flags or fact.outcome is not Outcome.UNKNOWN or fact.value is None:
        return False
    return fact.in_range is None or fact.in_range is not bad


def contradicts(case: Case, clause: ResultClause, problem: ConditionFact) -> ResultFact | None:
    """The newest result that contradicts an active problem: newer than its recording, else its onset."""
    found = newest(results_of(case.facts, clause.tests))
    able = [
        fact
        for fact in found.deciding
        if fact.doubt is Doubt.NONE
        and inside(fact.date, clause.within, case.facts.as_of, surely=True)
        and holds(case, clause, fact) is True
        and not _flag_differs(clause, fact, bad=False)
    ]
    if len(able) != len(found.deciding) or not able:
        return None
    known = problem.known_from if clause.newer else None
    newer = [fact for fact in able if known is None or (fact.date is not None and is_after(fact.date, known))]
    return newer[0] if newer else None
