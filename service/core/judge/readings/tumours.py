"""`reading: cancer-at-site` and `cancer-elsewhere`: one tumor, two rules (clinical rules, sections 5.8 and 5.9).

                 at the target        elsewhere          no place, or too wide     no target
active           at-site finding      elsewhere finding  elsewhere finding         elsewhere finding
                                                         + at-site question        + at-site question
possible         at-site question     elsewhere question at-site question          at-site question
remission        elsewhere finding, wherever it is
blood, lymphoma  elsewhere finding, unless a place is given
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import Final

from service.core.facts import ConditionFact, Doubt, Standing
from service.core.judge.conditions import ASSERTING, as_meant
from service.core.judge.outcomes import Case, Established
from service.core.judge.outcomes import Outcome as Walked
from service.core.judge.sites import certainty, is_known, lie
from service.core.packs import Rule
from service.core.places import WHOLE_BODY, Relation
from service.core.screening import Certainty, Target

_SOLID: Final = frozenset({"cancer", "cancer-in-situ", "skin-cancer"})
_SPREAD: Final = frozenset({"cancer-metastatic", "cancer-metastatic-bone", "multiple-myeloma"})
_BLOOD: Final = frozenset({"blood-cancer"})
_UNCERTAIN: Final = frozenset({"tumour-uncertain", "tumour-uncertain-skin"})
_TUMOURS: Final = _SOLID | _SPREAD | _BLOOD | _UNCERTAIN
CONDITIONS: Final = _TUMOURS
_LASTING: Final = frozenset({Standing.REMISSION, Standing.INACTIVE})


class _Ground(Enum):
    """Where a tumor lies to a target, in the columns of the table above."""

    HERE = 1
    ELSEWHERE = 2
    UNPLACED = 3
    TOO_WIDE = 4
    CONTRADICTING = 5
    NO_TARGET = 6


def _tumours(case: Case, rule: Rule) -> list[ConditionFact]:
    """Tumors that are there or may be; a place in words is that of the first tumor, not of its spread."""
    tumours = [as_meant(fact, rule) for fact in case.facts.conditions if fact.concept in _TUMOURS]
    first = {fact.source for fact in tumours if fact.concept in _SOLID}
    return [
        replace(fact, places=())
        if fact.concept in _SPREAD and fact.source in first and Certainty.MATCHED_ON_WORDS in fact.certainty
        else fact
        for fact in tumours
    ]


def walk_cancer_at_site(case: Case, rule: Rule) -> list[Walked]:
    """What is at the target, or may be."""
    outcomes: list[Walked] = []
    for fact in _tumours(case, rule):
        if fact.standing not in (Standing.CURRENT, Standing.POSSIBLE) or fact.meaning not in (
            ASSERTING | {"possible", "suspected"}
        ):
            continue
        for target in case.facts.targets or (None,):
            outcome = _at_site(case, rule, fact, target)
            if outcome is not None:
                outcomes.append(outcome)
    return outcomes


def _at_site(case: Case, rule: Rule, fact: ConditionFact, target: Target | None) -> Walked | None:
    ground = _ground(case, fact, target)
    if ground is _Ground.ELSEWHERE:
        if _is_active(fact) and _spreads_unplaced(case, fact):
            return case.asked(rule, "spread-unplaced", [fact], target=target, each=True)
        return None
    if ground is _Ground.UNPLACED and fact.concept in _BLOOD:
        return None
    if ground is _Ground.NO_TARGET:
        if fact.concept in _BLOOD and not fact.places:
            return None
        return case.asked(rule, "no-target" if target is None else "target-unread", [fact], target=target, each=True)
    if not _is_active(fact):
        return _open(case, rule, fact, target)
    if ground is _Ground.HERE:
        assert target is not None  # noqa: S101 - HERE is only said of a target
        lies = lie(fact, target, case.knowledge.parents)
        return Established(rule=rule, facts=(fact,), target=target, certainty=certainty(lies))
    key = {
        _Ground.CONTRADICTING: Doubt.PLACES_CONTRADICT,
        _Ground.TOO_WIDE: "place-wider",
        _Ground.UNPLACED: "spread-unplaced" if fact.concept in _SPREAD or fact.places else "place-unknown",
    }[ground]
    return case.asked(rule, key, [fact], target=target, each=True)


def _open(case: Case, rule: Rule, fact: ConditionFact, target: Target | None) -> Walked:
    if fact.doubt:
        return case.doubtful(rule, fact, target=target, each=True)
    return case.asked(rule, "uncertain", [fact], target=target, each=True)


def _is_active(fact: ConditionFact) -> bool:
    return fact.standing is Standing.CURRENT and fact.concept not in _UNCERTAIN


def _ground(case: Case, fact: ConditionFact, target: Target | None) -> _Ground:
    if target is None or not is_known(target):
        return _Ground.NO_TARGET
    if fact.places_contradict:
        return _Ground.CONTRADICTING
    if any(WHOLE_BODY in place.regions for place in fact.places):
        return _Ground.UNPLACED  # a "generalized" tumor has spread, and where is not said
    return {
        Relation.SAME: _Ground.HERE,
        Relation.WIDER: _Ground.TOO_WIDE,
        Relation.ELSEWHERE: _Ground.ELSEWHERE,
        Relation.UNKNOWN: _Ground.UNPLACED,
    }[lie(fact, target, case.knowledge.parents).relation]


def _spreads_unplaced(case: Case, fact: ConditionFact) -> bool:
    """Whether the entry itself says it has spread (stage IV) and no entry says where."""
    if not set(fact.stages) & case.pack.names("metastatic-stages"):
        return False
    return not any(f.concept in _SPREAD and f.places for f in case.facts.conditions)


def walk_cancer_elsewhere(case: Case, rule: Rule) -> list[Walked]:
    """What is anywhere else, in remission, or of no place; and what may be elsewhere."""
    outcomes: list[Walked] = []
    for fact in _tumours(case, rule):
        if fact.standing is Standing.NOT_EVIDENCE:
            outcomes.append(case.noted(rule, "not-evidence", [fact]))
        elif fact.standing in _LASTING and fact.concept not in _UNCERTAIN:
            outcomes += [
                Established(rule=rule, facts=(fact,), target=target) for target in case.facts.targets or (None,)
            ]
        elif fact.standing in (Standing.CURRENT, Standing.POSSIBLE):
            for target in case.facts.targets or (None,):
                outcome = _elsewhere(case, rule, fact, target)
                if outcome is not None:
                    outcomes.append(outcome)
        else:
            outcomes.append(case.noted(rule, "past", [fact]))
    return outcomes


def _elsewhere(case: Case, rule: Rule, fact: ConditionFact, target: Target | None) -> Walked | None:
    ground = _ground(case, fact, target)
    if _is_active(fact):
        return None if ground is _Ground.HERE else Established(rule=rule, facts=(fact,), target=target)
    unplaced_blood = ground in (_Ground.UNPLACED, _Ground.NO_TARGET) and fact.concept in _BLOOD
    if ground is _Ground.ELSEWHERE or unplaced_blood:
        key = fact.doubt or "uncertain"
        return case.asked(rule, key, [fact], target=target)
    return None
