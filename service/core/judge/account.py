"""Every entry once: used, noted, set aside, not matched, unreadable or not read (contract 4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from service.core.chart import Chart, Source
from service.core.facts import Facts, Fate
from service.core.screening import TypeCount

# Where an entry is told of more than once, the fate that matters most to the reader.
_STRONGEST: Final = (
    Fate.USED,
    Fate.UNREADABLE,
    Fate.NOTED,
    Fate.SET_ASIDE,
    Fate.NOT_MATCHED,
    Fate.NOT_READ,
)


def account(chart: Chart, facts: Facts, used: Iterable[Source]) -> tuple[TypeCount, ...]:
    """Counts by resource type, in the order of the types' names; they add up to the entries received."""
    fates: dict[int, Fate] = {}
    types: dict[int, str] = {}

    def tell(source: Source, fate: Fate) -> None:
        if source.position < 0:
            return  # a subject that is only referred to has no entry
        held = fates.get(source.position)
        if held is None or _STRONGEST.index(fate) < _STRONGEST.index(held):
            fates[source.position] = fate
            types[source.position] = source.type

    tell(chart.subject.source, Fate.USED)
    for source in used:
        tell(source, Fate.USED)
    for source in (*facts.sources(), *facts.orders, *chart.supporting):
        tell(source, Fate.NOTED)
    for aside in facts.asides:
        tell(aside.source, aside.fate)
    for gone in chart.set_aside:
        tell(gone.source, Fate.SET_ASIDE)
    for lost in chart.unreadable:
        tell(lost.source, Fate.UNREADABLE)
    for skipped in chart.not_read:
        tell(skipped, Fate.NOT_READ)
    counts = Counter((types[position], fate) for position, fate in fates.items())
    return tuple(
        TypeCount(
            type=name,
            used=counts[name, Fate.USED],
            noted=counts[name, Fate.NOTED],
            set_aside=counts[name, Fate.SET_ASIDE],
            not_matched=counts[name, Fate.NOT_MATCHED],
            unreadable=counts[name, Fate.UNREADABLE],
            not_read=counts[name, Fate.NOT_READ],
        )
        for name in sorted(set(types.values()))
    )
