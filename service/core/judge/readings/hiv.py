"""`reading: hiv`: virus, antibody tests and antiretrovirals (clinical rules, section 5.3)."""

from __future__ import annotations

from typing import Final

from service.core.dates import days_since
from service.core.facts import ConditionFact, MedicineFact, Outcome, ResultFact, Use
from service.core.judge.medicines import explanation
from service.core.judge.outcomes import Case, Noted
from service.core.judge.outcomes import Outcome as Walked
from service.core.judge.readings.antivirals import antiretrovirals, speaking_for_hiv
from service.core.judge.readings.virology import told_by_test, unable
from service.core.judge.results import Newest, newest, outcome_at, results_of
from service.core.packs import Rule

_PREP: Final = "hiv-pre-exposure-prophylaxis"
_PEP: Final = "hiv-post-exposure-prophylaxis"
CONDITIONS: Final = frozenset({_PREP, _PEP})
_VIRUS: Final[tuple[tuple[str, ...], ...]] = (("hiv-rna", "hiv-2-rna"), ("hiv-proviral-dna",))
_CONFIRMING: Final = ("hiv-antibody-confirmatory",)
_SCREENING: Final[tuple[tuple[str, ...], ...]] = (
    ("hiv-antigen-antibody-screen", "hiv-antibody-screen", "hiv-status-reported"),
    ("hiv-antigen",),
)
TESTS: Final = frozenset(test for tests in (*_VIRUS, _CONFIRMING, *_SCREENING) for test in tests)
DRUGS: Final = frozenset({"hiv"})
_PREP_REGIMEN: Final = frozenset({"prep-regimen", "prep-product"})


def walk_hiv(case: Case, rule: Rule) -> list[Walked]:
    """Virus and confirmed antibody establish; screening tests and drugs ask."""
    outcomes: list[Walked] = []
    for tests in _VIRUS:
        outcomes += _virus(case, rule, newest(results_of(case.facts, tests), undated_too=True))
    confirming = newest(results_of(case.facts, _CONFIRMING), undated_too=True)
    outcomes += told_by_test(case, rule, confirming)
    for tests in _SCREENING:
        outcomes += _screened(case, rule, newest(results_of(case.facts, tests), undated_too=True), confirming)
    is_open = any(not isinstance(outcome, Noted) for outcome in outcomes)
    return outcomes + _drugs(case, rule, tests_are_open=is_open)


def _virus(case: Case, rule: Rule, read: Newest) -> list[Walked]:
    """Detected establishes. Once detected and now not is asked: HIV does not go away, treatment hides it."""
    told = told_by_test(case, rule, read)
    if outcome_at(read.deciding)[0] is not Outcome.NEGATIVE:
        return told
    earlier = [
        fact for fact in read.others if fact.outcome is Outcome.POSITIVE and not fact.doubt and fact.date is not None
    ]
    if earlier:
        return [case.asked(rule, "once-detected", [*earlier, *read.deciding])]
    return [*told, case.noted(rule, "viral-load", read.deciding)]


def _screened(case: Case, rule: Rule, read: Newest, confirming: Newest) -> list[Walked]:
    outcome, doubt = outcome_at(read.deciding)
    if outcome is Outcome.POSITIVE and not doubt:
        refuting = [fact for fact in confirming.deciding if _refutes(fact, read.deciding)]
        if refuting:
            return [case.noted(rule, "screen-not-confirmed", [*read.deciding, *refuting])]
        return [case.asked(rule, "screen-reactive", read.deciding)]
    if outcome in (Outcome.POSITIVE, Outcome.INDETERMINATE):
        return [case.asked(rule, doubt or "inconclusive", read.deciding)]
    negative = [case.noted(rule, "negative", read.deciding)] if outcome is Outcome.NEGATIVE else []
    return [*unable(case, rule, read), *negative]


def _refutes(confirming: ResultFact, reactive: tuple[ResultFact, ...]) -> bool:
    """A negative confirmation of the same day or later answers a reactive screening test."""
    return (
        confirming.outcome is Outcome.NEGATIVE
        and confirming.date is not None
        and all(fact.date is not None and days_since(fact.date, confirming.date)[0] >= 0 for fact in reactive)
    )


def _drugs(case: Case, rule: Rule, *, tests_are_open: bool) -> list[Walked]:
    """Antiretrovirals without a diagnosis: treatment, prevention or hepatitis B, which only the patient can tell."""
    now = speaking_for_hiv(case)
    outcomes: list[Walked] = [
        case.noted(rule, "medicine-over", [fact]) for fact in antiretrovirals(case) if fact.use in (Use.OVER, Use.NEVER)
    ]
    prevention = [fact for fact in case.facts.conditions if fact.concept in (_PREP, _PEP)]
    if now and not tests_are_open and _is_prevention(now, prevention):
        return [*outcomes, case.noted(rule, "prep", [*now, *prevention])]
    explained = [
        fact for fact in now if not fact.reason_concepts & {_PREP, _PEP} and explanation(case, rule, fact) is not None
    ]
    unexplained = [fact for fact in now if fact not in explained]
    if explained:
        outcomes.append(case.noted(rule, "explained", explained))
    if unexplained:
        outcomes.append(case.asked(rule, "antiretroviral", [*unexplained, *prevention]))
    return outcomes


def _is_prevention(now: list[MedicineFact], prevention: list[ConditionFact]) -> bool:
    """Whether every drug belongs to a regimen for prevention, and the chart says that this is what it is for."""
    if not all(_PREP_REGIMEN & (fact.flags | fact.drug.flags) for fact in now):
        return False
    recorded = {fact.concept for fact in prevention}
    reasons = [fact.reason_concepts for fact in now]
    return recorded == {_PREP} or (not recorded and all(_PREP in reason for reason in reasons))
