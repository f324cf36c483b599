"""Rows beside rows: duplicates, contradictions, one display for one code, a side that the name denies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from service.core.words import normalise
from service.knowledge.expansions import CONDITIONS, Definition, filters
from service.knowledge.faults import Fault, Lists, Row
from service.knowledge.tables import several
from service.knowledge.vocabulary import CONDITION_MEANINGS

# Meanings that say opposite things of one concept.
_PRESENT: Final = frozenset({"disease", "complication", "carrier-state", "labour", "nonviable"})
_ABSENT: Final = CONDITION_MEANINGS - _PRESENT - {"status", "possible", "suspected", "ended", "remission"}
_LEFT: Final = re.compile(r"\bleft\b", re.IGNORECASE)
_RIGHT: Final = re.compile(r"\bright\b", re.IGNORECASE)
# kind of file → the cells that may stand there once
_ONCE: Final = {
    "concepts.csv": ("kind", "concept"),
    "systems.csv": ("system",),
    "addresses.csv": ("address",),
    "sources.csv": ("source",),
    "codes/procedures.csv": ("concept", "system", "code"),
    "codes/observations.csv": ("system", "code"),
    "codes/results.csv": ("system", "code"),
    "codes/allergies.csv": ("system", "code"),
    "codes/immunizations.csv": ("system", "code"),
    "codes/orders.csv": ("system", "code"),
    "codes/routes-and-forms.csv": ("system", "code"),
    "codes/none-known.csv": ("system", "code"),
    "codes/expansions.csv": ("list", "concept", "system", "value"),
    "codes/roots.csv": ("system", "code"),
    "codes/security-labels.csv": ("system", "code"),
    "codes/units.csv": ("unit_family", "spelling"),
    "codes/medicines/drugs.csv": ("drug",),
    "codes/medicines/classes.csv": ("class",),
    "codes/medicines/ingredient-codes.csv": ("system", "code"),
    "codes/medicines/atc.csv": ("code",),
    "codes/medicines/products/*.csv": ("system", "code"),
    "codes/medicines/explains.csv": ("medicine", "concept", "words", "groups"),
    "places/regions.csv": ("region",),
    "places/sites.csv": ("site",),
    "places/site-codes.csv": ("system", "code"),
    "places/concept-places.csv": ("kind", "concept"),
    "places/body-map.csv": ("view", "layer", "site", "outline"),
    "words/neutral.csv": ("word",),
}
# kind of file → its words, once after normalising (with these cells, where a word may say several things)
_ONCE_IN_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "places/site-names.csv": (),
    "places/side-words.csv": (),
    "words/condition-terms.csv": ("concept",),
    "words/drug-names.csv": ("drug", "kind"),
    "words/order-terms.csv": (),
    "words/procedure-terms.csv": ("concept",),
    "words/immunization-terms.csv": (),
    "words/observation-names.csv": (),
    "words/route-words.csv": (),
    "words/cues.csv": (),
    "words/look-alikes.csv": (),
}


def check_together(lists: Lists) -> Iterator[Fault]:
    """Faults that only several rows show."""
    for pattern, names in _ONCE.items():
        yield from _once(lists.rows(pattern), names)
    for pattern, names in _ONCE_IN_WORDS.items():
        yield from _once(lists.rows(pattern), names, word="term")
    yield from _conditions(lists)
    yield from _terms(lists)
    yield from _displays(lists)
    yield from _sides(lists)
    yield from _regions(lists)
    yield from _roots(lists)
    yield from _expansions(lists)


def _expansions(lists: Lists) -> Iterator[Fault]:
    """A definition is of a concept or drug that there is, in a form that a server can be asked in."""
    concepts = {row.file.rpartition("/")[2].removesuffix(".csv") for row in lists.rows("codes/conditions/*.csv")}
    drugs = {row.cells["drug"] for row in lists.rows("codes/medicines/drugs.csv") if row.cells["classes"]}
    for row in lists.rows("codes/expansions.csv"):
        definition = Definition(*(row.cells[name] for name in Definition._fields))
        is_condition = definition.list == CONDITIONS
        if definition.concept not in (concepts if is_condition else drugs):
            yield row.fault(f"{definition.concept!r} has no list of codes" if is_condition else "no drug with a class")
        if is_condition != bool(definition.meaning):
            yield row.fault("a condition has a meaning, a medicine has none")
        if definition.kind == "ecl" and definition.system != "snomed":
            yield row.fault("ecl is SNOMED CT's own language")
        if definition.kind == "filter":
            try:
                filters(definition)
            except ValueError as fault:
                yield row.fault(str(fault))


def _roots(lists: Lists) -> Iterator[Fault]:
    """A root gives its meaning to whatever a server finds below it: it has to be listed, as the disease itself."""
    diseases = {
        (row.cells["system"], row.cells["code"])
        for row in lists.rows("codes/conditions/*.csv")
        if row.cells["meaning"] == "disease"
    }
    rows = list(lists.rows("codes/roots.csv"))
    roots = {row.cells["code"] for row in rows}
    for row in rows:
        if (row.cells["system"], row.cells["code"]) not in diseases:
            yield row.fault("a root must be listed as a disease in codes/conditions/")
        for above in several(row.cells["within"]):
            if above not in roots or above == row.cells["code"]:
                yield row.fault(f"{above} is no other root")


def _once(rows: Iterator[Row], names: tuple[str, ...], word: str = "") -> Iterator[Fault]:
    """Rows whose cells, and whose normalised word, stand there before."""
    first: dict[tuple[str, ...], Row] = {}
    for row in rows:
        key = tuple(row.cells[name] for name in names)
        if word:
            key = (normalise(row.cells[word]), *key)
        before = first.setdefault(key, row)
        if before is not row:
            yield row.fault(f"says again what {before.file}:{before.line} says of {' '.join(filter(None, key))!r}")


def _conditions(lists: Lists) -> Iterator[Fault]:
    """A code says one thing of a concept, and stands as exact or as prefix, not as both."""
    first: dict[tuple[str, str, str], Row] = {}
    match: dict[tuple[str, str], Row] = {}
    excluded: dict[tuple[str, str], Row] = {}
    for row in lists.rows("codes/conditions/*.csv"):
        code = (row.cells["system"], row.cells["code"])
        before = first.setdefault((row.file, *code), row)
        if before is not row:
            yield row.fault(f"contradicts line {before.line}: {code[1]} has one meaning for a concept")
        other = match.setdefault(code, row)
        if other.cells["match"] != row.cells["match"]:
            yield row.fault(f"match differs from {other.file}:{other.line}: a code is exact or a prefix")
        if row.cells["meaning"] == "excluded":
            excluded[code] = row
    for row in lists.rows("codes/conditions/*.csv"):
        none = excluded.get((row.cells["system"], row.cells["code"]))
        if none is not None and none is not row:
            yield row.fault(f"{none.file}:{none.line} excludes this code")


def _terms(lists: Lists) -> Iterator[Fault]:
    """A term that means presence of one concept and absence of the same can't be read."""
    said: dict[tuple[str, str], Row] = {}
    for row in lists.rows("words/condition-terms.csv"):
        before = said.setdefault((row.cells["concept"], normalise(row.cells["term"])), row)
        meanings = {before.cells["meaning"], row.cells["meaning"]}
        if meanings & _PRESENT and meanings & _ABSENT:
            yield row.fault(f"contradicts line {before.line}")


def _displays(lists: Lists) -> Iterator[Fault]:
    """The same display wherever a code recurs, so that a reader sees that it is one code."""
    first: dict[tuple[str, str], Row] = {}
    for row in lists.with_column("system", "code", "display"):
        before = first.setdefault((row.cells["system"], row.cells["code"]), row)
        if before.cells["display"] != row.cells["display"]:
            yield row.fault(f"display differs from {before.file}:{before.line} ({before.cells['display']})")
    for row in lists.rows("places/condition-places/*.csv"):
        system = row.file.rpartition("/")[2].removesuffix(".csv")
        known = first.get((system, row.cells["code"]))
        if known is not None and known.cells["display"] != row.cells["display"]:
            yield row.fault(f"display differs from {known.file}:{known.line} ({known.cells['display']})")


def _sides(lists: Lists) -> Iterator[Fault]:
    """A side that its own display contradicts."""
    for row in lists.with_column("side", "display"):
        display, side = row.cells["display"], row.cells["side"]
        left, right = bool(_LEFT.search(display)), bool(_RIGHT.search(display))
        if (side == "left" and right and not left) or (side == "right" and left and not right):
            yield row.fault(f"side is {side}, but the display says {'right' if right else 'left'}")


def _regions(lists: Lists) -> Iterator[Fault]:
    """A region that is told as less delicate than a muscle in it: ordered by the region, its hazards count too."""
    parents = {row.cells["region"]: row.cells["parent"] for row in lists.rows("places/regions.csv")}
    regions = {row.cells["site"]: row for row in lists.rows("places/sites.csv") if row.cells["kind"] == "region"}
    for muscle in lists.rows("places/sites.csv"):
        if muscle.cells["kind"] not in ("muscle", "group"):
            continue
        for name in _around(muscle, parents):
            region = regions.get(name)
            if region is None:
                continue
            for mark in ("pleura", "deep"):
                if muscle.cells[mark] == "yes" and region.cells[mark] == "no":
                    yield region.fault(f"{mark} is no, but yes for the {muscle.cells['site']} in it")
            missing = _several(muscle, "hazards") - _several(region, "hazards")
            if missing:
                yield region.fault(
                    f"hazards leave out those of the {muscle.cells['site']}: {'; '.join(sorted(missing))}"
                )


def _around(muscle: Row, parents: Mapping[str, str]) -> Iterator[str]:
    """The regions that a muscle lies in, and those around them."""
    seen = {*_several(muscle, "regions"), muscle.cells["part_of"]}
    while seen:
        yield from sorted(seen)
        seen = {parents[name] for name in seen if parents.get(name)}


def _several(row: Row, column: str) -> set[str]:
    return set(filter(None, row.cells[column].split(";")))
