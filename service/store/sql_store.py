"""The store in a database. When it can't be reached, that is said, counted, and nobody waits for it again and again."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Final, TypeVar

import orjson
from sqlalchemy import Connection, Engine, exists, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from service.store import schema
from service.store.engine import WRITES
from service.store.entries import FeedbackEntry, SentCard
from service.store.hashes import keyed, token_of
from service.store.upgrade import newest_step, step_of, upgrade

_LOG: Final = logging.getLogger("needlewise")
_REST_S: Final = 5.0  # after a failure: a database that is away must not cost every call its time-out
_ONLY: Final = 1
_TIDY_EVERY: Final = timedelta(minutes=5)

_Done = TypeVar("_Done")


class SqlStore:
    """Remembers in a database, which may come and go."""

    def __init__(self, engine: Engine, *, monotonic: Callable[[], float], makes_tables: bool = False) -> None:
        """Take the engine; nothing is connected yet, and the database may be away.

        `makes_tables`: this process takes the steps of the schema itself once the database is back.
        """
        self._engine = engine
        self._makes_tables = makes_tables
        self._has_tables = not makes_tables
        self._monotonic = monotonic
        self._secret: bytes | None = None
        self._rests_until = float("-inf")
        self._tidied: datetime | None = None
        self.failures = 0

    def problem(self) -> str | None:
        """Whether it can be reached now, and has the tables of this version."""
        try:
            with self._engine.connect() as connection:
                step = step_of(connection)
        except (SQLAlchemyError, OSError):
            return "can't be reached"
        return None if step == newest_step() else "its tables are of another version: run `needlewise db upgrade`"

    def remember_cards(self, cards: Sequence[SentCard], *, now: datetime) -> bool:
        """Remember cards that are about to be sent, all or none."""

        def write(connection: Connection) -> bool:
            secret = self._own_secret(connection, now)
            rows = [
                {
                    "uuid": card.uuid,
                    "caller": _kept(card.caller),
                    "service": card.service,
                    "sent": now,
                    "topic": card.topic,
                    "indicator": card.indicator,
                    "headline": card.headline,
                    **_about(secret, card),
                }
                for card in cards
            ]
            connection.execute(insert(schema.cards), rows)
            return True

        return not cards or self._try(write, otherwise=False)

    def keep_feedback(self, entries: Sequence[FeedbackEntry], *, now: datetime) -> bool:
        """Keep feedback; what is there already stays as it is."""

        def write(connection: Connection) -> bool:
            for entry in entries:
                row = _row(entry, now)
                key = [column == row[column.name] for column in schema.feedback.primary_key.columns]
                if not connection.scalar(select(exists().where(*key))):
                    self._insert_if_new(connection, row)
            return True

        return not entries or self._try(write, otherwise=False)

    def acknowledged(self, card: SentCard, *, since: datetime) -> bool:
        """Whether an equal card was overridden since then."""
        if not card.may_rest:
            return False

        def read(connection: Connection) -> bool:
            secret = connection.scalar(select(schema.installation.c.secret))
            if secret is None:
                return False
            about = _about(secret, card)
            cards, feedback = schema.cards.c, schema.feedback.c
            found = exists().where(
                *(cards[name] == value for name, value in about.items()),
                cards.topic == card.topic,
                cards.indicator == card.indicator,
                cards.headline == card.headline,
                cards.caller == _kept(card.caller),
                feedback.card == cards.uuid,
                feedback.caller == cards.caller,
                feedback.outcome == "overridden",
                feedback.outcome_at >= since,
                feedback.received >= since,  # the EHR's clock alone could make a card quiet for ever
            )
            return bool(connection.scalar(select(found)))

        return self._try(read, otherwise=False, writes=False)

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

        return self._try(write, otherwise=None)

    def _insert_if_new(self, connection: Connection, row: dict[str, object]) -> None:
        try:
            with connection.begin_nested():
                connection.execute(insert(schema.feedback), row)
        except IntegrityError:  # another replica was quicker
            return

    def _own_secret(self, connection: Connection, now: datetime) -> bytes:
        """The installation's secret, made by whoever needs it first."""
        if self._secret is None:
            try:
                with connection.begin_nested():
                    row = {"id": _ONLY, "secret": secrets.token_bytes(32), "created": now}
                    if connection.scalar(select(schema.installation.c.id)) is None:
                        connection.execute(insert(schema.installation), row)
            except IntegrityError:
                pass  # another replica was quicker: its secret is the one
            self._secret = connection.execute(select(schema.installation.c.secret)).scalar_one()
        return self._secret

    def _try(self, work: Callable[[Connection], _Done], *, otherwise: _Done, writes: bool = True) -> _Done:
        """Do it in one transaction; when the database is away, say so and give what holds without it."""
        if self._monotonic() < self._rests_until:
            self.failures += 1
            return otherwise
        try:
            if not self._has_tables:
                upgrade(self._engine)
                self._has_tables = True
            with self._begin(writes=writes) as connection:
                return work(connection)
        except (SQLAlchemyError, OSError) as fault:
            self._secret = None
            self._has_tables = not self._makes_tables
            self.failures += 1
            self._rests_until = self._monotonic() + _REST_S
            # Never the exception's text: it may hold what was to be written.
            fields = {"event": "the store can't be reached: nothing is remembered", "error": type(fault).__name__}
            _LOG.warning("", extra={"fields": fields})
            return otherwise

    def _begin(self, *, writes: bool) -> AbstractContextManager[Connection]:
        return self._engine.execution_options(**{WRITES: writes}).begin()


def _about(secret: bytes, card: SentCard) -> dict[str, str]:
    """Patient, order and evidence as they are kept. Patients of two callers are never one."""
    return {
        "patient": keyed(secret, "patient", card.caller, card.patient),
        "order": keyed(secret, "order", card.caller, card.patient, card.order),
        "evidence": keyed(secret, "evidence", card.caller, card.patient, card.evidence),
    }


def _row(entry: FeedbackEntry, now: datetime) -> dict[str, object]:
    system, code, display = entry.reason or (None, None, None)
    return {
        "card": _kept(entry.card),
        "outcome": entry.outcome,
        "outcome_at": entry.at,
        "caller": _kept(entry.caller),
        "service": entry.service,
        "received": now,
        "reason_system": _kept(system),
        "reason_code": _kept(code),
        "reason_display": _kept(display),
        "comment": _clean(entry.comment) or None,
        "accepted": orjson.dumps([_clean(id_) for id_ in entry.accepted]).decode() if entry.accepted else None,
    }


def _clean(text: str) -> str:
    """The text without what databases refuse: NUL, and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _kept(text: str | None) -> str | None:
    """The text as a column of 255 characters takes it."""
    return None if text is None else _clean(text)[:255]
