"""A code list in few lines: grouped by system, and there by what its codes lie under, with counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from service.core.code_sets import CodeSet, ListedCode

_ICD: Final = frozenset({"icd-10-cm", "icd-10", "icd-9-cm"})
_CATEGORY: Final = 3  # characters of an ICD category
_NAMED: Final = 3


class CodeGroup(NamedTuple):
    """The codes of one system. A row that stands for all longer codes counts once."""

    system: str
    rows: int
    under: tuple[tuple[str, int], ...]  # ancestors with their rows: ICD categories; elsewhere, meanings
    names: tuple[str, ...]  # the shortest displays: the most general codes


def code_groups(of: CodeSet) -> tuple[CodeGroup, ...]:
    """The groups of a list, by system."""
    systems: dict[str, list[ListedCode]] = {}
    for code in of.codes:
        systems.setdefault(code.system, []).append(code)
    return tuple(_group(system, codes) for system, codes in sorted(systems.items()))


def _group(system: str, codes: Sequence[ListedCode]) -> CodeGroup:
    under = Counter(code.code[:_CATEGORY] if system in _ICD else code.meaning for code in codes)
    return CodeGroup(system, len(codes), tuple(sorted(under.items())), tuple(_general(codes)))


def _general(codes: Sequence[ListedCode]) -> Iterator[str]:
    displays = dict.fromkeys(code.display for code in codes if code.display)
    yield from sorted(displays, key=lambda display: (len(display), display))[:_NAMED]
