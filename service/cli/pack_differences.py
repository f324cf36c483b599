"""Two rule packs, or two versions of one, side by side: texts, parameters and codes."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Final, NamedTuple

from service.cli.booklet import templates
from service.cli.refusal import CommandError
from service.core.code_sets import CodeSet, ListedCode
from service.core.judge.reads import reads, sets_read
from service.core.pack_texts import pack_texts
from service.core.packs import Pack
from service.knowledge.code_sets import load_lists
from service.knowledge.load import MappingError, load_knowledge
from service.knowledge.packs import PackFiles
from service.pipeline import Screener

_WIDEST: Final = 120
_NARROWEST: Final = 24
_DEFAULT: Final = "default"


class Side(NamedTuple):
    """One of the two: a pack with the code lists that its rules read."""

    name: str  # as it was asked for
    pack: Pack
    sets: Mapping[str, CodeSet]


class Row(NamedTuple):
    """A field that differs, as each side has it; empty where it has none."""

    field: str
    left: str
    right: str


class Differing(NamedTuple):
    """All that differs under one heading."""

    heading: str
    rows: tuple[Row, ...]


def pack_differences(screener: Screener, left: str, right: str, *, html: bool) -> Iterator[str]:
    """What differs, as lines to read or as one page. Raises CommandError for what is no pack."""
    named = next((name for name in (left, right) if name in screener.packs), _DEFAULT)
    sides = _side(screener, left, named), _side(screener, right, named)
    found = tuple(_differing(*sides))
    if html:
        yield templates().get_template("differences.html").render(left=sides[0], right=sides[1], found=found)
    else:
        yield from _lines(*sides, found)


def _side(screener: Screener, name: str, named: str) -> Side:
    try:
        if name in screener.packs:
            return _with_sets(name, screener.packs[name], None)
        path = Path(name)
        if path.is_dir():
            files = PackFiles(path, load_knowledge(path))
            packs = {pack.id: pack for pack in files.read()}
            if named not in packs:
                raise CommandError(f"{name} has no rule pack {named}; there are {', '.join(packs)}")
            return _with_sets(name, packs[named], path)
        if path.is_file():
            return _with_sets(name, PackFiles(None, screener.knowledge).read_file(path), None)
    except MappingError as fault:
        raise CommandError(f"{name} can't be read: {fault}") from None
    raise CommandError(
        f"{name} is no rule pack ({', '.join(screener.packs)}), no file of one, and no folder with packs/ and codes/"
    )


def _with_sets(name: str, pack: Pack, folder: Path | None) -> Side:
    lists = load_lists(folder)
    sets = {each.id: each for rule in pack.rules for each in sets_read(reads(rule), lists.sets)}
    return Side(name, pack, sets)


def _differing(left: Side, right: Side) -> Iterator[Differing]:
    one, other = pack_texts(left.pack), pack_texts(right.pack)
    for heading in dict.fromkeys((*one, *other)):
        held, now = one.get(heading, {}), other.get(heading, {})
        rows = [Row(field, held.get(field, ""), now.get(field, "")) for field in dict.fromkeys((*held, *now))]
        yield from _told(heading, [row for row in rows if row.left != row.right])
    yield from _told("Codes", list(_codes(left, right)))


def _told(heading: str, rows: list[Row]) -> Iterator[Differing]:
    if rows:
        yield Differing(heading, tuple(rows))


def _codes(left: Side, right: Side) -> Iterator[Row]:
    """Of each list, the codes that only one side has; of a list that only one side reads, their number."""
    for id_ in sorted({*left.sets, *right.sets}):
        held, now = left.sets.get(id_), right.sets.get(id_)
        if held is None or now is None:
            yield Row(id_, _count(held), _count(now))
            continue
        before, after = {_said(code) for code in held.codes}, {_said(code) for code in now.codes}
        if before != after:
            yield Row(id_, "\n".join(sorted(before - after)), "\n".join(sorted(after - before)))


def _count(code_set: CodeSet | None) -> str:
    return f"{len(code_set.codes)} rows" if code_set else "not read"


def _said(code: ListedCode) -> str:
    longer = " and all longer codes" if code.prefix else ""
    return f"{code.system} {code.code}{longer} {code.display} ({code.meaning})"


def _lines(left: Side, right: Side, found: tuple[Differing, ...]) -> Iterator[str]:
    width = max(_NARROWEST, (min(shutil.get_terminal_size().columns, _WIDEST) - 5) // 2)
    yield from _columns(
        f"{left.name}: {left.pack.id} {left.pack.version}", f"{right.name}: {right.pack.id} {right.pack.version}", width
    )
    for differing in found:
        yield ""
        yield differing.heading
        for row in differing.rows:
            yield f"  {row.field}"
            yield from _columns(row.left, row.right, width)
    if not found:
        yield "no difference"


def _columns(left: str, right: str, width: int) -> Iterator[str]:
    for one, other in zip_longest(_wrapped(left, width), _wrapped(right, width), fillvalue=""):
        yield f"  {one:<{width}} | {other}".rstrip()


def _wrapped(text: str, width: int) -> list[str]:
    return [line for part in text.split("\n") for line in textwrap.wrap(part, width) or [""]] if text else ["-"]
