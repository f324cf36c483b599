"""Keys that one list uses and another must hold: concepts, sources, systems, drugs, sites, regions. And orphans."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from service.knowledge.expansions import EXPANDED
from service.knowledge.faults import Fault, Lists
from service.knowledge.medicines import CLASS_MARK
from service.knowledge.tables import several

# Which kind of concept the column `concept` of a file holds.
_KINDS: Final = {
    "codes/procedures.csv": "procedure",
    "codes/observations.csv": "observation",
    "codes/immunizations.csv": "immunization",
    "codes/allergies.csv": "condition",
    "words/allergy-terms.csv": "condition",
    "codes/medicines/explains.csv": "condition",
    "words/condition-terms.csv": "condition",
    "words/procedure-terms.csv": "procedure",
    "words/immunization-terms.csv": "immunization",
    "words/observation-names.csv": "observation",
}
_CONDITIONS: Final = "codes/conditions/*.csv"


def check_registers(lists: Lists) -> Iterator[Fault]:
    """Unknown keys, and keys that nothing uses."""
    yield from _concepts(lists)
    yield from _placed_concepts(lists)
    yield from _sources(lists)
    yield from _systems(lists)
    yield from _medicines(lists)
    yield from _places(lists)
    yield from _units(lists)


def _concepts(lists: Lists) -> Iterator[Fault]:
    known = {(row.cells["kind"], row.cells["concept"]): row for row in lists.rows("concepts.csv")}
    used: set[tuple[str, str]] = set()
    files: dict[str, int] = {}
    for row in lists.rows(_CONDITIONS):
        files.setdefault(row.file, row.line)
    for file in files:
        key = ("condition", file.rpartition("/")[2].removesuffix(".csv"))
        used.add(key)
        if key not in known:
            yield Fault(file, 1, f"no concept {key[1]!r} of kind condition in concepts.csv: add it or rename the file")
    for pattern, kind in _KINDS.items():
        for row in lists.rows(pattern):
            concept = row.cells["concept"]
            if concept and (kind, concept) not in known:
                yield row.fault(f"no concept {concept!r} of kind {kind} in concepts.csv")
            if pattern != "codes/medicines/explains.csv":
                used.add((kind, concept))
    for key, row in known.items():
        if key not in used:
            yield row.fault(f"concept {key[1]!r} has no code and no term: give it one or remove it")


def _placed_concepts(lists: Lists) -> Iterator[Fault]:
    known = {(row.cells["kind"], row.cells["concept"]) for row in lists.rows("concepts.csv")}
    for row in lists.rows("places/concept-places.csv"):
        if (row.cells["kind"], row.cells["concept"]) not in known:
            yield row.fault(f"no concept {row.cells['concept']!r} of this kind in concepts.csv")


def _sources(lists: Lists) -> Iterator[Fault]:
    known = {row.cells["source"]: row for row in lists.rows("sources.csv")}
    used: set[str] = set()
    for row in lists.with_column("source"):
        if row.file == "sources.csv":
            continue
        for source in several(row.cells["source"]):
            used.add(source)
            if source not in known:
                yield row.fault(f"source {source!r} is not in sources.csv")
    for source, row in known.items():
        if source not in used and source != EXPANDED:  # rows come from it when somebody expands
            yield row.fault(f"no row comes from source {source!r}: remove it")


def _systems(lists: Lists) -> Iterator[Fault]:
    known = {row.cells["system"] for row in lists.rows("systems.csv")}
    addressed: set[str] = set()
    for row in lists.with_column("system"):
        system = row.cells["system"]
        if row.file == "addresses.csv":
            addressed.add(system)
        if system not in known and not (row.file == "LEFT-OUT.csv" and not system):
            yield row.fault(f"system {system!r} is not in systems.csv")
    for row in lists.rows("places/condition-places/*.csv"):
        system = row.file.rpartition("/")[2].removesuffix(".csv")
        if system not in known:
            yield Fault(row.file, 1, f"is named for a system {system!r} that is not in systems.csv")
            break
    for row in lists.rows("systems.csv"):
        if row.cells["system"] not in addressed:
            yield row.fault("has no address in addresses.csv: no chart could use it")


def _medicines(lists: Lists) -> Iterator[Fault]:
    drugs = {row.cells["drug"] for row in lists.rows("codes/medicines/drugs.csv")}
    classes = {row.cells["class"] for row in lists.rows("codes/medicines/classes.csv")}
    for row in lists.rows("codes/medicines/drugs.csv"):
        for name in several(row.cells["classes"]):
            if name not in classes:
                yield row.fault(f"class {name!r} is not in classes.csv")
    for pattern, column in (
        ("codes/medicines/products/*.csv", "drugs"),
        ("codes/medicines/ingredient-codes.csv", "drug"),
        ("codes/medicines/atc.csv", "medicines"),
        ("codes/medicines/explains.csv", "medicine"),
        ("words/drug-names.csv", "drug"),
        ("words/medicine-terms.csv", "medicine"),
    ):
        for row in lists.rows(pattern):
            for name in several(row.cells[column]):
                of_class = name.startswith(CLASS_MARK)
                if (name.removeprefix(CLASS_MARK) not in classes) if of_class else (name not in drugs):
                    yield row.fault(f"{name!r} is not in {'classes' if of_class else 'drugs'}.csv")


def _places(lists: Lists) -> Iterator[Fault]:
    regions = {row.cells["region"] for row in lists.rows("places/regions.csv")}
    sites = {row.cells["site"] for row in lists.rows("places/sites.csv")}
    for column, known in (("parent", regions), ("regions", regions), ("site", sites), ("part_of", sites | regions)):
        for row in lists.with_column(column):
            for name in several(row.cells[column]):
                if name not in known:
                    yield row.fault(f"{column} {name!r} is in no list of places")
    for row in lists.rows("places/sites.csv"):
        if not row.cells["regions"]:
            yield row.fault("names no region: no lesion could be compared with it")


def _units(lists: Lists) -> Iterator[Fault]:
    families = {row.cells["unit_family"] for row in lists.rows("codes/units.csv")}
    for row in lists.rows("codes/observations.csv", "words/observation-names.csv"):
        family = row.cells["unit_family"]
        if family and family != "unreadable" and family not in families:
            yield row.fault(f"unit family {family!r} is not in units.csv")
