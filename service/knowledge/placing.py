"""Regions, sites, their codes and names, and the words for sides."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from service.core.codes import CodeList
from service.core.knowledge import PlacedCode
from service.core.places import Place, Side, Site
from service.core.words import TermIndex
from service.knowledge.builder import CodeListBuilder
from service.knowledge.names import normalise_all, read_words
from service.knowledge.tables import FIRST_ROW, MappingError, read_numbered, read_table, several


class PlaceLists(NamedTuple):
    """What `mappings/places/` says, places inside condition codes apart."""

    parents: Mapping[str, str]
    sites: Mapping[str, Site]
    codes: CodeList[PlacedCode]
    names: TermIndex[Site]
    side_words: TermIndex[Side | None]
    of_concepts: Mapping[tuple[str, str], Place]
    systems: frozenset[str]


def load_places(folder: Path) -> PlaceLists:
    """Read regions, sites and sides."""
    parents = {region: parent for region, parent, _ in read_table(folder, "places/regions.csv") if parent}
    sites = _sites(folder)
    names = dict(zip(normalise_all(sites), sites.values(), strict=True))
    for line, (words, (name, _, _)) in enumerate(read_words(folder, "places/site-names.csv"), FIRST_ROW):
        names[words] = _site(sites, name, folder / "places/site-names.csv", line)
    codes = _codes(folder, sites)
    side_words: dict[str, Side | None] = {
        words: Side(side) if side else None for words, (side, _, _) in read_words(folder, "places/side-words.csv")
    }
    return PlaceLists(
        parents, sites, codes.done(), TermIndex(names), TermIndex(side_words), _of_concepts(folder), codes.systems()
    )


def _sites(folder: Path) -> dict[str, Site]:
    return {
        name: Site(
            name=name,
            kind=kind,
            regions=frozenset(several(regions)),
            hazards=several(hazards),
            pleura=pleura,
            deep=deep != "no",  # "some": a region counts as its most delicate muscle
        )
        for name, kind, _, regions, pleura, deep, hazards, _, _ in read_table(folder, "places/sites.csv")
    }


def _of_concepts(folder: Path) -> dict[tuple[str, str], Place]:
    """Where a concept lies by itself: a pacemaker under the chest wall, an artificial knee in the knee."""
    return {
        (kind, concept): Place(
            regions=frozenset(several(regions)), name=", ".join(several(regions)), one_of=extent == "one-of"
        )
        for kind, concept, extent, regions in read_table(folder, "places/concept-places.csv")
    }


def _site(sites: Mapping[str, Site], name: str, file: Path, line: int) -> Site:
    if name not in sites:
        raise MappingError(file, line, f"{name!r} is not a row of sites.csv")
    return sites[name]


def _codes(folder: Path, sites: Mapping[str, Site]) -> CodeListBuilder[PlacedCode]:
    """Codes that name a site or a side. A code with regions of its own is a site of its own name."""
    codes: CodeListBuilder[PlacedCode] = CodeListBuilder()
    file = folder / "places/site-codes.csv"
    for line, (name, system, code, side, regions, display, _, _) in read_numbered(folder, "places/site-codes.csv"):
        site: Site | None = None
        if name:
            site = _site(sites, name, file, line)
            if regions:
                site = Site(
                    name=display,
                    kind=site.kind,
                    regions=frozenset(several(regions)),
                    hazards=site.hazards,
                    pleura=site.pleura,
                    deep=site.deep,
                )
        codes.add(system, code, PlacedCode(site, Side(side) if side else None))
    return codes
