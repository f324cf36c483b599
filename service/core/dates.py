"""Dates as exact as they were written, and the time that has passed between two of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

_DATE_TIME: Final = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?"
)

_REMEMBERED: Final = 20_000  # of the dates met: charts repeat them

# The widest offset in use: a time without a zone lies within this much of what it says.
_ZONE_DOUBT: Final = timedelta(hours=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """When something was: `2024-03` is first 1 March, last 31 March; a full date is one day.

    `instant` is there only where a time and its zone were written; `first` and `last` are then
    the calendar day in that zone. A time without a zone widens the span by 14 hours either way.
    """

    first: date
    last: date
    instant: datetime | None
    written: str

    def __str__(self) -> str:
        return self.written[:10]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A start and an end, either of which may be unknown."""

    start: Span | None = None
    end: Span | None = None


@lru_cache(maxsize=_REMEMBERED)
def parse_span(written: str) -> Span | None:
    """Read a FHIR date, dateTime or instant; None where it names no moment (30 February, 24:00).

    >>> parse_span("2024-02").last
    datetime.date(2024, 2, 29)
    """
    match = _DATE_TIME.fullmatch(written.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    try:
        if day is None:
            return _partial(int(year), int(month) if month else None, written)
        if hour is None:
            only = date(int(year), int(month), int(day))
            return Span(first=only, last=only, instant=None, written=written)
        # A leap second is a moment that datetime can't hold: it is read as the second before.
        moment = datetime(  # noqa: DTZ001 - the zone is added below, where one was written
            int(year), int(month), int(day), int(hour), int(minute), min(int(second or 0), 59)
        )
        return _timed(moment, zone, written)
    except (ValueError, OverflowError):
        return None


def _partial(year: int, month: int | None, written: str) -> Span:
    first = date(year, month or 1, 1)
    last_month = month or 12
    following = date(year + last_month // 12, last_month % 12 + 1, 1) if year < date.max.year else date.max
    return Span(first=first, last=following - timedelta(days=1), instant=None, written=written)


def _timed(moment: datetime, zone: str | None, written: str) -> Span:
    if zone is None:
        return Span(
            first=(moment - _ZONE_DOUBT).date(), last=(moment + _ZONE_DOUBT).date(), instant=None, written=written
        )
    instant = moment.replace(tzinfo=_offset(zone))
    instant.astimezone(UTC)  # raises OverflowError where the instant leaves the calendar
    return Span(first=moment.date(), last=moment.date(), instant=instant, written=written)


def _offset(zone: str) -> timezone:
    if zone == "Z":
        return UTC
    sign = -1 if zone[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6])))


def is_after(span: Span, other: Span) -> bool:
    """Whether the whole of `span` lies after `other`: by instant where both have one, else by day."""
    if span.instant is not None and other.instant is not None:
        return span.instant > other.instant
    return span.first > other.last


def may_be_after(span: Span, other: Span) -> bool:
    """Whether some of `span` may lie after `other` (a partial date that covers it)."""
    if span.instant is not None and other.instant is not None:
        return span.instant > other.instant
    return span.last > other.first


def days_since(span: Span, as_of: Span) -> tuple[int, int]:
    """Whole days from `span` to `as_of`, at least and at most; negative where `span` is later.

    Between the two instants where both carry one, else between the calendar dates
    (clinical rules, section 3.2).
    """
    if span.instant is not None and as_of.instant is not None:
        days = (as_of.instant - span.instant) // timedelta(days=1)
        return days, days
    return (as_of.first - span.last).days, (as_of.last - span.first).days


def plus_days(span: Span, days: int) -> Span:
    """The same span, moved by whole days; stays at the ends of the calendar."""
    return Span(
        first=_moved(span.first, days),
        last=_moved(span.last, days),
        instant=None,
        written=_moved(span.last, days).isoformat(),
    )


def _moved(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def age_at(birth: Span, as_of: Span) -> tuple[int, int]:
    """Age in whole years at `as_of`, at least and at most (a birth date may be a year only)."""
    return _years(birth.last, as_of.first), _years(birth.first, as_of.last)


def months_at(birth: Span, as_of: Span) -> tuple[int, int]:
    """Age in whole months at `as_of`, at least and at most."""
    return _months(birth.last, as_of.first), _months(birth.first, as_of.last)


def _years(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _months(birth: date, day: date) -> int:
    return (day.year - birth.year) * 12 + day.month - birth.month - (day.day < birth.day)
