"""Bringing a database to the newest schema, and asking whether it is there.

Alembic is loaded when it is first needed: with `DATABASE_URL=none` never, and it weighs a tenth of a start.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, text

from service.store.engine import WRITES

if TYPE_CHECKING:
    from alembic.config import Config

_STEPS: Final = Path(__file__).with_name("migrations")
_ONE_AT_A_TIME: Final = 7_463_801  # PostgreSQL's advisory lock: replicas may start together


def upgrade(engine: Engine) -> str:
    """Take all steps that are missing, as one transaction. Gives the newest step's name."""
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            _take_time(connection)
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
        from alembic import command  # noqa: PLC0415 - see above

        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return newest_step()


def _take_time(connection: Connection) -> None:
    """Let a connection to PostgreSQL wait: for its turn, and for a step over a large table."""
    from service.store.postgres import PatientConnection  # noqa: PLC0415 - its driver is there only where it is used

    raw = connection.connection.driver_connection
    if isinstance(raw, PatientConnection):
        raw.patience = None


def newest_step() -> str:
    """The step that this version of the service needs."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see above

    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def step_of(connection: Connection) -> str | None:
    """The step that a database is at; None before the first."""
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - see above

    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(_STEPS).replace("%", "%%"))
    return config
