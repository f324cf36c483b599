"""Look-ups filled row by row: rows that say the same share one object, so that the lists stay small in memory."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

from service.core.codes import CodeList
from service.core.words import TermIndex

T = TypeVar("T", bound=Hashable)


class CodeListBuilder(Generic[T]):
    """A CodeList in the making. Rows that say the same should be one object: they are told apart by identity."""

    def __init__(self) -> None:
        """Start empty."""
        self._exact: dict[str, dict[str, tuple[T, ...]]] = {}
        self._prefixes: dict[str, dict[str, tuple[T, ...]]] = {}
        self._alone: dict[int, tuple[T]] = {}  # by identity: hashing a row costs more than all the rest
        self._together: dict[tuple[int, ...], tuple[T, ...]] = {}

    def add(self, system: str, code: str, row: T, match: str = "exact") -> None:
        """Say one thing of a code; a code may be told several, each once."""
        table = self._prefixes if match == "prefix" else self._exact
        codes = table.get(system)
        if codes is None:
            codes = table[system] = {}
        said = codes.get(code)
        if said is None:
            alone = self._alone.get(id(row))
            if alone is None:
                alone = self._alone[id(row)] = (row,)
            codes[code] = alone
        elif row not in said:
            told = (*said, row)
            codes[code] = self._together.setdefault(tuple(map(id, told)), told)

    def of(self, system: str, code: str, match: str) -> tuple[T, ...]:
        """What was said so far of a code that was added."""
        return (self._prefixes if match == "prefix" else self._exact)[system][code]

    def systems(self) -> frozenset[str]:
        """The systems of which any code is listed."""
        return frozenset(self._exact) | frozenset(self._prefixes)

    def done(self) -> CodeList[T]:
        """The finished look-up."""
        return CodeList(self._exact, self._prefixes)


class TermsBuilder(Generic[T]):
    """Terms that may say several things each."""

    def __init__(self) -> None:
        """Start empty."""
        self._terms: dict[str, tuple[T, ...]] = {}
        self._shared: dict[tuple[T, ...], tuple[T, ...]] = {}

    def add(self, words: str, *values: T) -> None:
        """Say these of the normalised words; a value is said once."""
        if not words:
            return
        said = self._terms.get(words, ())
        rows = (*said, *(value for value in values if value not in said))
        self._terms[words] = self._shared.setdefault(rows, rows)

    def done(self) -> TermIndex[tuple[T, ...]]:
        """The finished look-up."""
        return TermIndex(self._terms)
