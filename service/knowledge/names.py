"""Many texts normalised at once: the lists hold fifty thousand, made of some ten thousand words."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from service.core.words import normalise
from service.knowledge.tables import COLUMNS, read_table

# "+", "?" and "-ve" say something when normalised: a text that holds them is normalised by itself.
_GAPS: Final = str.maketrans({mark: " " for mark in string.punctuation + string.whitespace if mark not in "+?\n"})
# The one spelling that looks at two words: "type II" is "type 2".
_TYPE: Final = "type"
_NUMERALS: Final = frozenset({"i", "ii"})


class Normaliser:
    """`normalise` for many texts, which remembers words from one lot to the next. Drop it after loading."""

    __slots__ = ("_respelled", "_seen", "_tags")

    def __init__(self) -> None:
        """Start with nothing remembered."""
        self._seen: set[str] = set()
        self._respelled: dict[str, str] = {}  # the few words that have another spelling
        self._tags: dict[str, bool] = {}

    def all(self, texts: Iterable[str]) -> list[str]:
        """The same as `[normalise(text) for text in texts]`, in a fraction of the time."""
        bare = [self._untagged(text) if text.endswith(")") else text for text in texts]
        if not bare:
            return []
        plain = [
            text if text.isascii() and "-ve" not in text and "+" not in text and "?" not in text else ""
            for text in bare
        ]
        joined = "\n".join(plain).lower().replace("'", "").translate(_GAPS)
        self._spell(set(joined.split()))
        return [
            self._respell(whole, line.split()) if text else normalise(whole)
            for whole, text, line in zip(bare, plain, joined.split("\n"), strict=True)
        ]

    def _untagged(self, text: str) -> str:
        """The text without a closing "(disorder)", where normalising takes that away."""
        head, opening, tail = text.rpartition("(")
        known = self._tags.get(tail)
        if known is None:
            known = self._tags[tail] = bool(opening) and normalise(f"x ({tail}") == "x"
        return head if known else text

    def _spell(self, words: set[str]) -> None:
        """Look at words that are new, each for itself."""
        new = list(words - self._seen - {_TYPE})
        self._seen.update(new)
        spelled = normalise(" ".join(new)).split()
        self._respelled.update((word, other) for word, other in zip(new, spelled, strict=True) if word != other)

    def _respell(self, whole: str, words: list[str]) -> str:
        respelled = self._respelled
        if _TYPE in words and not _NUMERALS.isdisjoint(words):
            return normalise(whole)
        if respelled.keys().isdisjoint(words):
            return " ".join(words)
        return " ".join([respelled.get(word, word) for word in words])


def normalise_all(texts: Iterable[str]) -> list[str]:
    """The same as `[normalise(text) for text in texts]`, in a fraction of the time."""
    return Normaliser().all(texts)


def read_words(folder: Path, name: str, column: str = "term") -> Iterator[tuple[str, list[str]]]:
    """The rows of a file of words, each behind its normalised term."""
    rows = read_table(folder, name)
    cell = COLUMNS[name].index(column)
    return zip(normalise_all(row[cell] for row in rows), rows, strict=True)
