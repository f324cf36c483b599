"""Opening the store at start. A database that is away does not stop the start; a setting that is wrong does."""

from __future__ import annotations

import logging
import time
from typing import Final

from sqlalchemy import Engine  # noqa: TC002 - the types of this room are there at run time
from sqlalchemy.exc import SQLAlchemyError

from service.settings import Settings
from service.store.database import Database
from service.store.engine import make_engine
from service.store.nothing import NoStore
from service.store.protocol import Store
from service.store.sql_store import SqlStore
from service.store.upgrade import newest_step, upgrade
from service.store.upkeep import Keeping, Upkeep

_LOG: Final = logging.getLogger("needlewise")


def open_store(settings: Settings) -> Store:
    """The store of these settings. Raises SettingsError where there is no driver for it.

    SQLite gets its tables here; with PostgreSQL, where replicas of two versions may share one database, the site
    says when (`needlewise db upgrade`).
    """
    if settings.database_url == "none":
        return NoStore()
    engine = make_engine(settings.database_url)
    newest_step()  # loads what workers will ask for, before they are forked
    makes_tables = engine.dialect.name == "sqlite"
    if makes_tables:
        _upgrade_if_there(engine)
    return SqlStore(engine, monotonic=time.monotonic, makes_tables=makes_tables)


def open_upkeep(settings: Settings) -> Upkeep:
    """What cleans up in the database of these settings. Raises SettingsError where there is no driver for it."""
    return Upkeep(Database(make_engine(settings.database_url), monotonic=time.monotonic))


def keeping_of(settings: Settings) -> Keeping:
    """How long these settings keep things."""
    return Keeping(results=settings.retention_days, events=settings.days_of_audit)


def upgrade_store(settings: Settings) -> str:
    """Bring the database to the newest schema, and give its name. Raises ConnectionError where it can't be reached."""
    engine = make_engine(settings.database_url)
    try:
        return upgrade(engine)
    except (SQLAlchemyError, OSError) as fault:
        raise ConnectionError(f"the database can't be reached or changed ({type(fault).__name__})") from None
    finally:
        engine.dispose()


def _upgrade_if_there(engine: Engine) -> None:
    try:
        upgrade(engine)
    except (SQLAlchemyError, OSError) as fault:
        fields = {"event": "the store can't be opened: the service runs without it", "error": type(fault).__name__}
        _LOG.error("", extra={"fields": fields})
    finally:
        engine.dispose()
