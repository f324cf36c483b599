"""The evidence in time, as bars: when it began and ended, and how long it counts on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from service.core.dates import Span
from service.core.grounds import Stretch

WIDTH: Final = 1_000
_AS_OF: Final = 800  # where the moment of judging stands
_DAYS: Final = 7  # time is compressed: this many days before as-of have as much room as any doubling before them
_LEAST: Final = 6  # width of the shortest bar
_TICKS: Final = (
    (7, "1 week"),
    (30, "1 month"),
    (91, "3 months"),
    (365, "1 year"),
    (1826, "5 years"),
    (3652, "10 years"),
)
_LONGEST: Final = 3652 * 4


class Bar(NamedTuple):
    """One row: what it is, in words and as a bar. Positions run from 0 to WIDTH."""

    name: str
    kind: str
    words: str
    effects: tuple[str, ...]
    start: int | None
    end: int | None
    open_start: bool  # began earlier than the picture, or nobody knows when
    moment: bool
    counts_to: int | None


class Picture(NamedTuple):
    """All rows, and where the scale is marked."""

    bars: tuple[Bar, ...]
    ticks: tuple[tuple[int, str], ...]
    as_of: int


def picture(stretches: Sequence[Stretch], as_of: Span) -> Picture:
    """Draw these stretches as they look from as-of."""
    longest = max((_days(each.since, as_of) for each in stretches if each.since), default=365)
    scale = _Scale(max(60, min(longest, _LONGEST)))
    return Picture(
        bars=tuple(_bar(each, as_of, scale) for each in stretches),
        ticks=tuple((scale.at(days), label) for days, label in _TICKS if days <= scale.longest),
        as_of=_AS_OF,
    )


class _Scale:
    """Days before as-of → position, compressed; days after it run on the same scale mirrored."""

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self._unit = _AS_OF / math.log1p(longest / _DAYS)

    def at(self, days: int) -> int:
        way = math.copysign(math.log1p(abs(days) / _DAYS) * self._unit, days)
        return round(max(0.0, min(_AS_OF - way, float(WIDTH))))


def _bar(stretch: Stretch, as_of: Span, scale: _Scale) -> Bar:
    ends = stretch.until or (stretch.since if stretch.moment else None)
    start = scale.at(_days(stretch.since, as_of)) if stretch.since else None
    end = scale.at(_days(ends, as_of)) if ends else None if stretch.moment else scale.at(0)
    if start is not None and end is not None and end - start < _LEAST:
        start, end = max(0, end - _LEAST), max(_LEAST, end)
    return Bar(
        name=stretch.name,
        kind=stretch.kind.value,
        words=_words(stretch),
        effects=stretch.effects,
        start=start if start is not None or end is None else 0,
        end=end,
        open_start=stretch.since is None or _days(stretch.since, as_of) > scale.longest,
        moment=stretch.moment,
        counts_to=scale.at(_days(stretch.counts_until, as_of)) if stretch.counts_until else None,
    )


def _words(stretch: Stretch) -> str:
    """The same in words, for those who don't see it."""
    parts = []
    if stretch.moment:
        parts.append(f"on {stretch.since}" if stretch.since else "undated")
    else:
        parts.append(f"since {stretch.since}" if stretch.since else "start not dated")
        parts.append(f"ended {stretch.until}" if stretch.until else "still holds")
    if stretch.counts_until:
        parts.append(f"counts until {stretch.counts_until}")
    return ", ".join(parts)


def _days(span: Span, as_of: Span) -> int:
    """Whole days before as-of; negative after it."""
    return (as_of.first - span.first) // timedelta(days=1)
