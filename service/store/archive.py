"""Everything that is stored of one result, for whoever has to say later how it came about."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import orjson
from sqlalchemy import Connection, select

from service.store import schema
from service.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """A result, what was asked, and what it was judged from where that was kept."""

    id: str
    made: datetime
    door: str
    packs: Mapping[str, str]  # id → version
    resource: Mapping[str, Any] = field(repr=False)
    input_hash: str  # SHA-256 of the request body
    asked: Mapping[str, Any] = field(repr=False)  # query, content-type, as-of, fhir-version
    input: bytes | None = field(repr=False)  # the request body


class Archive(Protocol):
    """Looks up what is stored."""

    def find(self, id_: str) -> Archived | None:
        """A result, whoever caused it. Raises StoreAwayError."""


class NoArchive:
    """Nothing is stored."""

    def find(self, id_: str) -> Archived | None:  # noqa: ARG002
        """There is none."""
        return None


class SqlArchive:
    """Looks it up in the tables of results."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    def find(self, id_: str) -> Archived | None:
        """A result, whoever caused it. Raises StoreAwayError."""
        packs = schema.screening_packs.c

        def read(connection: Connection) -> Archived | None:
            row = connection.execute(select(schema.screenings).where(schema.screenings.c.id == id_)).first()
            if row is None:
                return None
            versions = connection.execute(select(packs.pack, packs.version).where(packs.screening == id_))
            return Archived(
                id=row.id,
                made=row.made,
                door=row.door,
                packs={pack: version for pack, version in versions},  # noqa: C416 - rows are no pairs to mypy
                resource=orjson.loads(row.resource),
                input_hash=row.input_hash,
                asked=orjson.loads(row.asked),
                input=None if row.input is None else zlib.decompress(row.input),
            )

        return self._database.require(read, writes=False)
