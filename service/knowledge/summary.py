"""`SUMMARY.md`: how many rows each concept has in each system, and what they mean, for a reviewer's first look."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from service.knowledge.faults import Lists
from service.knowledge.tables import mappings_folder

SUMMARY: Final = "SUMMARY.md"
_SYSTEMS: Final = ("icd-10-cm", "icd-10", "icd-9-cm", "snomed")
_ICD: Final = ("icd-10-cm", "icd-10", "icd-9-cm")
_CATEGORY: Final = 3  # characters of an ICD category
_INTRODUCTION: Final = """\
# Summary of the lists

Written by `python -m service.knowledge.summary`, never by hand; `needlewise mappings check` compares it.
ICD counts are rows, not codes: one prefix row can stand for hundreds of codes.
"""


def render_summary(folder: Path) -> str:
    """The whole text, from the lists as they are."""
    lists = Lists(folder)
    return "\n".join([_INTRODUCTION, *_conditions(lists), *_chapters(lists), *_others(lists)])


def _conditions(lists: Lists) -> Iterator[str]:
    by_system: dict[str, Counter[str]] = {}
    by_meaning: dict[str, Counter[str]] = {}
    nothing: Counter[str] = Counter()
    terms: Counter[str] = Counter(row.cells["concept"] for row in lists.rows("words/condition-terms.csv"))
    for row in lists.rows("codes/conditions/*.csv"):
        concept = row.file.rpartition("/")[2].removesuffix(".csv")
        by_system.setdefault(concept, Counter())[row.cells["system"]] += 1
        by_meaning.setdefault(concept, Counter())[row.cells["meaning"]] += 1
    yield "## Conditions by concept, system and meaning\n"
    yield _table(
        ("concept", *_SYSTEMS, "terms", "meanings"),
        (
            (
                concept,
                *(_number(by_system.get(concept, nothing)[system]) for system in _SYSTEMS),
                _number(terms[concept]),
                ", ".join(f"{meaning} {count}" for meaning, count in _ranked(by_meaning.get(concept, nothing))),
            )
            for concept in sorted(by_system.keys() | terms.keys())
        ),
    )


def _chapters(lists: Lists) -> Iterator[str]:
    """ICD rows by category letter or number block, with the concepts found there."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for row in lists.rows("codes/conditions/*.csv"):
        system = row.cells["system"]
        if system in _ICD:
            concept = row.file.rpartition("/")[2].removesuffix(".csv")
            found.setdefault((system, row.cells["code"][:_CATEGORY]), Counter())[concept] += 1
    yield "## Conditions by ICD category\n"
    yield _table(
        ("system", "category", "rows", "concepts"),
        (
            (
                system,
                category,
                str(sum(concepts.values())),
                ", ".join(name for name, _ in _ranked(concepts)),
            )
            for (system, category), concepts in sorted(found.items())
        ),
    )


def _others(lists: Lists) -> Iterator[str]:
    for title, pattern, first, second in (
        ("Procedures by concept and system", "codes/procedures.csv", "concept", "system"),
        ("Observations by concept and system", "codes/observations.csv", "concept", "system"),
        ("Results by meaning and system", "codes/results.csv", "meaning", "system"),
        ("Immunizations by concept and system", "codes/immunizations.csv", "concept", "system"),
        ("Orders by meaning and system", "codes/orders.csv", "meaning", "system"),
        ("Routes and forms by place and effect", "codes/routes-and-forms.csv", "place", "systemic"),
        ("Sites by kind and depth", "places/sites.csv", "kind", "deep"),
    ):
        yield from _crossed(title, ((row.cells[first], row.cells[second]) for row in lists.rows(pattern)), first)
    yield from _crossed(
        "Medicine products by class and effect",
        (
            (row.file.rpartition("/")[2].removesuffix(".csv"), row.cells["systemic"])
            for row in lists.rows("codes/medicines/products/*.csv")
        ),
        "class",
    )
    yield from _crossed(
        "Places inside condition codes by system and extent",
        (
            (row.file.rpartition("/")[2].removesuffix(".csv"), row.cells["extent"])
            for row in lists.rows("places/condition-places/*.csv")
        ),
        "system",
    )
    yield from _crossed(
        "Left out or changed, by list",
        (
            (row.cells["list"], "left out" if row.cells["done"] == "left out" else "changed or added")
            for row in lists.rows("LEFT-OUT.csv")
        ),
        "list",
    )


def _crossed(title: str, pairs: Iterable[tuple[str, str]], first: str) -> Iterator[str]:
    counts: dict[str, Counter[str]] = {}
    for one, other in pairs:
        counts.setdefault(one, Counter())[other] += 1
    columns = sorted({name for row in counts.values() for name in row})
    yield f"## {title}\n"
    yield _table(
        (first, *columns),
        ((name, *(_number(row[column]) for column in columns)) for name, row in sorted(counts.items())),
    )


def _ranked(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _number(count: int) -> str:
    return str(count) if count else "—"


def _table(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heading, tuple("---" for _ in heading), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def main() -> None:
    """Write the summary of the shipped lists, or of the folder named."""
    folder = mappings_folder(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    (folder / SUMMARY).write_text(render_summary(folder), encoding="utf-8")


if __name__ == "__main__":
    main()
