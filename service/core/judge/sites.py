"""How a lesion lies to each target, over all the places its entry gives (clinical rules, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from service.core.facts import ConditionFact
from service.core.places import Place, Relation, relation
from service.core.screening import Certainty, Target


class Lie(NamedTuple):
    """The relation to one target; `sideless` where a side is missing on either part of a shared place."""

    relation: Relation
    sideless: bool = False


def lie(fact: ConditionFact, target: Target, parents: Mapping[str, str]) -> Lie:
    """The closest relation of any of the entry's places to the target."""
    if target.place is None or not target.place.regions or not fact.places:
        return Lie(Relation.UNKNOWN)
    found = {place: relation(place, target.place, parents) for place in fact.places}
    for wanted in (Relation.SAME, Relation.WIDER, Relation.ELSEWHERE):
        places = [place for place, lies in found.items() if lies is wanted]
        if places:
            return Lie(wanted, wanted is Relation.SAME and _sideless(places, target.place))
    return Lie(Relation.UNKNOWN)


def _sideless(places: list[Place], target: Place) -> bool:
    return target.side is None or all(place.side is None for place in places)


def certainty(lies: Lie) -> tuple[Certainty, ...]:
    """What to say beside a finding at the site."""
    return (Certainty.SIDE_NOT_RECORDED,) if lies.sideless else ()


def is_known(target: Target | None) -> bool:
    """Whether a target is there and was understood."""
    return target is not None and target.place is not None and bool(target.place.regions)
