"""The trail in a database."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, Select, Table, func, insert, select

from service.store import schema
from service.store.database import Database
from service.store.results import patient_of
from service.store.search import Place, Search
from service.store.terms import matching, paged
from service.store.texts import clean, kept
from service.store.trail import Event, Recorded, Who

_RECORDED: Final = tuple(schema.audit.c[each.name] for each in fields(Recorded))


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

    def read(self, id_: str, *, who: Who) -> Recorded | None:
        """One event that this caller may see. Raises StoreAwayError."""

        def find(connection: Connection) -> Recorded | None:
            query = seen_by(who, select(*_RECORDED), schema.audit).where(schema.audit.c.id == id_)
            row = connection.execute(query).mappings().first()
            return Recorded(**row) if row is not None else None

        return self._database.require(find, writes=False)

    def search(self, search: Search, *, who: Who) -> tuple[int, tuple[Recorded, ...], Place | None]:
        """How many match, one page of them, and where it ends if there is another. Raises StoreAwayError."""
        table = schema.audit

        def find(connection: Connection) -> tuple[int, tuple[Recorded, ...], Place | None]:
            total = connection.scalar(
                matching(seen_by(who, select(func.count()).select_from(table), table), search, table)
            )
            query = matching(seen_by(who, select(*_RECORDED), table), search, table)
            rows = connection.execute(paged(query, search, table)).mappings().all()
            shown = [Recorded(**row) for row in rows[: search.count]]
            ends = Place(shown[-1].recorded, shown[-1].id) if len(rows) > search.count and shown else None
            return total or 0, tuple(shown), ends

        return self._database.require(find, writes=False)


def seen_by(who: Who, query: Select[Any], table: Table) -> Select[Any]:
    """The query, of what this caller may see."""
    if not who.sees_others:
        return query.where(table.c.caller == kept(who.caller), table.c.tenant == kept(who.tenant))
    return query.where(table.c.tenant == kept(who.tenant)) if who.tenant else query


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
