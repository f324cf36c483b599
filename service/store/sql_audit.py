"""The trail in a database."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, insert

from service.store import schema
from service.store.database import Database
from service.store.results import patient_of
from service.store.texts import clean, kept
from service.store.trail import Event, Who


class SqlAudit:
    """Adds to the table `audit`, and never changes a row of it."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    def record(self, event: Event, *, who: Who, now: datetime) -> bool:
        """Add an event."""

        def write(connection: Connection) -> bool:
            add_event(connection, event, who=who, now=now)
            return True

        return self._database.attempt(write, otherwise=False)


def add_event(connection: Connection, event: Event, *, who: Who, now: datetime) -> None:
    """Add an event in a transaction that is under way."""
    row = {
        "id": str(uuid4()),
        "recorded": now,
        "kind": event.kind,
        "caller": kept(who.caller),
        "tenant": kept(who.tenant),
        "agent": kept(who.agent),
        "route": kept(event.route),
        "method": kept(event.method, 8),
        "status": event.status,
        "request_id": kept(who.request_id, 128),
        "subject": clean(event.subject),
        "patient": kept(patient_of(event.subject)),
        "screening": event.screening,
        "detail": kept(event.detail, 64),
    }
    connection.execute(insert(schema.audit), row)
