"""PostgreSQL stops, hangs, is locked or full: screening goes on, and what was acknowledged is there."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
import requests

from service.cli import main
from service.settings import Settings
from service.store import Keeping, open_store, open_upkeep, upgrade_store
from tests.faults.postgres import Postgres
from tests.faults.senders import Senders, is_stored, screen, stored_again
from tests.web.charts import bundle, patient
from tests.web.serving import Served, serving
from tests.web.stored import application, screened

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
        with ThreadPoolExecutor(8) as pool:
            urls = [server.url, second.url] * 6
            same = set(pool.map(lambda url: screen(url, Idempotency_Key="one order").content, urls))
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


def test_all_that_sqlite_does_it_does(postgres: Postgres, tmp_path: Path) -> None:
    """Codes are counted, results searched and paged, events read, cards and feedback kept, old things deleted."""
    found = postgres.make(f"other_{uuid4().hex}")
    settings = Settings(database_url=found)
    upgrade_store(settings)
    client = application(tmp_path, database_url=found)
    code = {"coding": [{"system": "https://codes.example.org", "code": "77.1"}]}
    unheard = {"resourceType": "Condition", "subject": {"reference": "Patient/joe"}, "code": code}
    for day in (1, 2, 3):
        assert "Location" in screened(client, bundle(patient(), unheard), f"as-of=2026-03-0{day}").headers
    (counted,) = open_store(settings).tallies.unmatched_codes(most=5)
    assert (counted.code, counted.count) == ("77.1", 3)
    query, seen = "patient=joe&date=ge2026-03-02&method=default&risk=insufficient-data&_sort=date&_count=1", []
    while query:
        page = client.get(f"/fhir/RiskAssessment?{query}").json
        assert page is not None
        assert page["total"] == 2
        seen += [each["resource"]["occurrenceDateTime"] for each in page["entry"]]
        links = {link["relation"]: link["url"] for link in page["link"]}
        query = links.get("next", "").rpartition("?")[2]
    assert seen == ["2026-03-02", "2026-03-03"]
    assert client.get("/fhir/AuditEvent?patient=joe&_count=2").json["total"] == 5  # type: ignore[index]
    for name in ("_id", "identifier", "patient", "method", "risk", "headline"):
        assert client.get(f"/fhir/RiskAssessment?{name}=a%00b").json["total"] == 0  # type: ignore[index]
    upkeep = open_upkeep(settings)
    everything = Keeping(results=0, events=0)
    purged = upkeep.purge_as_one(everything, now=datetime.now(UTC) + timedelta(days=2))  # noqa: TID251 - a test's clock
    assert purged is not None
    assert (purged.results, purged.events) == (3, 12)
    assert client.get("/fhir/RiskAssessment").json["total"] == 0  # type: ignore[index]
