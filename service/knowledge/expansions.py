"""Refreshing lists from definitions (`codes/expansions.csv`): what an expansion adds and takes away, to be reviewed.

Nothing that a reviewer decided is undone: codes that are listed otherwise, that were left out on purpose, or that a
prefix of the list speaks for already are not proposed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import Final, NamedTuple

from service.core.codes import tidy
from service.knowledge.tables import COLUMNS, MappingError, mappings_folder, read_table, read_tables, several

EXPANDED: Final = "terminology-server"  # the source of rows that were proposed here
CONDITIONS: Final = "conditions"
MEDICINES: Final = "medicines"
_FILE: Final = "codes/expansions.csv"
_CHECKED: Final = "one-source"
_CONDITION_FILES: Final = "codes/conditions/*.csv"
_PRODUCT_FILES: Final = "codes/medicines/products/*.csv"


class Definition(NamedTuple):
    """A set of codes by what they are, to be expanded by a terminology server."""

    list: str  # conditions or medicines
    concept: str  # a concept, or a drug
    system: str
    kind: str  # ecl: SNOMED CT's own language; filter: `property op value`, several parted by semicolons
    value: str
    meaning: str  # of conditions

    @property
    def alike(self) -> tuple[str, str, str, str]:
        """Equal for definitions whose members are rows of one kind: together they are what the list should hold."""
        return self.list, self.concept, self.system, self.meaning


class Proposal(NamedTuple):
    """What an expansion would change in one file."""

    definition: Definition
    file: str  # relative to the mappings folder
    added: tuple[tuple[str, ...], ...]  # rows
    removed: tuple[tuple[str, ...], ...]  # rows of an earlier expansion that this one no longer holds
    elsewhere: int  # codes that are listed as something else, or were left out on purpose
    missing: int  # reviewed codes of the system that the expansion does not hold


def read_definitions(folder: Path | None = None) -> tuple[Definition, ...]:
    """Every definition, in the order of the file."""
    return tuple(Definition(*row[:6]) for row in read_table(mappings_folder(folder), _FILE))


class Refresher:
    """Compares expansions with the lists as they are."""

    def __init__(self, folder: Path | None = None) -> None:
        """Read the lists."""
        self._folder = mappings_folder(folder)
        self._rows: dict[str, list[list[str]]] = {}
        self._taken: set[tuple[str, str, str]] = set()  # list, system, code: listed, or left out on purpose
        for list_, pattern, column in ((CONDITIONS, _CONDITION_FILES, 0), (MEDICINES, _PRODUCT_FILES, 1)):
            for path, rows in read_tables(self._folder, pattern):
                self._rows[path.relative_to(self._folder).as_posix()] = rows
                self._taken.update((list_, row[column], row[column + 1]) for row in rows)
        ingredients = read_table(self._folder, "codes/medicines/ingredient-codes.csv")
        self._taken.update((MEDICINES, system, code) for _, system, code in ingredients)
        for left in read_table(self._folder, "LEFT-OUT.csv"):
            if left[5].startswith("left out"):
                self._taken.update((list_, left[2], left[3]) for list_ in (CONDITIONS, MEDICINES))
        self._classes = {row[0]: several(row[2]) for row in read_table(self._folder, "codes/medicines/drugs.csv")}

    def propose(self, definition: Definition, members: Iterable[tuple[str, str]]) -> Proposal:
        """What the members, code and display, would change; of all definitions that are `alike` together.

        Raises MappingError for an unknown drug.
        """
        file = self._file(definition)
        held = {tidy(definition.system, code): " ".join(display.split()) for code, display in members}
        own = {row[_code(definition)]: row for row in self._own(file, definition)}
        prefixes = tuple(code for code, row in own.items() if definition.list == CONDITIONS and row[2] == "prefix")
        fresh = [code for code in held if code not in own and not (prefixes and code.startswith(prefixes))]
        added = [code for code in fresh if (definition.list, definition.system, code) not in self._taken and held[code]]
        gone = [row for code, row in own.items() if row[-2] == EXPANDED and code not in held]
        reviewed = [code for code, row in own.items() if row[-2] != EXPANDED and code not in held]
        return Proposal(
            definition,
            file,
            tuple(_row(definition, code, held[code]) for code in sorted(added)),
            tuple(tuple(row) for row in gone),
            len(fresh) - len(added),
            len(reviewed),
        )

    def rewritten(self, proposals: Sequence[Proposal]) -> Iterator[tuple[str, str, str]]:
        """File, text as it is and text as it would be, for each file that would change."""
        by_file: dict[str, list[Proposal]] = {}
        for proposal in proposals:
            by_file.setdefault(proposal.file, []).append(proposal)
        for file, those in sorted(by_file.items()):
            rows = {tuple(row) for row in self._rows.get(file, ())}
            changed = rows.difference(*(proposal.removed for proposal in those))
            changed = changed.union(*(proposal.added for proposal in those))
            if changed != rows:
                yield file, self._text(file, rows), self._text(file, changed)

    def _own(self, file: str, definition: Definition) -> list[list[str]]:
        """The rows of the file that are of this system, and of this drug."""
        rows = [row for row in self._rows.get(file, ()) if row[_code(definition) - 1] == definition.system]
        return rows if definition.list == CONDITIONS else [row for row in rows if definition.concept in several(row[0])]

    def _file(self, definition: Definition) -> str:
        if definition.list == CONDITIONS:
            return f"codes/conditions/{definition.concept}.csv"
        classes = self._classes.get(definition.concept)
        if not classes:
            raise MappingError(self._folder / _FILE, 0, f"{definition.concept!r} is no drug of a class in drugs.csv")
        return f"codes/medicines/products/{classes[0]}.csv"

    def _text(self, file: str, rows: Iterable[tuple[str, ...]]) -> str:
        columns = COLUMNS[_CONDITION_FILES if file.startswith("codes/conditions/") else _PRODUCT_FILES]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([columns, *sorted(rows)])
        return text.getvalue()


def difference(changes: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """The changes as `git apply` takes them, line by line."""
    for file, before, after in changes:
        named = (f"a/mappings/{file}", f"b/mappings/{file}")
        yield from unified_diff(before.splitlines(), after.splitlines(), *named, lineterm="")


def filters(definition: Definition) -> list[Mapping[str, str]]:
    """The filters of a definition as a ValueSet has them. Raises ValueError where one is not `property op value`."""
    found: list[Mapping[str, str]] = []
    for part in several(definition.value):
        words = part.split(maxsplit=2)
        if len(words) != 3:  # noqa: PLR2004 - property, op, value
            raise ValueError(f"a filter is `property op value`, not {part!r}")
        found.append(dict(zip(("property", "op", "value"), words, strict=True)))
    return found


def _code(definition: Definition) -> int:
    """The column of the code; the system's is the one before it."""
    return 1 if definition.list == CONDITIONS else 2


def _row(definition: Definition, code: str, display: str) -> tuple[str, ...]:
    if definition.list == CONDITIONS:
        return (definition.system, code, "exact", definition.meaning, display, EXPANDED, _CHECKED)
    return (definition.concept, definition.system, code, "unknown", "", display, EXPANDED, _CHECKED)
