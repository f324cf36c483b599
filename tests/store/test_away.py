"""A store that is away fails no call, says so once, and is not asked again and again; when it is back, it remembers."""

import logging
import os
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from service.cli import main
from service.settings import Settings, SettingsError
from service.store import NoStore, Store, open_store, schema
from service.store.engine import make_engine
from service.store.sql_store import SqlStore
from service.store.upgrade import newest_step, upgrade
from service.web.logs import JsonLines
from tests.store.entries import DAY, NOW, Clock, card, overridden


def nothing_fails(store: Store) -> None:
    assert store.remember_cards([card()], now=NOW) is False
    assert store.keep_feedback([overridden(comment="a comment")], now=NOW) is False
    assert store.acknowledged(card(), since=NOW - DAY) is False
    assert store.seen("i", "1", until=NOW, now=NOW) is None


@pytest.fixture
def away(tmp_path: Path, clock: Clock) -> SqlStore:
    (tmp_path / "file").write_text("not a folder")
    engine = make_engine(f"sqlite:///{tmp_path}/file/store.db")
    return SqlStore(engine, monotonic=clock.monotonic, makes_tables=True)


def test_no_call_fails_and_the_log_holds_nothing_of_it(away: SqlStore, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.handler.setFormatter(JsonLines())
    nothing_fails(away)
    assert away.failures == 4
    assert len(caplog.records) == 1  # then it rests
    assert "nothing is remembered" in caplog.text
    for word in ("joe", "calf", "comment", "store.db"):
        assert word not in caplog.text
    assert away.problem() == "can't be reached"


def test_a_store_that_is_back_remembers(away: SqlStore, tmp_path: Path, clock: Clock) -> None:
    nothing_fails(away)
    (tmp_path / "file").unlink()
    assert not away.remember_cards([card()], now=NOW)
    clock.seconds += 5
    assert away.remember_cards([card()], now=NOW)
    assert away.problem() is None
    away._database.engine.dispose()


def test_a_file_that_is_no_database_is_away(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_text("no database at all" * 100)
    store = open_store(Settings(database_url=f"sqlite:///{tmp_path}/store.db"))
    assert store.problem() == "can't be reached"
    nothing_fails(store)


def test_without_a_database_nothing_is_remembered_and_nothing_is_wrong() -> None:
    store = open_store(Settings(database_url="none"))
    assert isinstance(store, NoStore)
    nothing_fails(store)
    assert store.problem() is None
    assert store.failures == 0


def test_tables_of_another_version_are_named(tmp_path: Path, clock: Clock) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/store.db")
    problem = SqlStore(engine, monotonic=clock.monotonic).problem()
    assert problem is not None
    assert "needlewise db upgrade" in problem
    engine.dispose()


def test_the_steps_lead_to_the_schema(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/store.db")
    assert upgrade(engine) == newest_step()
    assert upgrade(engine) == newest_step()  # again: nothing is left to do
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()


def test_a_child_process_has_connections_of_its_own(store: SqlStore) -> None:
    assert store.remember_cards([card()], now=NOW)
    child = os.fork()
    if not child:
        os._exit(0 if store.keep_feedback([overridden()], now=NOW) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert store.acknowledged(card("card-2"), since=NOW - DAY)


def test_the_command_makes_the_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], clock: Clock
) -> None:
    url = f"sqlite:///{tmp_path}/new/store.db"
    monkeypatch.setenv("NEEDLEWISE_DATABASE_URL", url)
    assert main(["db", "upgrade"]) == 0
    assert capsys.readouterr().out == f"the database is at step {newest_step()}\n"
    engine = make_engine(url)
    assert SqlStore(engine, monotonic=clock.monotonic).problem() is None
    engine.dispose()


@pytest.mark.parametrize(("url", "says"), [("none", "there is no database"), ("sqlite:////proc/no/a.db", "reached")])
def test_the_command_says_why_it_can_t(
    url: str, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NEEDLEWISE_DATABASE_URL", url)
    assert main(["db", "upgrade"]) == 2
    assert says in capsys.readouterr().err


def test_without_the_driver_postgresql_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.store.engine.find_spec", lambda _: None)
    with pytest.raises(SettingsError, match=r"install needlewise\[postgresql\]"):
        open_store(Settings(database_url="postgresql+psycopg://needle:secret@db/needle"))
