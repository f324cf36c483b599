"""`load_lists`: the code lists of `mappings/` as they are published, with displays, concept by concept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from service.core.code_sets import CodeSet, Kind, ListedCode, Lists
from service.knowledge.medicine_sets import medicine_sets
from service.knowledge.tables import mappings_folder, read_table, read_tables

_PREFIX: Final = "prefix"
_SITES: Final = "needling-sites"
_TITLES: Final = {  # of sets that are no row of concepts.csv
    (Kind.ORDER, "dry-needling"): ("Orders for dry needling", "an order with one of these codes is screened"),
    (Kind.SITE, _SITES): ("Needling sites", "codes of body sites that are understood as a place"),
}


def load_lists(folder: Path | None = None) -> Lists:
    """Read the lists of `folder`, or the shipped ones; raises MappingError with file and line on a bad one."""
    folder = mappings_folder(folder)
    concepts = {
        (Kind(kind), concept): (label, about) for kind, concept, label, about in read_table(folder, "concepts.csv")
    }
    concepts |= _TITLES
    found: dict[tuple[Kind, str], dict[ListedCode, None]] = defaultdict(dict)
    for kind, concept, code in _codes(folder):
        found[kind, concept][code] = None
    for medicine in medicine_sets(folder):
        concepts[medicine.kind, medicine.concept] = (medicine.label, medicine.about)
        found[medicine.kind, medicine.concept] = dict.fromkeys(medicine.codes)
    listed = _listed(found)
    sets: dict[str, CodeSet] = {}
    for (kind, concept), codes in sorted(found.items(), key=lambda item: (item[0][0] is not Kind.CONDITION, item[0])):
        label, about = concepts.get((kind, concept), (concept.replace("-", " ").capitalize(), ""))
        id_ = f"{concept}-{kind.suffix}" if concept in sets or kind is Kind.GROUP else concept
        sets[id_] = CodeSet(
            id=id_,
            kind=kind,
            concept=concept,
            label=label,
            about=about,
            codes=tuple(sorted(codes)),
            elsewhere=tuple(sorted(_elsewhere(codes, listed[Kind.MEDICINE if kind is Kind.GROUP else kind]))),
        )
    return Lists(
        version=(folder / "VERSION").read_text(encoding="utf-8").strip(),
        sets=tuple(sets[id_] for id_ in sorted(sets)),
        sources={
            key: ", ".join(filter(None, (title, release, licence)))
            for key, title, release, licence, _, _ in read_table(folder, "sources.csv")
        },
        notices={system: f"{title}: {licence}" for system, title, licence in read_table(folder, "systems.csv")},
    )


def _codes(folder: Path) -> Iterator[tuple[Kind, str, ListedCode]]:
    """Kind, concept and code of every row that is not a medicine's."""
    for path, rows in read_tables(folder, "codes/conditions/*.csv"):
        concept = path.name.removesuffix(".csv")
        for system, code, match, meaning, display, source, _ in rows:
            yield Kind.CONDITION, concept, ListedCode(system, code, display, meaning, match == _PREFIX, source)
    for concept, system, code, display, source, _ in read_table(folder, "codes/allergies.csv"):
        yield Kind.CONDITION, concept, ListedCode(system, code, display, "allergy", source=source)
    for concept, system, code, match, _, display, source, _ in read_table(folder, "codes/procedures.csv"):
        yield Kind.PROCEDURE, concept, ListedCode(system, code, display, "done", match == _PREFIX, source)
    for concept, system, code, _, _, display, source, _ in read_table(folder, "codes/observations.csv"):
        yield Kind.OBSERVATION, concept, ListedCode(system, code, display, "test", source=source)
    for concept, system, code, display, source, _ in read_table(folder, "codes/immunizations.csv"):
        yield Kind.IMMUNIZATION, concept, ListedCode(system, code, display, "given", source=source)
    for meaning, system, code, _, display, source, _ in read_table(folder, "codes/orders.csv"):
        yield Kind.ORDER, meaning, ListedCode(system, code, display, "ordered", source=source)
    for site, system, code, _, _, display, source, _ in read_table(folder, "places/site-codes.csv"):
        if site:
            yield Kind.SITE, _SITES, ListedCode(system, code, display, "place", source=source)


_Listed = Mapping[str, Mapping[str, bool]]  # system → code → whether it speaks for longer codes, too


def _listed(found: Mapping[tuple[Kind, str], Iterable[ListedCode]]) -> Mapping[Kind, _Listed]:
    """Every code of each kind, whatever its concept."""
    listed: dict[Kind, dict[str, dict[str, bool]]] = defaultdict(lambda: defaultdict(dict))
    for (kind, _), codes in found.items():
        for row in codes:
            listed[kind][row.system][row.code] = row.prefix
    return listed


def _elsewhere(codes: Iterable[ListedCode], listed: _Listed) -> Iterator[ListedCode]:
    """Longer codes under a prefix of this set, which the longest listed code takes elsewhere."""
    own = {(row.system, row.code) for row in codes}
    for system in {row.system for row in codes if row.prefix}:
        prefixes = tuple(row.code for row in codes if row.prefix and row.system == system)
        for code, prefix in listed[system].items():
            if (system, code) not in own and code.startswith(prefixes):
                yield ListedCode(system, code, "", "", prefix)
