"""What dates a pregnancy without starting one: due dates, measured ages, last periods."""

from __future__ import annotations

from typing import Final

from service.core.dates import Span, days_since, plus_days
from service.core.facts import Doubt, Facts, ResultFact

DUE_DATE: Final = "delivery-date-estimated"
GESTATION: Final = "gestational-age"
LAST_PERIOD: Final = "last-menstrual-period"
LENGTH: Final = 280  # days from the last period to the due date, by convention: how one is turned into the other


def counts(fact: ResultFact) -> bool:
    """Whether the result can date a pregnancy; a due date carries its own date."""
    return fact.doubt in (Doubt.NONE, Doubt.UNDATED)


def due_dates(facts: Facts) -> list[Span]:
    """Due dates as recorded, and as they follow from measured ages."""
    dues = [fact.date_value for fact in facts.results if fact.test == DUE_DATE and fact.date_value and counts(fact)]
    return dues + [plus_days(start, LENGTH) for start in _measured_starts(facts)]


def last_periods(facts: Facts) -> list[Span]:
    """First days of last periods as recorded."""
    return [fact.date_value for fact in facts.results if fact.test == LAST_PERIOD and fact.date_value and counts(fact)]


def _measured_starts(facts: Facts) -> list[Span]:
    return [
        plus_days(fact.date, -int(fact.value))
        for fact in facts.results
        if fact.test == GESTATION and fact.date is not None and fact.value is not None and counts(fact)
    ]


def gestation_days(facts: Facts, day: Span) -> int | None:
    """Days of gestation on a day; None where nothing dates the pregnancy of that day."""
    ages = [days_since(plus_days(due, -LENGTH), day)[0] for due in due_dates(facts)]
    return min((age for age in ages if 0 <= age <= LENGTH), default=None)
