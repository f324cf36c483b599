"""What is too old goes, one patient's results can be taken along or deleted, and one replica at a time does it."""

from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from service.cli import main
from service.store import Keeping, Key, Upkeep, Who, schema
from service.store.database import Database
from service.store.engine import make_engine
from service.store.sql_store import SqlStore
from service.store.upgrade import upgrade
from service.web.caretaker import Caretaker
from tests.store.entries import DAY, NOW, Clock, card, event, overridden, result
from tests.store.test_sql_store import rows

MONTH = Keeping(results=30, events=365)


def fill(store: SqlStore) -> None:
    """One of each, two months ago and today."""
    for name, when in (("old", NOW - 60 * DAY), ("new", NOW)):
        kept = store.results.keep(result(name, made=when), who=Who(), event=event(), key=Key(name, "f"))
        assert kept is not None
        store.remember_cards([card(name)], now=when)
        store.keep_feedback([overridden(name)], now=when)


def test_what_is_too_old_goes_and_the_trail_has_a_time_of_its_own(store: SqlStore) -> None:
    fill(store)
    done = Upkeep(store._database).purge(MONTH, now=NOW)
    assert done == (1, 0, 1, 1, 1)
    assert [row["id"] for row in rows(store, schema.screenings)] == ["new"]
    assert {row["screening"] for row in rows(store, schema.outcomes)} == {"new"}
    assert len(rows(store, schema.audit)) == 2
    assert Upkeep(store._database).purge(Keeping(results=30, events=30), now=NOW) == (0, 1, 0, 0, 0)


def test_one_replica_at_a_time_purges_and_one_that_died_is_not_waited_for_for_ever(store: SqlStore) -> None:
    fill(store)
    one, two = Upkeep(store._database), Upkeep(store._database)
    assert store._database.require(lambda connection: one._lease(connection, NOW))  # and dies
    assert two.purge_as_one(MONTH, now=NOW) is None
    assert two.purge_as_one(MONTH, now=NOW + timedelta(minutes=11)) is not None
    assert one.purge_as_one(MONTH, now=NOW + timedelta(minutes=12)) is not None  # it was given back


def test_the_caretaker_outlives_a_database_that_is_away(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "store.db").mkdir()
    engine = make_engine(f"sqlite:///{tmp_path}/store.db")
    caretaker = Caretaker(Upkeep(Database(engine, monotonic=clock.monotonic)), MONTH)
    caretaker.purge()
    (tmp_path / "store.db").rmdir()
    upgrade(engine)
    clock.seconds += 5
    store = SqlStore(engine, monotonic=clock.monotonic)
    fill(store)
    caretaker.purge()
    assert rows(store, schema.screenings) == []  # NOW is long ago
    engine.dispose()


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> SqlStore:
    url = f"sqlite:///{tmp_path}/store.db"
    monkeypatch.setenv("NEEDLEWISE_DATABASE_URL", url)
    engine = make_engine(url)
    upgrade(engine)
    return SqlStore(engine, monotonic=clock.monotonic)


def test_the_commands_export_erase_and_purge(database: SqlStore, capsys: pytest.CaptureFixture[str]) -> None:
    fill(database)
    database.results.keep(result("ann", subject="Patient/ann"), who=Who(), event=event(), key=None)
    assert main(["db", "export", "Patient/joe"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [orjson.loads(line)["id"] for line in printed] == ["old", "new"]
    assert main(["db", "erase", "joe"]) == 0
    assert capsys.readouterr().out.startswith("deleted 2 results")
    assert [row["id"] for row in rows(database, schema.screenings)] == ["ann"]
    assert rows(database, schema.audit)[-1]["kind"] == "erasure"
    assert main(["db", "purge"]) == 0
    assert capsys.readouterr().out.startswith("deleted 1 results, 3 audit events")
    database._database.engine.dispose()


def test_a_database_without_tables_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NEEDLEWISE_DATABASE_URL", f"sqlite:///{tmp_path}/store.db")
    assert main(["db", "purge"]) == 2
    assert "needlewise db upgrade" in capsys.readouterr().err
