"""Every entry once: used, noted, set aside, not matched, unreadable or not read (contract 4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from service.core.chart import Chart, Coding, Source
from service.core.facts import Facts, Fate
from service.core.screening import TypeCount

_NO_WORDS: Final = "no-known-code-no-words"
_NO_ENTRY: Final = -1  # the position of a subject that is only referred to

# Where an entry is told of more than once, the fate that matters most to the reader.
_STRONGEST: Final = (
    Fate.USED,
    Fate.UNREADABLE,
    Fate.NOTED,
    Fate.SET_ASIDE,
    Fate.NOT_MATCHED,
    Fate.NOT_READ,
)


Told = dict[int, tuple[str, Fate]]
"""Position of an entry → its type, and what became of it."""


def fates(chart: Chart, facts: Facts, used: Iterable[Source]) -> Told:
    """What became of each entry."""
    told: Told = {}
    for source, fate in _told(chart, facts, used):
        held = told.get(source.position)
        if held is None or _STRONGEST.index(fate) < _STRONGEST.index(held[1]):
            told[source.position] = (source.type, fate)
    told.pop(_NO_ENTRY, None)
    return told


def unmatched(chart: Chart, facts: Facts, told: Told) -> tuple[Coding, ...]:
    """The codes of entries that no list or word recognised: what the lists lack."""
    lacking = {position for position, (_, fate) in told.items() if fate is Fate.NOT_MATCHED}
    lacking |= {aside.source.position for aside in facts.asides if aside.reason == _NO_WORDS}
    if not lacking:
        return ()
    return tuple(coding for entry in chart.entries if entry.source.position in lacking for coding in entry.code.codings)


def account(told: Told) -> tuple[TypeCount, ...]:
    """Counts by resource type, in the order of the types' names; they add up to the entries received."""
    counts = Counter(told.values())
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
        for name in sorted({name for name, _ in counts})
    )


def _told(chart: Chart, facts: Facts, used: Iterable[Source]) -> Iterator[tuple[Source, Fate]]:
    """Every entry with each fate that it has; most of a chart has one."""
    yield chart.subject.source, Fate.USED
    yield from ((source, Fate.USED) for source in used)
    yield from ((source, Fate.NOTED) for source in (*facts.sources(), *facts.orders, *chart.supporting))
    yield from ((aside.source, aside.fate) for aside in facts.asides)
    yield from ((source, Fate.NOT_MATCHED) for source in facts.silent)
    yield from ((gone.source, Fate.SET_ASIDE) for gone in chart.set_aside)
    yield from ((lost.source, Fate.UNREADABLE) for lost in chart.unreadable)
    yield from ((source, Fate.NOT_READ) for source in chart.not_read)
