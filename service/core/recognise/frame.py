"""What every entry is read against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.core.dates import Span
from service.core.knowledge import Drug, Knowledge


@dataclass(frozen=True, slots=True, kw_only=True)
class Washouts:
    """Days after the last dose in which a drug still counts, by drug or class; and the days of section 3.2."""

    by_name: Mapping[str, int]
    unlisted: int
    still_active: int  # days for which a lapsed but active blood thinner is asked about

    def days(self, drug: Drug) -> int:
        """The washout of a drug: its own, its class's, the longest of its parts, else that of unlisted drugs."""
        named = [self.by_name[name] for name in (drug.name, *drug.components) if name in self.by_name]
        if named:
            return max(named)
        classed = [self.by_name[name] for name in drug.classes if name in self.by_name]
        return max(classed, default=self.unlisted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The lists, the moment the chart is judged for, and what the packs read: the rest is only named."""

    knowledge: Knowledge
    as_of: Span
    washouts: Washouts
    tests: frozenset[str]  # that any rule of the packs reads
    drugs: frozenset[str]  # groups and classes that any rule of the packs reads
    concepts: frozenset[str]  # concepts of conditions that any of their clauses names
