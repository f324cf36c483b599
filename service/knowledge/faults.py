"""A fault of a list, and the lists as they are read to look for faults: every file once, whatever is wrong with it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Final, NamedTuple

from service.knowledge.canaries import CANARIES
from service.knowledge.tables import COLUMNS

# Files of the folder that are no lists, and the packs, which check themselves.
_NOT_LISTS: Final = frozenset({"README.md", CANARIES, "SUMMARY.md", "VERSION"})
_PACKS: Final = "packs"
_UNSORTED: Final = frozenset({"words/result-words.csv"})  # its patterns are tried in their order


class Fault(NamedTuple):
    """What is wrong, where, and what to do."""

    file: str  # inside `mappings/`
    line: int
    advice: str

    def __str__(self) -> str:
        """As an editor can jump to it."""
        return f"{self.file}:{self.line}: {self.advice}"


class Row(NamedTuple):
    """One row: where it stands and its cells by column."""

    file: str
    line: int
    cells: dict[str, str]

    def fault(self, advice: str) -> Fault:
        """A fault of this row."""
        return Fault(self.file, self.line, advice)


class Lists:
    """Every row of every list of a folder, and what is wrong with the files themselves."""

    def __init__(self, folder: Path) -> None:
        """Read the folder; rows that have too many or too few cells are told and left out."""
        self.folder = folder
        self.faults: list[Fault] = []
        self._rows: dict[str, list[Row]] = {pattern: [] for pattern in COLUMNS}
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_dir() or name in _NOT_LISTS or name.split("/")[0] == _PACKS:
                continue
            pattern = next((pattern for pattern in COLUMNS if _is(name, pattern)), None)
            if pattern is None:
                self.faults.append(Fault(name, 1, "is no list that the service reads: remove it or name it as one"))
            else:
                self._rows[pattern] = [*self._rows[pattern], *self._read(path, name, COLUMNS[pattern])]
        self.faults += [
            Fault(pattern, 0, "is missing")
            for pattern in COLUMNS
            if "*" not in pattern and not (folder / pattern).is_file()
        ]

    def rows(self, *patterns: str) -> Iterator[Row]:
        """The rows of these files, or kinds of file, in their order."""
        for pattern in patterns:
            yield from self._rows[pattern]

    def with_column(self, *columns: str) -> Iterator[Row]:
        """The rows of every list that has these columns."""
        for pattern, names in COLUMNS.items():
            if set(columns) <= set(names):
                yield from self._rows[pattern]

    def _read(self, path: Path, name: str, columns: tuple[str, ...]) -> Iterator[Row]:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            self.faults.append(Fault(name, 1, "is not UTF-8 text"))
            return
        before: list[str] | None = None
        reader = csv.reader(lines, strict=True)
        try:
            if tuple(next(reader, ())) != columns:
                self.faults.append(Fault(name, 1, f"the columns must be {','.join(columns)}"))
                return
            for cells in reader:
                line = reader.line_num
                if line - 1 > len(lines) or len(cells) != len(columns):
                    self.faults.append(Fault(name, line, f"has {len(cells)} cells and needs {len(columns)}"))
                    continue
                yield from self._row(name, line, cells, before, columns)
                before = cells
        except csv.Error as fault:
            self.faults.append(Fault(name, reader.line_num, f"is no CSV: {fault}"))

    def _row(
        self, name: str, line: int, cells: list[str], before: list[str] | None, columns: tuple[str, ...]
    ) -> Iterator[Row]:
        if before is not None and name not in _UNSORTED and cells <= before:
            same = "repeats the row above: remove it" if cells == before else "is out of order: sort the rows"
            self.faults.append(Fault(name, line, same))
        if any(cell != cell.strip() for cell in cells):
            self.faults.append(Fault(name, line, "a cell begins or ends with a blank"))
        yield Row(name, line, dict(zip(columns, cells, strict=True)))


def _is(name: str, pattern: str) -> bool:
    return fnmatch(name, pattern) and name.count("/") == pattern.count("/")
