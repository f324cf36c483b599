"""The medicine codes as they are published: one set for each class, and one for each group that rules read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from service.core.code_sets import CodeSet, Kind, ListedCode
from service.knowledge.medicines import CLASS_MARK
from service.knowledge.tables import read_table, read_tables, several

_MEANINGS: Final = {"yes": "systemic", "no": "not-systemic", "check": "systemic-unless-local", "unknown": "ingredient"}


def medicine_sets(folder: Path) -> Iterator[CodeSet]:
    """A set for each class and group with its codes. Their ids are chosen by who gathers all sets."""
    classes, groups = _of_drugs(folder)
    labels = {key: (label, about) for key, label, _, _, _, about in read_table(folder, "codes/medicines/classes.csv")}
    by_class: dict[str, list[ListedCode]] = defaultdict(list)
    by_group: dict[str, list[ListedCode]] = defaultdict(list)
    for drugs, code in _rows(folder):
        for key in dict.fromkeys(each for drug in several(drugs) for each in classes[drug]):
            by_class[key].append(code)
        for group in dict.fromkeys(each for drug in several(drugs) for each in groups[drug]):
            by_group[group].append(code)
    for key, codes in by_class.items():
        label, about = labels[key]
        yield _set(Kind.MEDICINE, key, f"Medicines: {label}", about, codes)
    for group, codes in by_group.items():
        name = group.replace("-", " ")
        yield _set(
            Kind.GROUP, group, f"Medicines read for {name}", "taken together because rules read them together", codes
        )


def _set(kind: Kind, concept: str, label: str, about: str, codes: list[ListedCode]) -> CodeSet:
    return CodeSet(id="", kind=kind, concept=concept, label=label, about=about, codes=tuple(codes))


def _of_drugs(folder: Path) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Drug, or class with its mark → classes; and → groups."""
    classes: dict[str, tuple[str, ...]] = {}
    groups: dict[str, tuple[str, ...]] = {}
    for drug, _, of, feeds, *_ in read_table(folder, "codes/medicines/drugs.csv"):
        classes[drug], groups[drug] = several(of), several(feeds)
    for key, _, feeds, *_ in read_table(folder, "codes/medicines/classes.csv"):
        classes[CLASS_MARK + key], groups[CLASS_MARK + key] = (key,), several(feeds)
    return classes, groups


def _rows(folder: Path) -> Iterator[tuple[str, ListedCode]]:
    """Every medicine code with its drugs, as the cell names them."""
    for _, rows in read_tables(folder, "codes/medicines/products/*.csv"):
        for drugs, system, code, systemic, _, display, source, _ in rows:
            yield drugs, ListedCode(system, code, display, _MEANINGS[systemic], source=source)
    for drug, system, code in read_table(folder, "codes/medicines/ingredient-codes.csv"):
        yield drug, ListedCode(system, code, drug, _MEANINGS["unknown"])
    for code, match, drugs, systemic, name, _ in read_table(folder, "codes/medicines/atc.csv"):
        yield drugs, ListedCode("atc", code, name, _MEANINGS[systemic], match == "prefix")
