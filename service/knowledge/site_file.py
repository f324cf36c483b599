"""The file of a site's policy, YAML or TOML, as mappings that know their lines."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from service.knowledge.tables import MappingError
from service.knowledge.yaml_lines import Lined, load_yaml

CHANGES: Final = "changes"


def load_site_file(path: Path) -> Lined:
    """The top of the file. Raises MappingError where it can't be opened or is neither YAML nor TOML."""
    if path.suffix.lower() == ".toml":
        return _load_toml(path)
    if path.suffix.lower() in {".yaml", ".yml"}:
        return load_yaml(path)
    raise MappingError(path, 0, "must be a .yaml or .toml file")


def _load_toml(path: Path) -> Lined:
    try:
        text = path.read_text(encoding="utf-8-sig")
        top = tomllib.loads(text)
    except OSError as fault:
        raise MappingError(path, 0, "the file can't be opened") from fault
    except ValueError as fault:  # TOMLDecodeError tells its line; bad UTF-8 is a ValueError too
        raise MappingError(path, 0, f"not TOML: {fault}") from fault
    lined = _lined(top, path.name, 1)
    found = lined.get(CHANGES)
    if isinstance(found, list):
        lines = _starts(text.splitlines())
        lined[CHANGES] = [
            _lined(change, path.name, lines[place] if place < len(lines) else 1) if isinstance(change, dict) else change
            for place, change in enumerate(found)
        ]
    return lined


def _starts(lines: Sequence[str]) -> list[int]:
    """On which line each `[[changes]]` stands: where the file read up to there has one more of them.

    TOML's reader tells no lines. A prefix that ends inside a text of several lines can't be read and is passed over.
    """
    starts: list[int] = []
    for number, line in enumerate(lines, start=1):
        if line.lstrip().startswith("[["):
            try:
                count = len(tomllib.loads("\n".join(lines[:number])).get(CHANGES, []))
            except tomllib.TOMLDecodeError:
                continue
            if count > len(starts):
                starts.append(number)
    return starts


def _lined(table: dict[str, object], file: str, line: int) -> Lined:
    """A TOML table as YAML would give it: dates as written, tables with their line."""
    made = Lined({key: _value(value, file, line) for key, value in table.items()})
    made.file, made.line = file, line
    return made


def _value(value: object, file: str, line: int) -> object:
    match value:
        case dict():
            return _lined(value, file, line)
        case list():
            return [_value(item, file, line) for item in value]
        case dt.date() | dt.time():
            return value.isoformat()
        case _:
            return value
