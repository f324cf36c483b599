"""The store in a database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import orjson
from sqlalchemy import ColumnElement, Connection, Engine, exists, insert, select
from sqlalchemy.exc import IntegrityError

from service.store import schema
from service.store.archive import SqlArchive
from service.store.code_answers import SqlCodeAnswers
from service.store.database import Database
from service.store.entries import FeedbackEntry, SentCard
from service.store.hashes import keyed, token_of
from service.store.insights import SqlInsights
from service.store.sql_audit import SqlAudit
from service.store.sql_results import SqlResults
from service.store.tallies import SqlTallies
from service.store.texts import clean, kept

_TIDY_EVERY: Final = timedelta(minutes=5)


class SqlStore:
    """Remembers in a database, which may come and go."""

    keeps = True

    def __init__(self, engine: Engine, *, monotonic: Callable[[], float], makes_tables: bool = False) -> None:
        """Take the engine; nothing is connected yet, and the database may be away.

        `makes_tables`: this process takes the steps of the schema itself once the database is back.
        """
        self._database = Database(engine, monotonic=monotonic, makes_tables=makes_tables)
        self._tidied: datetime | None = None
        self.results = SqlResults(self._database)
        self.audit = SqlAudit(self._database)
        self.tallies = SqlTallies(self._database)
        self.insights = SqlInsights(self._database)
        self.archive = SqlArchive(self._database)
        self.code_answers = SqlCodeAnswers(self._database)

    @property
    def failures(self) -> int:
        """How often this process could not reach it."""
        return self._database.failures

    def problem(self) -> str | None:
        """Whether it can be reached now, and has the tables of this version."""
        return self._database.problem()

    def remember_cards(self, cards: Sequence[SentCard], *, now: datetime) -> bool:
        """Remember cards that are about to be sent, all or none."""

        def write(connection: Connection) -> bool:
            secret = self._database.own_secret(connection, now)
            rows = [
                {
                    "uuid": card.uuid,
                    "caller": kept(card.caller),
                    "service": card.service,
                    "sent": now,
                    "topic": card.topic,
                    "indicator": card.indicator,
                    "headline": card.headline,
                    **_about(secret, card),
                    "reader": _reader(secret, card),
                }
                for card in cards
            ]
            connection.execute(insert(schema.cards), rows)
            return True

        return not cards or self._database.attempt(write, otherwise=False)

    def keep_feedback(self, entries: Sequence[FeedbackEntry], *, now: datetime) -> bool:
        """Keep feedback; what is there already stays as it is."""

        def write(connection: Connection) -> bool:
            for entry in entries:
                row = _row(entry, now)
                key = [column == row[column.name] for column in schema.feedback.primary_key.columns]
                if not connection.scalar(select(exists().where(*key))):
                    self._insert_if_new(connection, row)
            return True

        return not entries or self._database.attempt(write, otherwise=False)

    def acknowledged(self, card: SentCard, *, since: datetime) -> bool:
        """Whether an equal card was overridden since then."""
        if not card.may_rest:
            return False

        def read(connection: Connection) -> bool:
            secret = connection.scalar(select(schema.installation.c.secret))
            if secret is None:
                return False
            cards, feedback = schema.cards.c, schema.feedback.c
            found = exists().where(
                *_equal(secret, card),
                feedback.card == cards.uuid,
                feedback.caller == cards.caller,
                feedback.outcome == "overridden",
                feedback.outcome_at >= since,
                feedback.received >= since,  # the EHR's clock alone could make a card quiet for ever
            )
            return bool(connection.scalar(select(found)))

        return self._database.attempt(read, otherwise=False, writes=False)

    def shown(self, card: SentCard, *, by: str, since: datetime) -> str | None:
        """The newest equal card that a service sent since then, to the same reader."""
        if not card.may_rest or not card.reader:
            return None

        def read(connection: Connection) -> str | None:
            secret = connection.scalar(select(schema.installation.c.secret))
            if secret is None:
                return None
            cards = schema.cards.c
            found = select(cards.uuid).where(
                *_equal(secret, card),
                cards.reader == _reader(secret, card),
                cards.service == by,
                cards.sent >= since,
            )
            uuid: str | None = connection.scalar(found.order_by(cards.sent.desc()).limit(1))
            return uuid

        return self._database.attempt(read, otherwise=None, writes=False)

    def seen(self, issuer: str, jti: str, *, until: datetime, now: datetime) -> bool | None:
        """Whether this id of a token was shown before: the database decides who was first."""
        token = token_of(issuer, jti)

        def write(connection: Connection) -> bool | None:
            if self._tidied is None or now - self._tidied > _TIDY_EVERY:
                connection.execute(schema.tokens.delete().where(schema.tokens.c.until < now))
                self._tidied = now
            try:
                with connection.begin_nested():
                    connection.execute(insert(schema.tokens), {"token": token, "until": until})
            except IntegrityError:
                return True
            return False

        return self._database.attempt(write, otherwise=None)

    def _insert_if_new(self, connection: Connection, row: dict[str, object]) -> None:
        try:
            with connection.begin_nested():
                connection.execute(insert(schema.feedback), row)
        except IntegrityError:  # another replica was quicker
            return


def _about(secret: bytes, card: SentCard) -> dict[str, str]:
    """Patient, order and evidence as they are kept. Patients of two callers are never one."""
    return {
        "patient": keyed(secret, "patient", card.caller, card.patient),
        "order": keyed(secret, "order", card.caller, card.patient, card.order),
        "evidence": keyed(secret, "evidence", card.caller, card.patient, card.evidence),
    }


def _reader(secret: bytes, card: SentCard) -> str | None:
    return keyed(secret, "reader", card.caller, card.reader) if card.reader else None


def _equal(secret: bytes, card: SentCard) -> list[ColumnElement[bool]]:
    """What makes a row in `cards` say the same as this card, of the same order."""
    cards = schema.cards.c
    return [
        *(cards[name] == value for name, value in _about(secret, card).items()),
        cards.topic == card.topic,
        cards.indicator == card.indicator,
        cards.headline == card.headline,
        cards.caller == kept(card.caller),
    ]


def _row(entry: FeedbackEntry, now: datetime) -> dict[str, object]:
    system, code, display = entry.reason or (None, None, None)
    return {
        "card": kept(entry.card),
        "outcome": entry.outcome,
        "outcome_at": entry.at,
        "caller": kept(entry.caller),
        "service": entry.service,
        "received": now,
        "reason_system": kept(system),
        "reason_code": kept(code),
        "reason_display": kept(display),
        "comment": clean(entry.comment) or None,
        "accepted": orjson.dumps([clean(id_) for id_ in entry.accepted]).decode() if entry.accepted else None,
    }
