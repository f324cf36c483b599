"""Results in a database: committed before anybody is told that they are stored."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, exists, func, insert, select
from sqlalchemy.exc import IntegrityError

from service.store import schema
from service.store.census import count_codes
from service.store.database import Database
from service.store.hashes import keyed
from service.store.results import Kept, Key, KeyTakenError, Page, Result, Stored, patient_of
from service.store.search import Place, Search
from service.store.sql_audit import add_event, seen_by
from service.store.terms import matching, paged, sort_key
from service.store.texts import clean, kept
from service.store.trail import Event, Who

_LONGEST: Final = timedelta(hours=24)  # that a request may come again (contract 3)
_SENT: Final = tuple(schema.screenings.c[name] for name in Stored._fields)


class SqlResults:
    """Keeps results in the tables `screenings`, `screening_packs`, `outcomes` and `idempotency_keys`."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    def keep(self, result: Result, *, who: Who, event: Event, key: Key | None) -> Kept | None:
        """Commit a result with its audit event, unless an equal request was quicker. Raises KeyTakenError."""

        def write(connection: Connection) -> Kept | None:
            told = event.of(result.subject, result.id)
            if key is not None:
                before = self._take(connection, key, result.id, who=who, now=result.made)
                if before is not None:
                    add_event(connection, event.of(before.subject, before.id), who=who, now=result.made)
                    return Kept(before, is_new=False)
            _insert(connection, result, who)
            add_event(connection, told, who=who, now=result.made)
            count_codes(connection, result.unmatched, now=result.made)
            return Kept(
                Stored(result.id, result.made, result.fhir_version, result.headline, result.subject, result.resource),
                is_new=True,
            )

        return self._database.attempt(write, otherwise=None)

    def recall(self, key: Key, *, who: Who, now: datetime) -> Stored | None:
        """What an equal request got within 24 hours. Raises KeyTakenError."""

        def read(connection: Connection) -> Stored | None:
            return _found(connection, key, self._hash(connection, key, who, now), now)

        return self._database.attempt(read, otherwise=None)

    def claim(self, key: Key, *, who: Who, now: datetime) -> None:
        """Remember a key of a request that has many results. Raises KeyTakenError."""

        def write(connection: Connection) -> None:
            self._take(connection, key, "", who=who, now=now)

        self._database.attempt(write, otherwise=None)

    def read(self, id_: str, *, who: Who) -> Stored | None:
        """One result that this caller may see. Raises StoreAwayError."""

        def find(connection: Connection) -> Stored | None:
            return _stored(
                connection, seen_by(who, select(*_SENT), schema.screenings).where(schema.screenings.c.id == id_)
            )

        return self._database.require(find, writes=False)

    def totals(self, search: Search, *, who: Who) -> dict[str, int]:
        """How many match, by FHIR version. Raises StoreAwayError."""
        version = schema.screenings.c.fhir_version

        def count(connection: Connection) -> dict[str, int]:
            query = matching(seen_by(who, select(version, func.count()), schema.screenings), search, schema.screenings)
            return {row[0]: row[1] for row in connection.execute(query.group_by(version))}

        return self._database.require(count, writes=False)

    def search(self, search: Search, version: str, *, who: Who) -> Page:
        """One page of those in a FHIR version. Raises StoreAwayError."""
        table = schema.screenings
        key = sort_key(search, table).label("sorted_by")

        def find(connection: Connection) -> Page:
            query = matching(seen_by(who, select(*_SENT, key), table), search, table).where(
                table.c.fhir_version == version
            )
            rows = connection.execute(paged(query, search, table)).all()
            shown = rows[: search.count]
            last = shown[-1] if len(rows) > search.count and shown else None
            return Page(
                tuple(Stored._make(row[:-1]) for row in shown),
                Place(last.sorted_by, last.id) if last is not None else None,
            )

        return self._database.require(find, writes=False)

    def _take(self, connection: Connection, key: Key, id_: str, *, who: Who, now: datetime) -> Stored | None:
        """Write a key down for a result, or give the result that it has already."""
        hashed = self._hash(connection, key, who, now)
        before = _found(connection, key, hashed, now)
        if before is not None:
            return before
        keys = schema.idempotency_keys
        row = {"key": hashed, "fingerprint": key.fingerprint, "screening": id_, "until": now + _LONGEST}
        try:
            with connection.begin_nested():
                gone = ~exists().where(schema.screenings.c.id == keys.c.screening)
                connection.execute(delete(keys).where(keys.c.key == hashed, (keys.c.until <= now) | gone))
                connection.execute(insert(keys), row)
        except IntegrityError:  # an equal request was quicker: its result is the one
            return _found(connection, key, hashed, now)
        return None

    def _hash(self, connection: Connection, key: Key, who: Who, now: datetime) -> str:
        return keyed(self._database.own_secret(connection, now), "key", who.caller, who.tenant, key.key)


def _found(connection: Connection, key: Key, hashed: str, now: datetime) -> Stored | None:
    keys = schema.idempotency_keys
    alive: ColumnElement[bool] = (keys.c.key == hashed) & (keys.c.until > now)
    row = connection.execute(select(keys.c.fingerprint, keys.c.screening).where(alive)).first()
    if row is None:
        return None
    if row.fingerprint != key.fingerprint:
        raise KeyTakenError
    return _stored(connection, select(*_SENT).where(schema.screenings.c.id == row.screening))


def _stored(connection: Connection, query: Select[Any]) -> Stored | None:
    row: Row[Any] | None = connection.execute(query).first()
    return Stored._make(row) if row is not None else None


def _insert(connection: Connection, result: Result, who: Who) -> None:
    first, last = result.occurred
    row = {
        "id": result.id,
        "made": result.made,
        "caller": kept(who.caller),
        "tenant": kept(who.tenant),
        "door": result.door,
        "request_id": kept(who.request_id, 128),
        "fhir_version": result.fhir_version,
        "headline": result.headline,
        "subject": clean(result.subject),
        "patient": kept(patient_of(result.subject)),
        "occurred_first": first,
        "occurred_last": last,
        "resource": result.resource,
        "input_hash": result.input_hash,
        "asked": clean(result.asked),
        "input": result.input,
    }
    connection.execute(insert(schema.screenings), row)
    packs = [{"screening": result.id, "pack": id_, "version": version} for id_, version in result.packs]
    connection.execute(insert(schema.screening_packs), packs)
    outcomes = [
        {"screening": result.id, "position": position, **outcome._asdict()}
        for position, outcome in enumerate(result.outcomes)
    ]
    connection.execute(insert(schema.outcomes), outcomes)
