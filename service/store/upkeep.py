"""Upkeep of what is stored: what is too old goes, and what is one patient's is found and goes when that is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from service.store import schema
from service.store.code_answers import KEPT_FOR
from service.store.database import Database
from service.store.sql_audit import add_event
from service.store.texts import clean, kept
from service.store.trail import Event, Who

_PURGE: Final = "purge"
_LEASE: Final = timedelta(minutes=10)  # longer than a purge takes: who holds it and dies is waited for
_PIECE: Final = 500  # rows a transaction, so that nobody waits long


class Purged(NamedTuple):
    """How many rows went."""

    results: int
    events: int
    cards: int
    feedback: int
    keys: int  # and tokens seen, and answers of a terminology server


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How many days things are kept."""

    results: int  # cards and feedback, too
    events: int


class Upkeep:
    """Deletes in small transactions. Raises StoreAwayError where the database is away."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database
        self._holder = str(uuid4())

    def purge(self, keeping: Keeping, *, now: datetime) -> Purged:
        """Delete what is older than it is kept for, and keys and a terminology server's answers whose time is over."""
        tables, old = schema, now - timedelta(days=keeping.results)
        return Purged(
            results=self._delete(tables.screenings, tables.screenings.c.made < old),
            events=self._delete(tables.audit, tables.audit.c.recorded < now - timedelta(days=keeping.events)),
            cards=self._delete(tables.cards, tables.cards.c.sent < old),
            feedback=self._delete(tables.feedback, tables.feedback.c.received < old),
            keys=self._delete(tables.idempotency_keys, tables.idempotency_keys.c.until < now)
            + self._delete(tables.tokens, tables.tokens.c.until < now)
            + self._delete(tables.code_answers, tables.code_answers.c.asked < now - KEPT_FOR),
        )

    def purge_as_one(self, keeping: Keeping, *, now: datetime) -> Purged | None:
        """The same, unless another replica does it; None then."""
        if not self._database.require(lambda connection: self._lease(connection, now)):
            return None
        try:
            return self.purge(keeping, now=now)
        finally:
            self._database.attempt(self._release, otherwise=None)

    def results_of(self, patient: str) -> Iterator[str]:
        """One patient's results, as JSON, the oldest first."""
        table = schema.screenings
        query = select(table.c.resource).where(_is(patient, table)).order_by(table.c.made, table.c.id)
        yield from self._database.require(lambda connection: list(connection.scalars(query)), writes=False)

    def erase(self, patient: str, *, who: Who, now: datetime) -> int:
        """Delete one patient's results, write that down, and tell how many there were. The trail stays."""
        count = self._delete(schema.screenings, _is(patient, schema.screenings))
        event = Event(kind="erasure", route="needlewise db erase", method="", status=200, subject=patient)
        self._database.require(lambda connection: add_event(connection, event, who=who, now=now))
        return count

    def _delete(self, table: Table, condition: ColumnElement[bool]) -> int:
        """Delete rows piece by piece, and tell how many."""
        key = list(table.primary_key.columns)

        def piece(connection: Connection) -> int:
            found = connection.execute(select(*key).where(condition).limit(_PIECE)).all()
            if found:
                connection.execute(delete(table).where(tuple_(*key).in_([tuple(row) for row in found])))
            return len(found)

        total = 0
        while done := self._database.require(piece):
            total += done
        return total

    def _lease(self, connection: Connection, now: datetime) -> bool:
        """Take the lease if nobody has it."""
        leases = schema.leases
        row = {"name": _PURGE, "holder": self._holder, "until": now + _LEASE}
        free = (leases.c.name == _PURGE) & ((leases.c.until <= now) | (leases.c.holder == self._holder))
        if connection.execute(update(leases).where(free).values(row)).rowcount:
            return True
        try:
            with connection.begin_nested():
                connection.execute(insert(leases), row)
        except IntegrityError:
            return False
        return True

    def _release(self, connection: Connection) -> None:
        leases = schema.leases
        connection.execute(delete(leases).where(leases.c.name == _PURGE, leases.c.holder == self._holder))


def _is(patient: str, table: Table) -> ColumnElement[bool]:
    """Whose results: by the whole reference where it names a server, else by the id."""
    if ":" in patient:
        return table.c.subject == clean(patient)
    return table.c.patient == kept(patient.removeprefix("Patient/"))
