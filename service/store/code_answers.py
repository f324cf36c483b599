"""What a terminology server said of codes: never who had them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

import orjson
from sqlalchemy import Connection, delete, insert, select, tuple_

from service.store import schema
from service.store.database import Database

KEPT_FOR: Final = timedelta(days=30)


class KnownCode(NamedTuple):
    """An answer. `key`: the code system, with what was asked of it, and the code."""

    key: tuple[str, str]
    roots: tuple[str, ...]
    display: str


class CodeAnswers(Protocol):
    """Keeps answers. It is a cache: what is lost is asked again."""

    def read(self, stamp: str, keys: Sequence[tuple[str, str]], *, since: datetime) -> tuple[KnownCode, ...]:
        """Those that are kept since then under this stamp; none where they can't be read."""

    def keep(self, stamp: str, answers: Iterable[KnownCode], *, now: datetime) -> None:
        """Keep them, as far as it can be done."""


class NoCodeAnswers:
    """Nothing is kept."""

    def read(self, stamp: str, keys: Sequence[tuple[str, str]], *, since: datetime) -> tuple[KnownCode, ...]:  # noqa: ARG002
        """There are none."""
        return ()

    def keep(self, stamp: str, answers: Iterable[KnownCode], *, now: datetime) -> None:
        """Forget them."""


class SqlCodeAnswers:
    """Keeps answers in a table."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    def read(self, stamp: str, keys: Sequence[tuple[str, str]], *, since: datetime) -> tuple[KnownCode, ...]:
        """Those that are kept; none where the database is away."""
        codes = schema.code_answers.c
        query = select(codes.system, codes.code, codes.answer).where(
            codes.stamp == stamp, codes.asked >= since, tuple_(codes.system, codes.code).in_(keys)
        )

        def work(connection: Connection) -> tuple[KnownCode, ...]:
            found = []
            for system, code, answer in connection.execute(query):
                said = orjson.loads(answer)
                found.append(KnownCode((system, code), tuple(said["roots"]), said["display"]))
            return tuple(found)

        return self._database.attempt(work, otherwise=(), writes=False)

    def keep(self, stamp: str, answers: Iterable[KnownCode], *, now: datetime) -> None:
        """Keep them; the answer of another process, or an older one, gives way."""
        rows = [
            {
                "stamp": stamp,
                "system": one.key[0],
                "code": one.key[1],
                "answer": orjson.dumps({"roots": one.roots, "display": one.display}).decode(),
                "asked": now,
            }
            for one in answers
        ]
        codes = schema.code_answers.c
        keys = [(row["system"], row["code"]) for row in rows]

        def work(connection: Connection) -> None:
            connection.execute(
                delete(schema.code_answers).where(codes.stamp == stamp, tuple_(codes.system, codes.code).in_(keys))
            )
            connection.execute(insert(schema.code_answers), rows)

        self._database.attempt(work, otherwise=None)
