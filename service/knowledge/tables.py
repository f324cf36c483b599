"""The CSV files of `mappings/`: where they lie, their columns, and how one is read."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

FIRST_ROW: Final = 2  # the line below the heading
_PACKAGE: Final = Path(__file__).resolve().parents[1]

# Every kind of file and its columns, in their order. A pattern stands for one file for each concept, class or system.
COLUMNS: Final = {
    "concepts.csv": ("kind", "concept", "label", "about"),
    "systems.csv": ("system", "title", "licence"),
    "addresses.csv": ("address", "system", "note"),
    "sources.csv": ("source", "title", "release", "licence", "address", "read"),
    "LEFT-OUT.csv": ("list", "concept", "system", "code", "text", "done", "why"),
    "codes/conditions/*.csv": ("system", "code", "match", "meaning", "display", "source", "checked"),
    "codes/procedures.csv": ("concept", "system", "code", "match", "side", "display", "source", "checked"),
    "codes/observations.csv": ("concept", "system", "code", "kind", "unit_family", "display", "source", "checked"),
    "codes/results.csv": ("system", "code", "meaning", "display", "source"),
    "codes/allergies.csv": ("concept", "system", "code", "display", "source", "checked"),
    "codes/immunizations.csv": ("concept", "system", "code", "display", "source", "checked"),
    "codes/orders.csv": ("meaning", "system", "code", "electrical", "display", "source", "checked"),
    "codes/routes-and-forms.csv": ("system", "code", "systemic", "place", "display", "source"),
    "codes/none-known.csv": ("list", "system", "code", "meaning", "display", "source"),
    "codes/expansions.csv": ("list", "concept", "system", "kind", "value", "meaning", "source"),
    "codes/roots.csv": ("system", "code", "within", "display", "source"),
    "codes/security-labels.csv": ("system", "code", "limits", "display", "source"),
    "codes/units.csv": ("unit_family", "spelling", "canonical", "factor", "offset", "log", "note"),
    "codes/medicines/drugs.csv": (
        "drug",
        "kind",
        "classes",
        "groups",
        "subclasses",
        "washout_days",
        "systemic_only",
        "flags",
        "components",
        "note",
        "source",
        "checked",
    ),
    "codes/medicines/classes.csv": ("class", "label", "groups", "washout_days", "systemic_only", "about"),
    "codes/medicines/ingredient-codes.csv": ("drug", "system", "code"),
    "codes/medicines/atc.csv": ("code", "match", "medicines", "systemic", "name", "note"),
    "codes/medicines/products/*.csv": (
        "drugs",
        "system",
        "code",
        "systemic",
        "flags",
        "display",
        "source",
        "checked",
    ),
    "codes/medicines/explains.csv": ("medicine", "kind", "concept", "words", "groups", "source", "note"),
    "places/regions.csv": ("region", "parent", "about"),
    "places/sites.csv": (
        "site",
        "kind",
        "part_of",
        "regions",
        "pleura",
        "deep",
        "hazards",
        "source",
        "checked",
    ),
    "places/site-names.csv": ("site", "term", "source"),
    "places/site-codes.csv": ("site", "system", "code", "side", "regions", "display", "source", "checked"),
    "places/concept-places.csv": ("kind", "concept", "extent", "regions"),
    "places/side-words.csv": ("side", "term", "source"),
    "places/body-map.csv": ("view", "layer", "site", "sides", "outline"),
    "places/condition-places/*.csv": (
        "code",
        "match",
        "extent",
        "regions",
        "side",
        "display",
        "source",
        "checked",
    ),
    "words/condition-terms.csv": ("concept", "meaning", "term", "source"),
    "words/allergy-terms.csv": ("concept", "term", "source"),
    "words/drug-names.csv": ("drug", "kind", "term", "source"),
    "words/medicine-terms.csv": ("medicine", "meaning", "term", "source"),
    "words/procedure-terms.csv": ("concept", "term", "source"),
    "words/immunization-terms.csv": ("concept", "term", "source"),
    "words/order-terms.csv": ("meaning", "electrical", "alone", "term", "source"),
    "words/observation-names.csv": ("concept", "kind", "unit_family", "term", "source"),
    "words/result-words.csv": ("meaning", "match", "words", "source"),
    "words/route-words.csv": ("kind", "systemic", "place", "term", "source"),
    "words/cues.csv": ("effect", "stands", "term"),
    "words/look-alikes.csv": ("term", "about"),
    "words/neutral.csv": ("word",),
}


class MappingError(Exception):
    """A file of `mappings/` that can't be used: which, the line, and what to do. The service doesn't start on it."""

    def __init__(self, file: Path | str, line: int, advice: str) -> None:
        """Say where and what to do."""
        super().__init__(f"{file}:{line}: {advice}")
        self.file = str(file)
        self.line = line
        self.advice = advice


def mappings_folder(folder: Path | None = None) -> Path:
    """The folder given, else the one beside the package (a checkout), else the one inside it (installed)."""
    if folder is not None:
        return folder
    beside = _PACKAGE.parent / "mappings"
    return beside if beside.is_dir() else _PACKAGE / "_mappings"


def read_table(folder: Path, name: str) -> list[list[str]]:
    """The rows of one file; raises MappingError where it is not the table it should be."""
    return rows_of(folder / name, COLUMNS[name])


def read_numbered(folder: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of one file with their line numbers."""
    return enumerate(read_table(folder, name), FIRST_ROW)


def read_tables(folder: Path, pattern: str) -> Iterator[tuple[Path, list[list[str]]]]:
    """The rows of every file of a pattern, by file name."""
    for path in sorted(folder.glob(pattern)):
        yield path, rows_of(path, COLUMNS[pattern])


def rows_of(path: Path, columns: tuple[str, ...]) -> list[list[str]]:
    """The rows below the heading. No cell holds a line break, so the first is line 2 and the rest follow."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise MappingError(path, 0, f"can't be read: {type(fault).__name__}; restore it as UTF-8 text") from fault
    lines = text.removesuffix("\n").split("\n")
    rows = [line.split(",") for line in lines]
    # Few lines hold quotes; only these need the CSV reader, which takes twice the time.
    quoted = [place for place, line in enumerate(lines) if '"' in line] if '"' in text else []
    try:
        for place, row in zip(quoted, csv.reader((lines[place] for place in quoted), strict=True), strict=True):
            rows[place] = row
    except (csv.Error, ValueError) as fault:
        raise MappingError(path, 0, f"is no CSV: {fault}; a cell holds no line break") from fault
    if tuple(rows[0]) != columns:
        raise MappingError(path, 1, f"the columns must be {','.join(columns)}")
    width = len(columns)
    if any(len(row) != width for row in rows):
        line = next(line for line, row in enumerate(rows, 1) if len(row) != width)
        raise MappingError(path, line, f"has {len(rows[line - 1])} cells and needs {width}")
    return rows[1:]


def several(cell: str) -> tuple[str, ...]:
    """The values of a cell that holds several, parted by semicolons."""
    return tuple(cell.split(";")) if cell else ()
