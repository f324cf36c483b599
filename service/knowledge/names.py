"""Many texts normalised at once: the lists hold fifty thousand, made of some ten thousand words."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from service.core.words import normalise
from service.knowledge.tables import COLUMNS, read_table

# "+", "?" and "-ve" say something when normalised: a text that holds them is normalised by itself.
_GAPS: Final = str.maketrans({mark: " " for mark in string.punctuation + string.whitespace if mark not in "+?\n"})


def normalise_all(texts: Iterable[str]) -> list[str]:
    """The same as `[normalise(text) for text in texts]`, in a fraction of the time."""
    tags: dict[str, bool] = {}
    bare = [_untagged(text, tags) for text in texts]
    if not bare:
        return []
    plain = [
        text if text.isascii() and "-ve" not in text and "+" not in text and "?" not in text else "" for text in bare
    ]
    lines = "\n".join(plain).lower().replace("'", "").translate(_GAPS).split("\n")
    spelled = _spelled(lines)
    return [
        " ".join(map(spelled.__getitem__, line.split())) if text else normalise(whole)
        for whole, text, line in zip(bare, plain, lines, strict=True)
    ]


def _untagged(text: str, tags: dict[str, bool]) -> str:
    """The text without a closing "(disorder)", where normalising takes that away."""
    if not text.endswith(")"):
        return text
    head, opening, tail = text.rpartition("(")
    known = tags.get(tail)
    if known is None:
        known = tags[tail] = bool(opening) and normalise(f"x ({tail}") == "x"
    return head if known else text


def _spelled(lines: Sequence[str]) -> dict[str, str]:
    """Each word of the lines in the one spelling."""
    words = list(set(" ".join(lines).split()))
    return dict(zip(words, normalise(" ".join(words)).split(), strict=True))


def read_words(folder: Path, name: str, column: str = "term") -> Iterator[tuple[str, list[str]]]:
    """The rows of a file of words, each behind its normalised term."""
    rows = read_table(folder, name)
    cell = COLUMNS[name].index(column)
    return zip(normalise_all(row[cell] for row in rows), rows, strict=True)
