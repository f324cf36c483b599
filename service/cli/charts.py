"""Where charts come from on the command line, and where their results go."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from service.cli.refusal import CommandError

STANDARD_INPUT: Final = "-"
_SUFFIXES: Final = (".json.gz", ".json")
_GZIP: Final = b"\x1f\x8b"


class InputError(Exception):
    """An input that can't be opened. Its text says why."""


@dataclass(frozen=True, slots=True)
class Input:
    """One chart to read: a file, or standard input where `path` is None."""

    name: str  # as the user knows it
    path: Path | None
    result_name: Path  # without suffix, relative to the output folder

    def read(self) -> bytes:
        """The chart's bytes, decompressed. Raises InputError."""
        try:
            data = sys.stdin.buffer.read() if self.path is None else self.path.read_bytes()
            return gzip.decompress(data) if data.startswith(_GZIP) else data
        except (OSError, EOFError, zlib.error) as fault:  # gzip says it is broken in all three ways
            reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else "not a whole gzip file"
            raise InputError(reason) from None


def find_inputs(named: Iterable[str]) -> Iterator[Input]:
    """The charts that the user named; a folder gives all `.json` and `.json.gz` below it, in order of name."""
    for name in named:
        path = Path(name)
        if name == STANDARD_INPUT:
            yield Input("standard input", None, Path("standard-input"))
        elif path.is_dir():
            below = sorted(each for each in path.rglob("*") if each.name.lower().endswith(_SUFFIXES) and each.is_file())
            if not below:
                raise CommandError(f"{name}: no .json or .json.gz file in this folder", status=1)
            yield from (Input(str(each), each, _bare(each.relative_to(path))) for each in below)
        else:
            yield Input(name, path, _bare(Path(path.name)))


def _bare(path: Path) -> Path:
    for suffix in _SUFFIXES:
        if path.name.lower().endswith(suffix):
            return path.with_name(path.name[: -len(suffix)])
    return path


class Output:
    """Where results are written: standard output, one file, or a folder with a file for each input."""

    def __init__(self, given: str | None, suffix: str) -> None:
        """Take what `--output` says, and the suffix of files in a folder."""
        self._suffix = suffix
        self._folder = Path(given) if given and (given.endswith("/") or Path(given).is_dir()) else None
        self._file = _open(Path(given)) if given and not self._folder else None

    @property
    def folder(self) -> bool:
        """Whether each input gets a file of its own."""
        return self._folder is not None

    def write(self, source: Input, result: bytes) -> None:
        """Write one input's result."""
        if self._folder is None:
            stream: BinaryIO = self._file or sys.stdout.buffer
            sys.stdout.flush()
            stream.write(result)
            stream.flush()
            return
        path = self._folder / source.result_name.with_name(source.result_name.name + self._suffix)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(result)
        except OSError as fault:
            raise CommandError(f"can't write {path}: {fault.strerror}") from None

    def close(self) -> None:
        """Close the file, where there is one."""
        if self._file:
            self._file.close()


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("wb")
    except OSError as fault:
        raise CommandError(f"can't write {path}: {fault.strerror}") from None
