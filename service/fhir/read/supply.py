"""When a medicine ends by itself: the supply with all its repeats, or the bounds of its dosage.

Clinical rules, section 3.2: "the period or supply (all repeats counted)". Where several ends are stated, the
latest counts: a drug is taken to act for as long as any of them says.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Final

from service.core.chart import Quantity
from service.core.dates import Span, plus_days
from service.fhir.read.elements import Elements

# Days in a UCUM unit of time, and in the words used for it; months and years at their longest.
_DAYS: Final = {
    "s": Decimal(1) / 86400,
    "min": Decimal(1) / 1440,
    "h": Decimal(1) / 24,
    "d": Decimal(1),
    "wk": Decimal(7),
    "mo": Decimal(31),
    "a": Decimal(366),
    "hour": Decimal(1) / 24,
    "hours": Decimal(1) / 24,
    "day": Decimal(1),
    "days": Decimal(1),
    "week": Decimal(7),
    "weeks": Decimal(7),
    "month": Decimal(31),
    "months": Decimal(31),
    "year": Decimal(366),
    "years": Decimal(366),
}
_LONGEST: Final = 366 * 200  # a supply beyond a lifetime is a slip of the pen, and would leave the calendar
_MOST_REPEATS: Final = Decimal(1000)


def supply_end(medicine: Elements, dosages: Sequence[Elements], started: Span | None) -> Span | None:
    """The latest end that a request or statement states for its supply or dosage; None where it states none.

    `dosages`: an element for each dosage of the medicine, all of them.
    """
    ends = [_dosage_end(dosages, started)] if dosages else []
    dispense = medicine.child("dispenseRequest")
    if dispense is not None:
        validity = dispense.period("validityPeriod")
        ends += [validity.end, _supplied(dispense, started or validity.start)]
    return max((end for end in ends if end is not None), key=lambda end: end.last, default=None)


def _supplied(dispense: Elements, started: Span | None) -> Span | None:
    """The end of a supply that is repeated as often as allowed."""
    days = _days(dispense.quantity("expectedSupplyDuration"))
    if days is None or started is None:
        return None
    repeats = dispense.number("numberOfRepeatsAllowed") or Decimal(0)
    return _after(started, days * (1 + min(max(repeats, Decimal(0)), _MOST_REPEATS)))


def _dosage_end(dosages: Sequence[Elements], started: Span | None) -> Span | None:
    """The last end of all dosages; none where one of them goes on without an end."""
    last: Span | None = None
    for dosage in dosages:
        end = _bounds_end(dosage, started)
        if end is None:
            return None
        if last is None or end.last > last.last:
            last = end
    return last


def _bounds_end(dosage: Elements, started: Span | None) -> Span | None:
    timing = dosage.child("timing")
    repeat = timing.child("repeat") if timing is not None else None
    if repeat is None:
        return None
    if repeat.has("boundsPeriod"):
        return repeat.period("boundsPeriod").end
    longest = repeat.child("boundsRange")
    days = _days(longest.quantity("high") if longest is not None else repeat.quantity("boundsDuration"))
    return _after(started, days) if days is not None and started is not None else None


def _days(duration: Quantity | None) -> Decimal | None:
    if duration is None or duration.value < 0:
        return None
    unit = _DAYS.get(duration.unit) or _DAYS.get(duration.unit.lower().rstrip("."))
    return unit * duration.value if unit is not None else None


def _after(started: Span, days: Decimal) -> Span:
    return plus_days(started, int(min(days, Decimal(_LONGEST)).to_integral_value(ROUND_CEILING)))
