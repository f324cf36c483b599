"""`needlewise census`: the codes that came and that no list holds, and what they look like. Never who had them."""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Sequence
from typing import Final

from service.cli.refusal import CommandError
from service.cli.settings import effective_settings
from service.knowledge.code_sets import load_lists
from service.knowledge.load import MappingError
from service.knowledge.resembling import Likeness, Resemblance
from service.settings import PREFIX, SettingsError
from service.store import CodeCount, StoreAwayError, open_store

_COLUMNS: Final = ("count", "system", "code", "display", "first seen", "last seen", "looks like")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_FORMULA: Final = ("=", "+", "-", "@")  # what a spreadsheet would run


def run(asked: argparse.Namespace) -> int:
    """Print the census, most frequent codes first. Raises CommandError where there is no store to read."""
    settings = effective_settings()
    if settings.database_url == "none":
        raise CommandError(f"{PREFIX}DATABASE_URL is none: no codes are counted")
    try:
        codes = open_store(settings).tallies.unmatched_codes(most=asked.most)
        resemblance = Resemblance(load_lists())
    except (SettingsError, MappingError) as fault:
        raise CommandError(str(fault)) from None
    except StoreAwayError:
        raise CommandError("the database can't be reached, so there is nothing to count", status=1) from None
    rows = [_row(code, resemblance.like(code.system, code.code, code.display)) for code in codes]
    if asked.format == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(name.replace(" ", "_") for name in _COLUMNS)
        writer.writerows([_no_formula(cell) for cell in row] for row in rows)
    else:
        _print_table(rows)
    return 0


def _row(code: CodeCount, like: Sequence[Likeness]) -> tuple[str, ...]:
    cells = (
        str(code.count),
        code.system,
        code.code,
        code.display,
        code.first_seen.date().isoformat(),
        code.last_seen.date().isoformat(),
        "; ".join(_in_words(each) for each in like),
    )
    return tuple(_CONTROL.sub(" ", cell) for cell in cells)


def _in_words(like: Likeness) -> str:
    named = f", {like.code.display}" if like.code.display else ""
    return f"{like.concept} ({like.code.system} {like.code.code}{named})"


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    if not rows:
        print("No code has come that no list holds.")
        return
    widths = [max(len(row[column]) for row in (_COLUMNS, *rows)) for column in range(len(_COLUMNS) - 1)]
    for row in (_COLUMNS, *rows):
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False))
        print("  ".join([*cells, row[-1]]).rstrip())


def _no_formula(cell: str) -> str:
    """As a spreadsheet shows it and does not run it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
