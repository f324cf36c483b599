"""Look-up of codes, always with their system; in the ICD families by the longest listed prefix."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Final, Generic, TypeVar

from service.core.chart import Coding

T = TypeVar("T", bound=Hashable)

_DOTTED: Final = frozenset({"icd-10-cm", "icd-10", "icd-9-cm"})
_ICD_9_EXTERNAL: Final = ("icd-9-cm", "E")  # E codes have four characters before the dot


def tidy(system: str, code: str) -> str:
    """The code in the form of the lists: ICD in upper case with its dot, others without blanks.

    >>> tidy("icd-10-cm", "l03115")
    'L03.115'
    """
    plain = code.strip()
    if system not in _DOTTED:
        return plain
    bare = plain.upper().replace(".", "").replace(" ", "")
    head = 4 if (system, bare[:1]) == _ICD_9_EXTERNAL else 3
    return f"{bare[:head]}.{bare[head:]}" if len(bare) > head else bare


class CodeList(Generic[T]):
    """(system, code) → what the lists say of it. Rows listed as `prefix` also speak for longer codes."""

    __slots__ = ("_exact", "_prefixes")

    def __init__(
        self,
        exact: Mapping[str, Mapping[str, tuple[T, ...]]],
        prefixes: Mapping[str, Mapping[str, tuple[T, ...]]] | None = None,
    ) -> None:
        """Take system → code → rows; codes are in the form that `tidy` gives."""
        self._exact = exact
        self._prefixes = prefixes or {}

    def find(self, coding: Coding) -> tuple[T, ...]:
        """The rows of the longest listed code: this one, else a listed prefix of it; empty where none is."""
        listed = self._exact.get(coding.system)
        prefixes = self._prefixes.get(coding.system)
        if listed is None and prefixes is None:
            return ()
        if prefixes is None:
            return (listed or {}).get(coding.code, ())
        code = tidy(coding.system, coding.code)
        found = (listed or {}).get(code) or prefixes.get(code)
        while not found and len(code) > 1:
            code = code[:-1]
            found = prefixes.get(code)
        return found or ()

    def find_all(self, codings: Iterable[Coding]) -> tuple[T, ...]:
        """The rows of all codings, in their order, each once."""
        rows: dict[T, None] = {}
        for coding in codings:
            rows.update(dict.fromkeys(self.find(coding)))
        return tuple(rows)

    def listed(self, system: str) -> Mapping[str, tuple[T, ...]]:
        """Every code of a system that is listed by itself, with its rows."""
        return self._exact.get(system, {})

    def covers(self, system: str) -> bool:
        """Whether any code of this system is listed here."""
        return system in self._exact or system in self._prefixes

    def rows(self) -> frozenset[T]:
        """Every row that any code has."""
        tables = (*self._exact.values(), *self._prefixes.values())
        return frozenset(row for codes in tables for rows in codes.values() for row in rows)

    def __len__(self) -> int:
        return sum(len(codes) for table in (self._exact, self._prefixes) for codes in table.values())
