"""`reading: hepatitis-b`: serology, vaccine doses and lone antivirals (clinical rules, section 5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from service.core.dates import days_since
from service.core.facts import Outcome, ResultFact, Use
from service.core.judge.medicines import explanation
from service.core.judge.outcomes import Case
from service.core.judge.outcomes import Outcome as Walked
from service.core.judge.readings.antivirals import lone_hepatitis_b_drugs
from service.core.judge.readings.virology import told_by_test, unable
from service.core.judge.results import Newest, newest, outcome_at, results_of
from service.core.packs import Rule

_SURFACE_ANTIGEN: Final = ("hepatitis-b-surface-antigen", "hepatitis-b-surface-antigen-confirmatory")
_SURFACE_ANTIBODY: Final = ("hepatitis-b-surface-antibody",)
_CORE_ANTIBODY: Final = ("hepatitis-b-core-antibody",)
_CORE_IGM: Final = ("hepatitis-b-core-igm",)
_E_ANTIGEN: Final = ("hepatitis-b-e-antigen",)
_DNA: Final = ("hepatitis-b-dna",)
_ALL: Final = (_SURFACE_ANTIGEN, _SURFACE_ANTIBODY, _CORE_ANTIBODY, _CORE_IGM, _E_ANTIGEN, _DNA)
TESTS: Final = frozenset(test for tests in _ALL for test in tests)
DRUGS: Final = frozenset({"hepatitis-b"})
_VACCINE: Final = "hepatitis-b-vaccine"
VACCINES: Final = frozenset({_VACCINE})


def walk_hepatitis_b(case: Case, rule: Rule) -> list[Walked]:
    """What the serology establishes, asks and notes; then antivirals without a diagnosis."""
    read = {test[0]: newest(results_of(case.facts, test), undated_too=True) for test in _ALL}
    outcomes: list[Walked] = []
    outcomes += _antigen(case, rule, read[_SURFACE_ANTIGEN[0]])
    for test in (_E_ANTIGEN, _DNA):
        outcomes += told_by_test(case, rule, read[test[0]])
    outcomes += _core(case, rule, read)
    if not outcomes:
        outcomes += _immunity(case, rule, read)
    outcomes += [case.noted(rule, "vaccinated", [dose]) for dose in case.facts.procedures if dose.concept == _VACCINE]
    return outcomes + _antivirals(case, rule)


def _antigen(case: Case, rule: Rule, read: Newest) -> list[Walked]:
    """Positive soon after a dose is not trusted: the vaccine itself is the antigen."""
    outcome, doubt = outcome_at(read.deciding)
    if outcome is Outcome.POSITIVE and not doubt:
        days = case.pack.days("hepatitis-b-antigen-after-vaccine")
        doses = [
            dose
            for dose in case.facts.procedures
            if dose.concept == _VACCINE
            and dose.date is not None
            and any(
                fact.date is not None
                and days_since(dose.date, fact.date)[1] >= 0
                and days_since(dose.date, fact.date)[0] <= days
                for fact in read.deciding
            )
        ]
        if doses:
            return [case.asked(rule, "after-vaccine", [*read.deciding, *doses])]
    return told_by_test(case, rule, read)


def _is(read: Newest, wanted: Outcome) -> bool:
    outcome, doubt = outcome_at(read.deciding)
    return outcome is wanted and not doubt


def _core(case: Case, rule: Rule, read: dict[str, Newest]) -> list[Walked]:
    antigen, antibody = read[_SURFACE_ANTIGEN[0]], read[_SURFACE_ANTIBODY[0]]
    core, igm = read[_CORE_ANTIBODY[0]], read[_CORE_IGM[0]]
    if _is(antigen, Outcome.POSITIVE):
        return []
    if _is(core, Outcome.POSITIVE):
        if _is(antigen, Outcome.NEGATIVE) and _is(antibody, Outcome.POSITIVE):
            return [case.noted(rule, "past-immune", _all(core, antigen, antibody))]
        return [case.asked(rule, "core-antibody", _all(core, antigen, antibody))]
    if _is(igm, Outcome.POSITIVE):
        return [case.asked(rule, "core-igm", _all(igm, antigen))]
    open_core = [fact for fact in (*core.deciding, *igm.deciding) if fact.outcome is Outcome.INDETERMINATE]
    if open_core:
        return [case.asked(rule, open_core[0].doubt or "inconclusive", open_core)]
    return [*unable(case, rule, core), *unable(case, rule, igm)]


def _immunity(case: Case, rule: Rule, read: dict[str, Newest]) -> list[Walked]:
    antibody = read[_SURFACE_ANTIBODY[0]]
    if _is(antibody, Outcome.POSITIVE):
        return [case.noted(rule, "immune", antibody.deciding)]
    negative = [r for r in read.values() if _is(r, Outcome.NEGATIVE)]
    return [case.noted(rule, "negative", _all(*negative))] if negative else []


def _all(*reads: Newest) -> Sequence[ResultFact]:
    return [fact for read in reads for fact in read.deciding]


def _antivirals(case: Case, rule: Rule) -> list[Walked]:
    """A drug for hepatitis B alone: asked here, in words that name HIV too (section 5.1)."""
    outcomes: list[Walked] = []
    for fact in lone_hepatitis_b_drugs(case):
        if fact.use in (Use.OVER, Use.NEVER):
            outcomes.append(case.noted(rule, "medicine-over", [fact]))
            continue
        explaining = explanation(case, rule, fact)
        if explaining is None:
            outcomes.append(case.asked(rule, "antiviral", [fact]))
        else:
            outcomes.append(case.noted(rule, "explained", [fact, *explaining]))
    return outcomes
