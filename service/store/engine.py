"""Connections to the database, and what each kind of it needs to be told."""

from __future__ import annotations

import os
import sqlite3
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry  # noqa: TC002 - the types of this room are there at run time

from service.settings import PREFIX, SettingsError

WRITES: Final = "writes"
"""Execution option of a connection that will write: SQLite then waits for its turn at the start, and not half-way."""

_CONNECTIONS: Final = 4  # a worker computes two screenings at a time
_WAIT_S: Final = 2  # for a lock, or for a connection


def make_engine(url: str) -> Engine:
    """An engine for a DATABASE_URL; nothing is connected yet. Raises SettingsError where there is no driver for it."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise SettingsError(f"{PREFIX}DATABASE_URL can't be read as the URL of a database") from None
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed.database or "")
    if find_spec("psycopg") is None:
        raise SettingsError(
            f"{PREFIX}DATABASE_URL names PostgreSQL, and its driver is not here: install needlewise[postgresql]"
        )
    return _postgresql(url)


def _postgresql(url: str) -> Engine:
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_size=_CONNECTIONS,
        max_overflow=_CONNECTIONS,
        pool_timeout=_WAIT_S,
        connect_args={"connect_timeout": _WAIT_S},
        hide_parameters=True,
    )
    from service.store.postgres import connect  # noqa: PLC0415 - its driver is there only where PostgreSQL is used

    @event.listens_for(engine, "do_connect")
    def connecting(_: object, __: object, args: list[Any], options: dict[str, Any]) -> object:
        return connect(*args, **options)

    _forget_in_children(engine)
    return engine


def _sqlite(database: str) -> Engine:
    path = Path(database).absolute()  # whoever changes the working directory later opens no other file
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": _WAIT_S, "check_same_thread": False},
        hide_parameters=True,
    )

    @event.listens_for(engine, "do_connect")
    def prepare(*_: object) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # Python's own idea of transactions leaves out changes of the schema
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=FULL")  # what is acknowledged outlives a power cut

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        how = "BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN"
        connection.exec_driver_sql(how)

    _forget_in_children(engine)
    return engine


def _forget_in_children(engine: Engine) -> None:
    """Workers are forked: each makes connections of its own, and leaves those of its parent alone."""
    options: dict[str, Any] = {"after_in_child": lambda: engine.dispose(close=False)}
    os.register_at_fork(**options)
