"""Connections to PostgreSQL that wait for nothing for ever: not for a lock, not for a server that has stopped."""

from __future__ import annotations

from typing import Any, Final

from psycopg import Connection, errors
from psycopg.abc import RV, PQGen  # noqa: TC002 - the types of this room are there at run time

_ANSWER_S: Final = 5.0  # for any one statement; the server gives up before
_SETTINGS: Final = "SET lock_timeout = '2s'; SET statement_timeout = '4s'"


class PatientConnection(Connection[Any]):
    """A connection that is given up when its server says nothing: a frozen machine still keeps its sockets open."""

    patience: float | None = _ANSWER_S  # None: for steps of the schema, which may take their time

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for the server, but not for ever. Raises OperationalError, and the connection is closed."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except errors._WaitTimeout:  # noqa: SLF001 - psycopg gives it no other name
            self.pgconn.finish()
            raise errors.OperationalError("the server does not answer") from None


def connect(*args: Any, **options: Any) -> PatientConnection:  # noqa: ANN401 - as psycopg.connect
    """A new connection, with its limits set."""
    connection = PatientConnection.connect(*args, **options)
    connection.autocommit = True
    connection.execute(_SETTINGS)
    connection.autocommit = False
    return connection
