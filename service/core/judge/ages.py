"""An `age` clause: the patient is younger than a limit."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from service.core.dates import Span, age_at
from service.core.facts import BirthFact
from service.core.judge.outcomes import Case, Established, Outcome
from service.core.packs import AgeClause, Rule

_FEBRUARY: Final = 2


def walk_age(case: Case, rule: Rule, clause: AgeClause) -> list[Outcome]:
    """By the youngest age that the birth date leaves open; without one it is asked."""
    subject = case.facts.subject
    if subject.birth_date is None:
        return [case.asked(rule, clause.text, [])]
    if age_at(subject.birth_date, case.facts.as_of)[0] >= clause.below:
        return []
    fact = BirthFact(source=subject.source, name="Date of birth", date=subject.birth_date)
    return [Established(rule=rule, facts=(fact,), until=_until(subject.birth_date, clause.below))]


def _until(born: Span, years: int) -> date | None:
    """The last day before the birthday that ends it, by the latest day of birth that is left open."""
    day = born.last
    if day.year + years > date.max.year:
        return None
    if (day.month, day.day) == (_FEBRUARY, 29):
        return date(day.year + years, _FEBRUARY + 1, 1) - timedelta(days=1)
    return day.replace(year=day.year + years) - timedelta(days=1)
