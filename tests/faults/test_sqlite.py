"""SQLite under many writers, killed under load, and without room: what was acknowledged is there."""

import sqlite3
from pathlib import Path

import psutil

from tests.faults.senders import Senders, is_stored, screen
from tests.web.serving import serving


def results(path: Path) -> dict[str, bytes]:
    """Every result in a database, as it was sent."""
    with sqlite3.connect(path) as connection:
        found = {id_: resource.encode() for id_, resource in connection.execute("SELECT id, resource FROM screenings")}
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (events,) = connection.execute("SELECT count(*) FROM audit WHERE kind = 'screening'").fetchone()
    assert events == len(found)  # with each its event
    return found


def test_eight_writers_at_once_and_then_the_server_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    url = f"sqlite:///{path}"
    with serving(tmp_path / "output.log", DATABASE_URL=url, WORKERS="4", CANARY_MINUTES="0") as served:
        senders = Senders(8, served)
        with senders.sending():
            senders.wait_for(200)
            for process in (*psutil.Process(served.process.pid).children(recursive=True), served.process):
                process.kill()
    assert senders.not_stored == 0
    found = results(path)
    assert {id_: found.get(id_) for id_ in senders.acknowledged} == senders.acknowledged


def test_a_full_disk_costs_no_screening_and_no_result(tmp_path: Path) -> None:
    """No file of this server may grow beyond what a few results need."""
    path = tmp_path / "store.db"
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))"
    acknowledged = {}
    with serving(
        tmp_path / "output.log", start=limit, DATABASE_URL=f"sqlite:///{path}", WORKERS="1", CANARY_MINUTES="0"
    ) as served:
        for _ in range(60):
            answer = screen(served.url)
            if not is_stored(answer):
                break
            acknowledged[answer.json()["id"]] = answer.content
        else:
            raise AssertionError("the disk was never full")
        assert "not stored" in answer.headers["Warning"]
        assert acknowledged
    assert results(path) == acknowledged
