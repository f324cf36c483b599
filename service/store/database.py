"""One database, which may come and go: when it is away, that is said, counted, and nobody waits again and again."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from service.store import schema
from service.store.engine import WRITES
from service.store.upgrade import newest_step, step_of, upgrade

_LOG: Final = logging.getLogger("needlewise")
_REST_S: Final = 5.0  # after a failure: a database that is away must not cost every call its time-out
_ONLY: Final = 1

_Done = TypeVar("_Done")


class StoreAwayError(Exception):
    """What is stored is needed, and can't be reached now."""


class Database:
    """Does work in transactions, as long as it can be reached."""

    def __init__(self, engine: Engine, *, monotonic: Callable[[], float], makes_tables: bool = False) -> None:
        """Take the engine; nothing is connected yet.

        `makes_tables`: this process takes the steps of the schema itself once the database is back.
        """
        self.engine = engine
        self._makes_tables = makes_tables
        self._has_tables = not makes_tables
        self._monotonic = monotonic
        self._secret: bytes | None = None
        self._rests_until = float("-inf")
        self.failures = 0

    def problem(self) -> str | None:
        """Why nothing can be remembered now; None where all is well."""
        try:
            with self.engine.connect() as connection:
                step = step_of(connection)
        except (SQLAlchemyError, OSError):
            return "can't be reached"
        return None if step == newest_step() else "its tables are of another version: run `needlewise db upgrade`"

    def attempt(self, work: Callable[[Connection], _Done], *, otherwise: _Done, writes: bool = True) -> _Done:
        """Do it in one transaction; where the database is away, give what holds without it."""
        try:
            return self.require(work, writes=writes)
        except StoreAwayError:
            return otherwise

    def require(self, work: Callable[[Connection], _Done], *, writes: bool = True) -> _Done:
        """Do it in one transaction. Raises StoreAwayError where the database is away."""
        if self._monotonic() < self._rests_until:
            self.failures += 1
            raise StoreAwayError
        try:
            if not self._has_tables:
                upgrade(self.engine)
                self._has_tables = True
            with self._begin(writes=writes) as connection:
                return work(connection)
        except (SQLAlchemyError, OSError) as fault:
            self._secret = None
            self._has_tables = not self._makes_tables
            self.failures += 1
            if not isinstance(fault, DataError | IntegrityError):  # these are about one row, and not the database
                self._rests_until = self._monotonic() + _REST_S
            # Never the exception's text: it may hold what was to be written.
            fields = {"event": "the store can't be reached: nothing is remembered", "error": type(fault).__name__}
            _LOG.warning("", extra={"fields": fields})
            raise StoreAwayError from None

    def own_secret(self, connection: Connection, now: datetime) -> bytes:
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

    def _begin(self, *, writes: bool) -> AbstractContextManager[Connection]:
        return self.engine.execution_options(**{WRITES: writes}).begin()
