"""Where on the body: regions, sides, and how a lesion lies to a target (clinical rules, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Side(StrEnum):
    """The side of a paired structure; a midline structure has none."""

    LEFT = "left"
    RIGHT = "right"
    BILATERAL = "bilateral"


class Relation(StrEnum):
    """How a lesion lies to a target."""

    SAME = "same place"
    WIDER = "place wider than the target"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "place not stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A row of `mappings/places/sites.csv`: a region, muscle, organ, bone, joint or lymph node group."""

    name: str
    kind: str  # region, group, muscle, organ, bone, joint, lymph nodes, one-of
    regions: frozenset[str]  # every region a needle for this site may cross
    hazards: tuple[str, ...] = ()
    pleura: str = "no"  # "yes", "no", or where: "upper ends", "above L2"
    deep: bool = False  # can't be compressed after needling

    @property
    def one_of(self) -> bool:
        """Whether its name says only "somewhere in" its regions (the vertebral column)."""
        return self.kind == "one-of"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Regions and a side, as a chart gave them."""

    regions: frozenset[str]
    name: str  # in the chart's words, or the lists'
    side: Side | None = None
    one_of: bool = False  # somewhere in the regions, which one is not said
    sites: tuple[Site, ...] = ()

    def sided(self, side: Side | None) -> Place:
        """The same place with this side."""
        return replace(self, side=side)


WHOLE_BODY = "whole body"


def relation(lesion: Place | None, target: Place, parents: Mapping[str, str]) -> Relation:
    """How `lesion` lies to `target`. `parents` gives each region's containing region.

    >>> calf = Place(regions=frozenset({"lower leg"}), name="calf")
    >>> limb = Place(regions=frozenset({"lower limb"}), name="leg")
    >>> relation(limb, calf, {"lower leg": "lower limb"}).name
    'WIDER'
    """
    if lesion is None or not lesion.regions:
        return Relation.UNKNOWN
    if WHOLE_BODY in lesion.regions:
        return Relation.SAME
    if opposite(lesion.side, target.side):
        return Relation.ELSEWHERE
    each = {_region_relation(region, target.regions, parents) for region in lesion.regions}
    if lesion.one_of and len(lesion.regions) > 1:
        overlaps = each & {Relation.SAME, Relation.WIDER}
        if each == {Relation.SAME}:
            return Relation.SAME
        return Relation.WIDER if overlaps else Relation.ELSEWHERE
    for worst in (Relation.SAME, Relation.WIDER):
        if worst in each:
            return worst
    return Relation.ELSEWHERE


def opposite(one: Side | None, other: Side | None) -> bool:
    """Whether two sides exclude each other; a missing or bilateral side matches both."""
    return {one, other} == {Side.LEFT, Side.RIGHT}


def within(region: str, container: str, parents: Mapping[str, str]) -> bool:
    """Whether `region` is `container` or lies inside it."""
    here: str | None = region
    while here is not None:
        if here == container:
            return True
        here = parents.get(here)
    return False


def _region_relation(region: str, targets: frozenset[str], parents: Mapping[str, str]) -> Relation:
    if any(within(region, target, parents) for target in targets):
        return Relation.SAME
    if any(within(target, region, parents) for target in targets):
        return Relation.WIDER
    return Relation.ELSEWHERE


def fits(one: Place, other: Place, parents: Mapping[str, str]) -> bool:
    """Whether two places of one entry can both be true: they share ground and their sides agree."""
    if opposite(one.side, other.side):
        return False
    return any(
        within(a, b, parents) or within(b, a, parents) for a in one.regions for b in other.regions
    ) or WHOLE_BODY in (one.regions | other.regions)
