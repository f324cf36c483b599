"""Condition codes, the names they go by, the terms of entries without a code, and the places inside codes."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from service.core.codes import CodeList
from service.core.knowledge import Listed
from service.core.places import Place, Side
from service.core.words import TermIndex
from service.knowledge.builder import CodeListBuilder, TermsBuilder
from service.knowledge.names import Normaliser, read_words
from service.knowledge.tables import read_tables, several

# Their displays may stand for an entry without a code: one code, one thing. WHO and ICD-9-CM headings are coarser.
_SIDES: Final = {side.value: side for side in Side}  # "unspecified" is no side
_LONG: Final = 6  # letters from which a display of one word names one thing ("Yaws" and "Burn" are terms, or none)
_NAMING: Final = frozenset({"snomed", "icd-10-cm"})


class ConditionLists(NamedTuple):
    """What `mappings/codes/conditions/` and its words say."""

    codes: CodeList[Listed]
    names: TermIndex[tuple[Listed, ...]]
    terms: TermIndex[tuple[Listed, ...]]
    places: CodeList[Place]
    systems: frozenset[str]


def load_conditions(folder: Path) -> ConditionLists:
    """Read every condition list. A concept's codes are in the file of its name."""
    codes: CodeListBuilder[Listed] = CodeListBuilder()
    named: list[tuple[str, str, str, str]] = []
    normaliser = Normaliser()
    for path, rows in read_tables(folder, "codes/conditions/*.csv"):
        concept = path.name.removesuffix(".csv")
        meanings = {meaning: Listed(concept, meaning) for meaning in {row[3] for row in rows}}
        for system, code, match, meaning, _, _, _ in rows:
            codes.add(system, code, meanings[meaning], match)
        naming = [row for row in rows if row[0] in _NAMING]
        words = normaliser.all([row[4] for row in naming])
        named += [(text, row[0], row[1], row[2]) for text, row in zip(words, naming, strict=True)]
    places = _places(folder)
    return ConditionLists(
        codes.done(),
        _names(named, codes),
        _terms(folder),
        places.done(),
        codes.systems() | places.systems(),
    )


def _terms(folder: Path) -> TermIndex[tuple[Listed, ...]]:
    listed: dict[tuple[str, str], Listed] = {}
    terms: TermsBuilder[Listed] = TermsBuilder()
    for words, (concept, meaning, _, _) in read_words(folder, "words/condition-terms.csv"):
        terms.add(words, listed.setdefault((concept, meaning), Listed(concept, meaning)))
    return terms.done()


def _names(named: list[tuple[str, str, str, str]], codes: CodeListBuilder[Listed]) -> TermIndex[tuple[Listed, ...]]:
    """Displays of two words and more, where every code of that name says the same."""
    names: dict[str, tuple[Listed, ...] | None] = {}
    for words, system, code, match in named:
        rows = codes.of(system, code, match)
        known = names.setdefault(words, rows)
        if known is not rows and known is not None and set(known) != set(rows):
            names[words] = None
    return TermIndex({words: rows for words, rows in names.items() if rows is not None and _is_name(words)})


def _is_name(words: str) -> bool:
    """Whether a display may stand alone: a short word is too little, and "elsewhere classified" speaks of the book."""
    return (" " in words or len(words) >= _LONG) and "classified" not in words


def _places(folder: Path) -> CodeListBuilder[Place]:
    """Places inside codes; one without regions was reviewed and gives no place."""
    places: CodeListBuilder[Place] = CodeListBuilder()
    shared: dict[tuple[str, str, str], Place] = {}
    for path, rows in read_tables(folder, "places/condition-places/*.csv"):
        for code, match, extent, regions, side, _, _, _ in rows:
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
