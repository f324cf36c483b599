"""Counts over what is stored, for whoever must show that alerts help. Numbers, and never whose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from sqlalchemy import ColumnElement, Connection, Select, func, select

from service.store import schema
from service.store.database import Database


class Span(NamedTuple):
    """Which results and cards are counted: `since` is in it, `until` is not."""

    since: datetime
    until: datetime
    rule: str = ""  # only results in which it gave a finding or a question
    topic: str = ""  # the same rule, as cards name it
    caller: str | None = None  # None: all; "": without authentication


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Each count with what it counts."""

    days: dict[str, int] = field(default_factory=dict)  # YYYY-MM-DD in UTC → screenings
    headlines: dict[str, int] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=dict)  # rule → screenings in which it gave a finding
    questions: dict[str, int] = field(default_factory=dict)  # rule → screenings in which it left a question open
    cards: dict[str, int] = field(default_factory=dict)  # topic → cards that were sent
    accepted: dict[str, int] = field(default_factory=dict)  # topic → cards of which a suggestion was taken
    overridden: dict[str, int] = field(default_factory=dict)  # topic → cards that were overridden
    reasons: dict[str, int] = field(default_factory=dict)  # code of the reason, "" for none → overrides
    callers: tuple[str, ...] = ()  # all there are in the span


class Insights(Protocol):
    """Counts what is stored."""

    def count(self, span: Span) -> Counted:
        """Everything at once. Raises StoreAwayError."""


class NoInsights:
    """Nothing is stored, so there is nothing to count."""

    def count(self, span: Span) -> Counted:  # noqa: ARG002
        """There is nothing."""
        return Counted()


class SqlInsights:
    """Counts in the tables of results, cards and feedback."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    def count(self, span: Span) -> Counted:
        """Everything at once, in one transaction. Raises StoreAwayError."""

        def read(connection: Connection) -> Counted:
            day = _day(connection)
            made = schema.screenings.c

            def ask(query: Select[Any]) -> dict[str, int]:
                return {str(key or ""): int(count) for key, count in connection.execute(query)}

            return Counted(
                days=ask(_of(span, select(day, func.count()).select_from(schema.screenings)).group_by(day)),
                headlines=ask(_of(span, select(made.headline, func.count())).group_by(made.headline)),
                findings=ask(_rules(span, "finding")),
                questions=ask(_rules(span, "question")),
                cards=ask(_cards(span)),
                accepted=ask(_outcomes(span, "accepted", schema.cards.c.topic)),
                overridden=ask(_outcomes(span, "overridden", schema.cards.c.topic)),
                reasons=ask(_outcomes(span, "overridden", schema.feedback.c.reason_code)),
                callers=tuple(connection.scalars(_callers(span))),
            )

        return self._database.require(read, writes=False)


def _day(connection: Connection) -> ColumnElement[Any]:
    """The day in UTC: SQLite keeps moments in it, PostgreSQL has to be told."""
    made = schema.screenings.c.made
    moment = func.timezone("UTC", made) if connection.dialect.name == "postgresql" else made
    return func.date(moment)


def _of(span: Span, query: Select[Any]) -> Select[Any]:
    """Only the results of this span."""
    made, outcomes = schema.screenings.c, schema.outcomes.c
    query = query.where(made.made >= span.since, made.made < span.until)
    if span.caller is not None:
        query = query.where(made.caller == span.caller)
    if span.rule:
        query = query.where(made.id.in_(select(outcomes.screening).where(outcomes.rule == span.rule)))
    return query


def _rules(span: Span, kind: str) -> Select[Any]:
    made, outcomes = schema.screenings.c, schema.outcomes.c
    query = select(outcomes.rule, func.count(outcomes.screening.distinct()))
    query = query.join(schema.screenings, made.id == outcomes.screening).where(outcomes.kind == kind)
    return _of(span, query).group_by(outcomes.rule)


def _cards(span: Span) -> Select[Any]:
    cards = schema.cards.c
    return select(cards.topic, func.count()).where(*_sent(span)).group_by(cards.topic)


def _outcomes(span: Span, outcome: str, by: ColumnElement[Any]) -> Select[Any]:
    cards, feedback = schema.cards.c, schema.feedback.c
    query = select(by, func.count(cards.uuid.distinct()))
    query = query.join(schema.feedback, (feedback.card == cards.uuid) & (feedback.caller == cards.caller))
    return query.where(feedback.outcome == outcome, *_sent(span)).group_by(by)


def _sent(span: Span) -> Iterable[ColumnElement[bool]]:
    """Only the cards of this span."""
    cards = schema.cards.c
    yield cards.sent >= span.since
    yield cards.sent < span.until
    if span.caller is not None:
        yield cards.caller == span.caller
    if span.topic:
        yield cards.topic == span.topic


def _callers(span: Span) -> Select[Any]:
    made = schema.screenings.c
    return select(made.caller).where(made.made >= span.since, made.made < span.until).distinct().order_by(made.caller)
