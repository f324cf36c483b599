"""Condition codes, the names they go by, the terms of entries without a code, and the places inside codes."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from service.core.codes import CodeList
from service.core.knowledge import Listed
from service.core.places import Place, Side
from service.core.words import TermIndex
from service.knowledge.builder import CodeListBuilder, TermsBuilder
from service.knowledge.names import Normaliser
from service.knowledge.tables import read_table, read_tables, several

# Their displays may stand for an entry without a code: one code, one thing. WHO and ICD-9-CM headings are coarser.
_SIDES: Final = {side.value: side for side in Side}  # "unspecified" is no side
_NAMING: Final = frozenset({"snomed", "icd-10-cm"})
# Displays that hold these say only "some disease of this chapter".
_HEADINGS: Final = ("not elsewhere classified", "classified elsewhere", "other specified", "other and unspecified")


class ConditionLists(NamedTuple):
    """What `mappings/codes/conditions/` and its words say."""

    codes: CodeList[Listed]
    names: TermIndex[tuple[Listed, ...]]
    terms: TermIndex[tuple[Listed, ...]]
    places: CodeList[Place]
    systems: frozenset[str]


def load_conditions(folder: Path, normalised: Normaliser) -> ConditionLists:
    """Read every condition list. A concept's codes are in the file of its name."""
    codes: CodeListBuilder[Listed] = CodeListBuilder()
    said: dict[str, dict[tuple[str, str], tuple[Listed, ...]]] = {}
    listed: dict[tuple[str, str], Listed] = {}
    for path, _, (system, code, match, meaning, display, _, _) in read_tables(folder, "codes/conditions/*.csv"):
        concept = path.stem
        row = listed.setdefault((concept, meaning), Listed(concept, meaning))
        codes.add(system, code, row, match)
        if system in _NAMING:
            of_display = said.setdefault(display, {})
            key = (system, code)
            of_display[key] = (*of_display.get(key, ()), row)
    terms: TermsBuilder[Listed] = TermsBuilder()
    for _, (concept, meaning, term, _) in read_table(folder, "words/condition-terms.csv"):
        terms.add(normalised(term), listed.setdefault((concept, meaning), Listed(concept, meaning)))
    places = _places(folder)
    return ConditionLists(
        codes.done(), _names(said, normalised), terms.done(), places.done(), codes.systems() | places.systems()
    )


def _names(
    said: dict[str, dict[tuple[str, str], tuple[Listed, ...]]], normalised: Normaliser
) -> TermIndex[tuple[Listed, ...]]:
    """Displays of two words and more, where every code of that name says the same."""
    names: dict[str, tuple[Listed, ...] | None] = {}
    shared: dict[tuple[Listed, ...], tuple[Listed, ...]] = {}
    for display, of_display in said.items():
        words = normalised(display)
        if " " not in words or any(heading in words for heading in _HEADINGS):
            continue
        for rows in of_display.values():
            ordered = tuple(sorted(rows)) if len(rows) > 1 else rows
            found = names.setdefault(words, shared.setdefault(ordered, ordered))
            if found is not None and found != ordered:
                names[words] = None
    return TermIndex({words: rows for words, rows in names.items() if rows is not None})


def _places(folder: Path) -> CodeListBuilder[Place]:
    """Places inside codes; one without regions was reviewed and gives no place."""
    places: CodeListBuilder[Place] = CodeListBuilder()
    shared: dict[tuple[str, str, str], Place] = {}
    for path, _, (code, match, extent, regions, side, _, _, _) in read_tables(
        folder, "places/condition-places/*.csv"
    ):
        key = (extent, regions, side)
        place = shared.get(key)
        if place is None:
            names = several(regions)
            place = shared[key] = Place(
                regions=frozenset(names),
                name=", ".join(names),
                side=_SIDES.get(side),
                one_of=extent == "one-of",
            )
        places.add(path.stem, code, place, match)
    return places
