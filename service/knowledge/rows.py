"""Each row by itself: words that are not allowed, check digits, empty cells, numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from service.core.codes import tidy
from service.core.words import normalise
from service.knowledge.digits import is_loinc, is_snomed_concept
from service.knowledge.faults import Fault, Lists, Row
from service.knowledge.tables import COLUMNS, several
from service.knowledge.vocabulary import ALLOWED, CHECKED, GROUPS

_NEEDED: Final = ("concept", "code", "term", "word", "drug", "source", "site", "region", "title", "about")
_MAY_BE_EMPTY: Final = {
    ("places/site-codes.csv", "site"),  # a side alone
    ("places/body-map.csv", "site"),  # the figure itself
    ("concepts.csv", "source"),
    ("codes/medicines/classes.csv", "about"),
    ("LEFT-OUT.csv", "concept"),
    ("LEFT-OUT.csv", "code"),
    ("codes/medicines/explains.csv", "concept"),
}
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")


def check_rows(lists: Lists) -> Iterator[Fault]:
    """Faults that one row shows without any other."""
    for pattern, columns in COLUMNS.items():
        allowed = ALLOWED.get(pattern, {})
        needed = [name for name in _NEEDED if name in columns and (pattern, name) not in _MAY_BE_EMPTY]
        for row in lists.rows(pattern):
            for name, words in allowed.items():
                if row.cells[name] not in words:
                    yield row.fault(f"{name} {row.cells[name]!r} is not one of {', '.join(sorted(words))}")
            yield from (row.fault(f"{name} is empty") for name in needed if not row.cells[name])
            checked = row.cells.get("checked")
            if checked is not None and checked not in CHECKED:
                yield row.fault(f"checked {checked!r} is not one of {', '.join(sorted(CHECKED))}")
    yield from _codes(lists)
    yield from _medicines(lists)
    yield from _words(lists)
    yield from _units(lists)


def _codes(lists: Lists) -> Iterator[Fault]:
    for row, system in _coded(lists):
        code = row.cells["code"]
        if system == "snomed" and not is_snomed_concept(code):
            yield row.fault(f"{code} is no SNOMED CT concept: its check digit or partition is wrong")
        elif system == "loinc" and not is_loinc(code):
            yield row.fault(f"{code} is no LOINC number: its check digit is wrong")
        elif code != tidy(system, code):
            yield row.fault(f"write the code as {tidy(system, code)}")


def _coded(lists: Lists) -> Iterator[tuple[Row, str]]:
    """Rows with a code and its system; places inside codes have the system as their file's name."""
    for row in lists.with_column("system", "code"):
        if row.file != "LEFT-OUT.csv":
            yield row, row.cells["system"]
    for row in lists.rows("places/condition-places/*.csv"):
        yield row, row.file.rpartition("/")[2].removesuffix(".csv")


def _medicines(lists: Lists) -> Iterator[Fault]:
    for row in lists.with_column("washout_days"):
        if not row.cells["washout_days"].isdecimal():
            yield row.fault("washout_days must be a whole number of days")
    for row in lists.with_column("groups"):
        for group in several(row.cells["groups"]):
            if group not in GROUPS:
                yield row.fault(f"group {group!r} is not one of {', '.join(sorted(GROUPS))}")
    for row in lists.rows("codes/medicines/explains.csv"):
        if bool(row.cells["concept"]) == bool(row.cells["words"]):
            yield row.fault("give the concept, or the words where no concept tells it, and not both")


def _words(lists: Lists) -> Iterator[Fault]:
    for row in lists.with_column("term"):
        if row.file.startswith("words/") and row.cells["term"] and not normalise(row.cells["term"]):
            yield row.fault("nothing is left of the term when it is normalised")
    for row in lists.rows("words/result-words.csv"):
        if row.cells["match"] == "pattern":
            try:
                re.compile(row.cells["words"])
            except re.error as fault:
                yield row.fault(f"is no regular expression: {fault}")
    for row in lists.rows("words/neutral.csv"):
        if row.cells["word"] != normalise(row.cells["word"]) or " " in row.cells["word"]:
            yield row.fault("must be one word as it is after normalising")


def _units(lists: Lists) -> Iterator[Fault]:
    for row in lists.rows("codes/units.csv"):
        for name in ("factor", "offset"):
            if not _NUMBER.fullmatch(row.cells[name]):
                yield row.fault(f"{name} must be a decimal number")
