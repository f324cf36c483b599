"""How a lesion lies to each target, over all the places its entry gives (clinical rules, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from service.core.facts import ConditionFact, ProcedureFact
from service.core.judge.outcomes import Case
from service.core.places import Place, Relation, relation, within
from service.core.screening import Certainty, Target

_LIMBS: Final = ("upper limb", "lower limb")
_SPINAL: Final = "spinal"  # a parameter names the hazards that make a target one of these


class Lie(NamedTuple):
    """The relation to one target; `sideless` where a side is missing on either part of a shared place."""

    relation: Relation
    sideless: bool = False


def lie(fact: ConditionFact | ProcedureFact, target: Target, parents: Mapping[str, str], *, limb: bool = False) -> Lie:
    """The closest relation of the entry's places to the target; with `limb`, any place in a limb is all of it."""
    if target.place is None or not target.place.regions or not fact.places:
        return Lie(Relation.UNKNOWN)
    aim = _whole_limb(target.place, parents) if limb else target.place
    found = {place: relation(_served(place, parents) if limb else place, aim, parents) for place in fact.places}
    for wanted in (Relation.SAME, Relation.WIDER, Relation.ELSEWHERE):
        places = [place for place, lies in found.items() if lies is wanted]
        if places:
            return Lie(wanted, wanted is Relation.SAME and _sideless(places, target.place))
    return Lie(Relation.UNKNOWN)


def _whole_limb(place: Place, parents: Mapping[str, str]) -> Place:
    """The place, with each region of a limb as all of that limb."""
    limbs = (next((limb for limb in _LIMBS if within(region, limb, parents)), region) for region in place.regions)
    return replace(place, regions=frozenset(limbs))


def _served(place: Place, parents: Mapping[str, str]) -> Place:
    """The whole limb that vessels and nodes of this place serve: those of the groin serve the leg."""
    whole = _whole_limb(place, parents)
    served = frozenset({"lower limb"}) if "groin" in place.regions else frozenset()
    return replace(whole, regions=whole.regions | served)


def is_marked(target: Target, marks: frozenset[str], case: Case) -> bool:
    """Whether a target that is understood is marked so, or covers one of the regions named."""
    assert target.place is not None  # noqa: S101 - callers have looked
    sites = target.place.sites
    if "pleura" in marks and any(site.pleura not in ("no", "") for site in sites):
        return True
    if "deep" in marks and any(site.deep for site in sites):
        return True
    if _SPINAL in marks:
        named = case.pack.names("spinal-hazards")
        if any(word in hazard for site in sites for hazard in site.hazards for word in named):
            return True
    parents = case.knowledge.parents
    return any(within(region, mark, parents) for region in target.place.regions for mark in marks)


def _sideless(places: list[Place], target: Place) -> bool:
    return target.side is None or all(place.side is None for place in places)


def certainty(lies: Lie) -> tuple[Certainty, ...]:
    """What to say beside a finding at the site."""
    return (Certainty.SIDE_NOT_RECORDED,) if lies.sideless else ()


def is_known(target: Target | None) -> bool:
    """Whether a target is there and was understood."""
    return target is not None and target.place is not None and bool(target.place.regions)
