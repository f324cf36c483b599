"""What narrows a clause, whatever it reads: what stands beside it, the current through the needles, the targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from service.core.facts import ConditionFact, Doubt, Facts, ProcedureFact
from service.core.judge.outcomes import Asked, Case, Established, Fact, Noted, Outcome
from service.core.judge.sites import Lie, certainty, is_known, is_marked, lie
from service.core.packs import UNBOUND, At, Bounds, Clause, Rule, Stimulation
from service.core.places import Relation
from service.core.screening import Target

Walk = Callable[[Case, Rule, Clause], list[Outcome]]

_STIMULATION: Final = {True: Stimulation.ASKED, False: Stimulation.NONE, None: Stimulation.SILENT}


def is_said(facts: Facts, bounds: Bounds) -> bool:
    """Whether what is said of electrical stimulation is what the clause is for."""
    return not bounds.stimulation or _STIMULATION[facts.electrical_stimulation] in bounds.stimulation


def bounded(case: Case, rule: Rule, bounds: Bounds, outcomes: list[Outcome], walk: Walk) -> list[Outcome]:
    """The outcomes of a clause, as far as its bounds let them stand. `walk` reads the clauses beside it."""
    if bounds is UNBOUND or not outcomes:
        return outcomes
    beside = tuple(_holding(case, rule, bounds.together, walk))
    against = tuple(_holding(case, rule, bounds.without, walk))
    found: list[Outcome] = []
    for outcome in outcomes:
        if isinstance(outcome, Noted):
            found.append(outcome)
        elif against:
            found.append(case.noted(rule, "explained", [*outcome.facts, *against]))
        elif beside or not bounds.together:
            found += _placed(case, rule, bounds, _qualified(outcome, bounds, beside))
    return found


def _holding(case: Case, rule: Rule, clauses: Iterable[Clause], walk: Walk) -> Iterator[Fact]:
    """The facts by which any of these clauses holds, wherever it lies."""
    for clause in clauses:
        for outcome in walk(case, rule, clause):
            if isinstance(outcome, Established):
                yield from outcome.facts


def _qualified(outcome: Established | Asked, bounds: Bounds, beside: tuple[Fact, ...]) -> Established | Asked:
    facts = tuple(dict.fromkeys((*outcome.facts, *beside)))
    if isinstance(outcome, Asked):
        return replace(outcome, facts=facts, ceiling=bounds.category or outcome.ceiling)
    return replace(
        outcome,
        facts=facts,
        category=bounds.category or outcome.category,
        say=bounds.say or outcome.say,
        ends_when=outcome.ends_when or bounds.ends_when,
    )


def _placed(case: Case, rule: Rule, bounds: Bounds, outcome: Established | Asked) -> Iterator[Outcome]:
    """The outcome for each target where it holds; a note where its place is another."""
    if bounds.at is At.PATIENT and not bounds.targets:
        yield outcome
        return
    for target in case.facts.targets or (None,):
        placed = _at_target(case, rule, bounds, outcome, target)
        if placed is not None:
            yield placed


def _at_target(
    case: Case, rule: Rule, bounds: Bounds, outcome: Established | Asked, target: Target | None
) -> Outcome | None:
    first = outcome.facts[0]
    if target is None or not is_known(target):
        if bounds.at is At.ELSEWHERE:
            return None  # the rule of what lies at the target asks
        return _open(case, rule, bounds, "no-target" if target is None else "target-unread", outcome, target)
    if bounds.targets and not is_marked(target, bounds.targets, case):
        return None
    if bounds.at is At.PATIENT or not isinstance(first, ConditionFact | ProcedureFact):
        return replace(outcome, target=target)
    if first.places_contradict:
        return _open(case, rule, bounds, Doubt.PLACES_CONTRADICT, outcome, target)
    lies = lie(first, target, case.knowledge.parents, limb=bounds.at is At.LIMB)
    return _lying(case, rule, bounds, outcome, target, lies)


def _lying(
    case: Case, rule: Rule, bounds: Bounds, outcome: Established | Asked, target: Target, lies: Lie
) -> Outcome | None:
    fact, where = outcome.facts[0], lies.relation
    if (where is Relation.ELSEWHERE) is not (bounds.at is At.ELSEWHERE):
        return case.noted(rule, "elsewhere", [fact]) if where is Relation.ELSEWHERE else None
    if bounds.at in (At.ELSEWHERE, At.NOT_ELSEWHERE):
        return replace(outcome, target=target)
    if where is Relation.UNKNOWN:
        return _open(case, rule, bounds, "place-unknown", outcome, target)
    if isinstance(outcome, Asked):
        return replace(outcome, target=target, each=True)
    if where is Relation.WIDER:
        return _open(case, rule, bounds, "place-wider", outcome, target)
    return replace(outcome, target=target, certainty=(*outcome.certainty, *certainty(lies)))


def _open(
    case: Case, rule: Rule, bounds: Bounds, key: str, outcome: Established | Asked, target: Target | None
) -> Asked:
    ceiling = bounds.category or rule.category
    return case.asked(rule, key, outcome.facts[:1], target=target, each=True, ceiling=ceiling, until=outcome.until)
