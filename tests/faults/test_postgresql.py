"""PostgreSQL stops, hangs, is locked or full: screening goes on, and what was acknowledged is there."""

import time
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
import requests

from service.cli import main
from service.settings import Settings
from service.store import open_store
from tests.faults.postgres import Postgres
from tests.faults.senders import Senders, is_stored, screen, stored_again
from tests.web.serving import Served, serving

READY = "/health/ready"
QUICK_S = 15  # a hang would last until the sender gives up


def screens_without(server: Served) -> None:
    """It still answers, soon, and says that nothing was stored; what needs the store says when to try again."""
    began = time.monotonic()
    answer = screen(server.url)
    assert not is_stored(answer)
    assert "not stored" in answer.headers["Warning"]
    assert "id" not in answer.json()
    read = requests.get(f"{server.url}/fhir/RiskAssessment", timeout=30)
    assert (read.status_code, read.headers["Retry-After"]) == (503, "5")
    assert time.monotonic() - began < QUICK_S


def test_it_stops_and_comes_back(server: Served, postgres: Postgres) -> None:
    assert stored_again(server.url)
    before = screen(server.url)
    assert is_stored(before)
    with postgres.stopped():
        screens_without(server)
        assert requests.get(f"{server.url}{READY}", timeout=30).json()["store"]["status"] == "failed"
    assert stored_again(server.url)
    assert requests.get(before.headers["Location"], timeout=30).content == before.content
    assert requests.get(f"{server.url}{READY}", timeout=30).json()["store"]["status"] == "ok"


def test_it_hangs(server: Served, postgres: Postgres) -> None:
    assert stored_again(server.url)
    with postgres.frozen():
        screens_without(server)
    assert stored_again(server.url)


def test_its_tables_are_locked(server: Served, postgres: Postgres) -> None:
    assert stored_again(server.url)
    with postgres.connect("needlewise") as connection, connection.transaction():
        connection.execute("LOCK TABLE screenings IN ACCESS EXCLUSIVE MODE")
        screens_without(server)
    assert stored_again(server.url)


def test_its_disk_is_full(server: Served, postgres: Postgres) -> None:
    """The server says so itself, by its own code for it."""
    assert stored_again(server.url)
    with postgres.connect("needlewise") as connection:
        connection.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = 'disk_full'; END $$"
        )
        connection.execute("CREATE TRIGGER full_disk BEFORE INSERT ON screenings EXECUTE FUNCTION full_disk()")
        answer = screen(server.url)
        connection.execute("DROP TRIGGER full_disk ON screenings")
        connection.execute("DROP FUNCTION full_disk")
    assert not is_stored(answer)
    assert stored_again(server.url)


def test_one_of_two_servers_is_killed_and_every_acknowledged_result_is_there(
    server: Served, url: str, tmp_path: Path
) -> None:
    assert stored_again(server.url)
    with serving(tmp_path / "second.log", DATABASE_URL=url, WORKERS="1", CANARY_MINUTES="0") as second:
        same = {screen(each.url, Idempotency_Key="one order").content for each in (server, second, server)}
        assert len(same) == 1
        senders = Senders(6, server, second)
        with senders.sending():
            senders.wait_for(60)
            for process in (*psutil.Process(second.process.pid).children(recursive=True), second.process):
                process.kill()
            senders.wait_for(30)  # the other serves on
    assert senders.not_stored == 0
    for id_, sent in senders.acknowledged.items():
        read = requests.get(f"{server.url}/fhir/RiskAssessment/{id_}", timeout=30)
        assert (read.status_code, read.content) == (200, sent)


def test_tables_that_are_not_there_are_told_and_made_by_command(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = postgres.make(f"new_{uuid4().hex}")
    store = open_store(Settings(database_url=found))
    assert "needlewise db upgrade" in (store.problem() or "")
    monkeypatch.setenv("NEEDLEWISE_DATABASE_URL", found)
    assert main(["db", "upgrade"]) == 0
    assert "is at step" in capsys.readouterr().out
    assert store.problem() is None
    assert main(["db", "purge"]) == 0
