"""What was counted: how often each rule fired, and the codes that no list holds. Numbers, and never whose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Select, func, select

from service.store import schema
from service.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """Of one pack, in some span of time."""

    screenings: int
    rules: Mapping[str, int]  # rule → screenings in which it gave a finding or a question


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCount:
    """A code that no list holds, and how often it came."""

    system: str  # its short key where it is one that is known here, else its address
    code: str
    display: str
    count: int
    first_seen: datetime
    last_seen: datetime


class Tallies(Protocol):
    """Counts what is stored."""

    def firing(self, *, since: datetime, until: datetime) -> Mapping[str, Firing] | None:
        """By pack. None where nothing is stored, or it can't be reached."""

    def unmatched_codes(self, *, most: int) -> tuple[CodeCount, ...]:
        """The most frequent codes that no list holds, most frequent first. Raises StoreAwayError."""


class NoTallies:
    """Nothing is stored, so nothing can be counted."""

    def firing(self, *, since: datetime, until: datetime) -> Mapping[str, Firing] | None:  # noqa: ARG002
        """It can't be known."""
        return None

    def unmatched_codes(self, *, most: int) -> tuple[CodeCount, ...]:  # noqa: ARG002
        """There are none."""
        return ()


class SqlTallies:
    """Counts in the tables of results, and reads the table of codes."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    def firing(self, *, since: datetime, until: datetime) -> Mapping[str, Firing] | None:
        """By pack: one row of results counts for each pack that judged it."""

        def read(connection: Connection) -> Mapping[str, Firing] | None:
            screenings = connection.execute(_screenings(since, until)).all()
            rules: dict[str, dict[str, int]] = {}
            for pack, rule, count in connection.execute(_rules(since, until)):
                rules.setdefault(pack, {})[rule] = count
            return {pack: Firing(screenings=count, rules=rules.get(pack, {})) for pack, count in screenings}

        return self._database.attempt(read, otherwise=None, writes=False)

    def unmatched_codes(self, *, most: int) -> tuple[CodeCount, ...]:
        """The most frequent first; of equally frequent ones the order of system and code. Raises StoreAwayError."""
        codes = schema.unmatched_codes.c
        query = select(*(codes[each.name] for each in fields(CodeCount)))
        query = query.order_by(codes["count"].desc(), codes.system, codes.code).limit(most)

        def read(connection: Connection) -> tuple[CodeCount, ...]:
            return tuple(CodeCount(**row) for row in connection.execute(query).mappings())

        return self._database.require(read, writes=False)


def _screenings(since: datetime, until: datetime) -> Select[Any]:
    made, packs = schema.screenings.c, schema.screening_packs.c
    query = select(packs.pack, func.count()).join(schema.screenings, made.id == packs.screening)
    return query.where(made.made >= since, made.made < until).group_by(packs.pack)


def _rules(since: datetime, until: datetime) -> Select[Any]:
    made, packs, outcomes = schema.screenings.c, schema.screening_packs.c, schema.outcomes.c
    query = (
        select(packs.pack, outcomes.rule, func.count(outcomes.screening.distinct()))
        .join(schema.screenings, made.id == packs.screening)
        .join(schema.outcomes, outcomes.screening == made.id)
    )
    query = query.where(made.made >= since, made.made < until, outcomes.rule.is_not(None))
    return query.group_by(packs.pack, outcomes.rule)
