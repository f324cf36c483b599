"""Places and sides as charts give them: codes, body sites, words (clinical rules, section 4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import zip_longest

from service.core.chart import CodeableConcept, Coding
from service.core.knowledge import Knowledge
from service.core.places import Place, Side, Site, fits, within
from service.core.recognise.naming import quoted
from service.core.words import REMEMBERED, Hit, normalise

_JOINERS = frozenset({"of", "the", "left", "right", "both", "upper", "lower"})
_LATERALITY = "272741003="  # SNOMED CT: the laterality of a post-coordinated body structure


def place_hits(words: str, knowledge: Knowledge) -> tuple[tuple[int, int], ...]:
    """The token spans of normalised words that name a site or a side."""
    sites = knowledge.site_names.find(words)
    taken = {position for hit in sites for position in range(hit.start, hit.end)}
    sides = [hit for hit in knowledge.side_words.find(words) if not taken.intersection(range(hit.start, hit.end))]
    return (*((hit.start, hit.end) for hit in sites), *((hit.start, hit.end) for hit in sides))


def place_of_words(text: str, knowledge: Knowledge) -> Place | None:
    """The place that words name; None where they name none. A side alone has no regions."""
    return _place_of_words(text, knowledge)


@lru_cache(maxsize=REMEMBERED)
def _place_of_words(text: str, knowledge: Knowledge) -> Place | None:
    words = normalise(text)
    hits = knowledge.site_names.find(words)
    sites = _containers(words, hits)
    side = side_of_words(words, hits, knowledge)
    if not sites and side is None:
        return None
    regions = frozenset(region for site in sites for region in site.regions)
    named = tuple(dict.fromkeys(sites))
    return Place(regions=regions, name=text, side=side, one_of=_is_one_of(named), sites=named)


def _is_one_of(sites: Sequence[Site]) -> bool:
    return len(sites) == 1 and sites[0].one_of


def _containers(words: str, hits: Sequence[Hit[Site]]) -> list[Site]:
    """The sites named; of "head of pancreas" or "skin of left breast" only the container."""
    tokens = words.split()
    kept: list[Site] = []
    for hit, following in zip_longest(hits, hits[1:]):
        between = tokens[hit.end : following.start] if following else []
        if following is not None and "of" in between and set(between) <= _JOINERS:
            continue
        kept.append(hit.value)
    return kept


def side_of_words(words: str, sites: Sequence[Hit[Site]], knowledge: Knowledge) -> Side | None:
    """The one side that words name; None where they name none, or "unilateral". Both sides are bilateral."""
    taken = {position for hit in sites for position in range(hit.start, hit.end)}
    spans = {(hit.start, hit.end) for hit in sites}  # "LLE" names a limb and its side at once
    sides = {
        hit.value
        for hit in knowledge.side_words.find(words)
        if hit.value is not None
        and ((hit.start, hit.end) in spans or not taken.intersection(range(hit.start, hit.end)))
    }
    return _one_side(sides)


def _one_side(sides: Iterable[Side]) -> Side | None:
    said = set(sides)
    if not said:
        return None
    return Side.BILATERAL if len(said) > 1 else said.pop()


def place_of_concept(concept: CodeableConcept, knowledge: Knowledge) -> Place | None:
    """The place that a body site names by its codings, else by its words; None where it names none."""
    rows = [row for coding in concept.codings for row in knowledge.site_codes.find(_plain(coding))]
    sites = tuple(dict.fromkeys(row.site for row in rows if row.site is not None))
    sides = [row.side for row in rows if row.side is not None]
    sides += [side for coding in concept.codings if (side := _refined_side(coding, knowledge))]
    worded = [
        place
        for text in dict.fromkeys((concept.text, *(coding.display for coding in concept.codings)))
        if text and (place := place_of_words(text, knowledge)) is not None
    ]
    side = _one_side(sides) or next((place.side for place in worded if place.side is not None), None)
    if sites:
        narrower = _narrowed(sites, worded, knowledge)
        regions = frozenset(region for site in narrower for region in site.regions)
        return Place(regions=regions, name=concept.words(), side=side, one_of=_is_one_of(narrower), sites=narrower)
    for place in worded:
        if place.regions:
            return replace(place, name=concept.words(), side=side)
    return Place(regions=frozenset(), name=concept.words(), side=side) if side else None


def _narrowed(sites: tuple[Site, ...], worded: Sequence[Place], knowledge: Knowledge) -> tuple[Site, ...]:
    """The sites of the words where they lie inside those of the codes.

    Upper, middle and lower trapezius share one SNOMED CT code, so the text decides.
    """
    regions = frozenset(region for site in sites for region in site.regions)
    for place in worded:
        if place.sites and all(
            any(within(region, container, knowledge.parents) for container in regions) for region in place.regions
        ):
            return place.sites
    return sites


def _plain(coding: Coding) -> Coding:
    """The focus of a post-coordinated SNOMED CT expression; any other coding as it is."""
    focus, colon, _ = coding.code.partition(":")
    return coding._replace(code=focus.partition("|")[0].strip()) if colon and coding.system == "snomed" else coding


def _refined_side(coding: Coding, knowledge: Knowledge) -> Side | None:
    _, found, value = coding.code.partition(_LATERALITY)
    if not found:
        return None
    code = value.strip().partition("|")[0].partition(",")[0].partition("}")[0].strip()
    return next((row.side for row in knowledge.site_codes.find(Coding("snomed", code)) if row.side), None)


def places_of_body_sites(body_sites: Sequence[CodeableConcept], knowledge: Knowledge) -> tuple[tuple[Place, ...], str]:
    """The places of repeated body sites, and the words of what was not understood.

    One region and one side that stand in two repetitions are joined, only where there is exactly
    one of each (FHIR checklist FH-131).
    """
    read = [(site, place_of_concept(site, knowledge)) for site in body_sites]
    unread = next((quoted(site.words()) or "a body site without words" for site, place in read if place is None), "")
    placed = [place for _, place in read if place is not None and place.regions]
    sides = [place.side for _, place in read if place is not None and not place.regions and place.side]
    if sides and len(placed) == 1:
        side = _one_side(sides)
        if placed[0].side is None:
            return (placed[0].sided(side),), unread
    if sides and len(placed) > 1 and any(place.side is None for place in placed):
        return tuple(placed), "a side that could belong to more than one place"
    return tuple(placed), unread


def joined(one: tuple[Place, ...], other: tuple[Place, ...], knowledge: Knowledge) -> tuple[tuple[Place, ...], bool]:
    """The narrower of two ways to say the places of one entry, and whether they contradict each other."""
    if not one or not other:
        return one or other, False
    pairs = [(a, b) for a in one for b in other if fits(a, b, knowledge.parents)]
    if not pairs:
        return (*one, *other), True
    return tuple(dict.fromkeys(_narrower(a, b, knowledge) for a, b in pairs)), False


def _narrower(one: Place, other: Place, knowledge: Knowledge) -> Place:
    parents = knowledge.parents
    inside = frozenset(
        a if within(a, b, parents) else b
        for a in one.regions
        for b in other.regions
        if within(a, b, parents) or within(b, a, parents)
    )
    base = one if inside == one.regions else other
    side = one.side or other.side
    if Side.BILATERAL in (one.side, other.side):
        side = next((s for s in (one.side, other.side) if s not in (None, Side.BILATERAL)), Side.BILATERAL)
    return Place(
        regions=inside or one.regions,
        name=base.name,
        side=side,
        one_of=one.one_of and other.one_of,
        sites=base.sites,
    )
