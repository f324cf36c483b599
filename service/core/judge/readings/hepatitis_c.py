"""`reading: hepatitis-c`: infection, cure and what proves it (clinical rules, section 5.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from service.core.dates import Span, days_since, is_after
from service.core.facts import ConditionFact, Doubt, MedicineFact, Outcome, ResultFact, Standing, Use
from service.core.judge.conditions import as_meant
from service.core.judge.medicines import explanation, taken
from service.core.judge.outcomes import Case, Established
from service.core.judge.outcomes import Outcome as Walked
from service.core.judge.readings.virology import unable
from service.core.judge.results import Newest, newest, outcome_at, results_of
from service.core.packs import MedicineClause, Rule

_CONCEPT: Final = "hepatitis-c"
CONDITIONS: Final = frozenset({_CONCEPT})
_ANTIBODY_SAID: Final = "antibody-positive"
_VIRUS: Final = ("hepatitis-c-rna", "hepatitis-c-core-antigen")
_ANTIBODY: Final = ("hepatitis-c-antibody", "hepatitis-c-antibody-confirmatory")
TESTS: Final = frozenset({*_VIRUS, *_ANTIBODY})
DRUGS: Final = frozenset({"hepatitis-c"})
_DRUGS: Final = MedicineClause(groups=DRUGS)
_ENDED: Final = frozenset({Standing.PAST, Standing.INACTIVE, Standing.REMISSION, Standing.HISTORY})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    """Treatment and virus: what the proof of cure rests on."""

    drugs: tuple[MedicineFact, ...]
    virus: Newest
    outcome: Outcome
    doubt: Doubt
    proof: tuple[ResultFact, ...]  # not detected, long enough after treatment ended


def walk_hepatitis_c(case: Case, rule: Rule) -> list[Walked]:
    """Entries against the course of treatment and virus; then virus, antibody and drugs by themselves."""
    course = _course(case)
    outcomes: list[Walked] = []
    entries = [as_meant(f, rule) for f in case.facts.conditions if f.concept == _CONCEPT]
    for entry in entries:
        if entry.meaning != _ANTIBODY_SAID:
            outcomes += _entry(case, rule, entry, course)
    outcomes += _virus(case, rule, course)
    outcomes += _antibody(case, rule, course, entries)
    outcomes += _drugs(case, rule, course)
    return outcomes


def _course(case: Case) -> _Course:
    drugs = tuple(fact for fact in taken(case.facts, _DRUGS) if fact.use is not Use.NEVER)
    virus = newest(results_of(case.facts, _VIRUS), undated_too=True)
    outcome, doubt = outcome_at(virus.deciding)
    clear = virus.deciding if outcome is Outcome.NEGATIVE and not doubt else ()
    end = _treatment_end(drugs)
    days = case.pack.days("hepatitis-c-cure")
    proof = tuple(
        fact for fact in clear if end is not None and fact.date is not None and days_since(end, fact.date)[0] >= days
    )
    return _Course(drugs=drugs, virus=virus, outcome=outcome, doubt=doubt, proof=proof)


def _treatment_end(drugs: tuple[MedicineFact, ...]) -> Span | None:
    """The end of the last course; None where there was none, or one may still be going on."""
    ends: list[Span] = []
    for fact in drugs:
        if fact.ended is None or fact.use in (Use.TAKING, Use.HELD):
            return None
        ends.append(fact.ended)
    return max(ends, key=lambda end: end.last) if ends else None


def _entry(case: Case, rule: Rule, fact: ConditionFact, course: _Course) -> list[Walked]:
    if fact.standing is Standing.NOT_EVIDENCE:
        return [case.noted(rule, "not-evidence", [fact])]
    if fact.standing is Standing.POSSIBLE:
        return [case.doubtful(rule, fact)]
    if fact.standing is Standing.CURED:
        return _cured(case, rule, fact, course)
    if fact.standing in _ENDED:
        if course.proof:
            return _cured(case, rule, fact, course)
        return [case.asked(rule, "past-unproved", [fact, *course.virus.deciding])]
    if course.proof and _is_newer(course.proof, fact):
        return [case.asked(rule, "active-but-cured", [fact, *course.proof])]
    return [Established(rule=rule, facts=(fact,), extra=_shown(case, course))]


def _cured(case: Case, rule: Rule, fact: ConditionFact, course: _Course) -> list[Walked]:
    if course.outcome in (Outcome.POSITIVE, Outcome.INDETERMINATE):
        return []  # the virus itself speaks, newer than any cure
    return [case.noted(rule, "cured", [fact, *course.proof])]


def _is_newer(proof: tuple[ResultFact, ...], fact: ConditionFact) -> bool:
    known = fact.known_from
    return known is None or any(result.date is not None and is_after(result.date, known) for result in proof)


def _shown(case: Case, course: _Course) -> tuple[str, ...]:
    """A virus not detected during treatment is shown and changes nothing."""
    if course.outcome is not Outcome.NEGATIVE:
        return ()
    dates = ", ".join(str(fact.date) for fact in course.virus.deciding if fact.date)
    return (case.pack.phrases["virus-not-detected"].format(date=dates or case.pack.wording.say("undated")),)


def _virus(case: Case, rule: Rule, course: _Course) -> list[Walked]:
    if course.outcome is Outcome.POSITIVE and not course.doubt:
        return [Established(rule=rule, facts=course.virus.deciding)]
    if course.outcome in (Outcome.POSITIVE, Outcome.INDETERMINATE):
        return [case.asked(rule, course.doubt or "inconclusive", course.virus.deciding)]
    return unable(case, rule, course.virus)


def _antibody(case: Case, rule: Rule, course: _Course, entries: list[ConditionFact]) -> list[Walked]:
    """Antibody stays after cure and is not infection; without a later virus test it is a question."""
    read = newest(results_of(case.facts, _ANTIBODY), undated_too=True)
    outcome, doubt = outcome_at(read.deciding)
    coded = [fact for fact in entries if fact.meaning == _ANTIBODY_SAID and fact.standing is not Standing.NOT_EVIDENCE]
    if outcome is Outcome.INDETERMINATE or (outcome is Outcome.POSITIVE and doubt):
        return [case.asked(rule, doubt or "inconclusive", read.deciding)]
    positive: list[ResultFact | ConditionFact] = [*(read.deciding if outcome is Outcome.POSITIVE else ()), *coded]
    if not positive:
        negative = [case.noted(rule, "negative", read.deciding)] if outcome is Outcome.NEGATIVE else []
        return [*unable(case, rule, read), *negative]
    if course.outcome is Outcome.POSITIVE:
        return []
    if course.proof or any(fact.standing is Standing.CURED for fact in entries):
        return [case.noted(rule, "antibody-after-cure", [*positive, *course.proof])]
    if course.outcome is Outcome.NEGATIVE and not course.doubt and not course.drugs:
        dates = [day for fact in positive if (day := _day(fact)) is not None]
        cleared = [r for r in course.virus.deciding if r.date and all(not is_after(d, r.date) for d in dates)]
        if cleared:
            return [case.noted(rule, "cleared", [*positive, *cleared])]
    return [case.asked(rule, "antibody", [*positive, *course.virus.deciding])]


def _day(fact: ResultFact | ConditionFact) -> Span | None:
    return fact.date if isinstance(fact, ResultFact) else fact.known_from


def _drugs(case: Case, rule: Rule, course: _Course) -> list[Walked]:
    outcomes: list[Walked] = []
    for fact in taken(case.facts, _DRUGS):
        explaining = () if course.proof else explanation(case, rule, fact)
        if fact.use in (Use.OVER, Use.NEVER):
            outcomes.append(case.noted(rule, "medicine-over", [fact]))
        elif explaining is None:
            outcomes.append(case.asked(rule, "antiviral", [fact]))
        else:
            outcomes.append(case.noted(rule, "explained", [fact, *explaining]))
    return outcomes
