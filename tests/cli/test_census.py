"""`needlewise census`: the codes that no list holds, ranked, with what they look like, and nobody's name."""

import csv
from functools import cache
from io import StringIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.knowledge.code_sets import load_lists
from service.settings import Settings
from service.store import open_store
from tests.cli.conftest import Run
from tests.vignettes.runner import knowledge, packs
from tests.web.charts import SCREEN, bundle, patient

MARK = "zyxwvu"
SNOMED = "http://snomed.info/sct"


LISTS = cache(load_lists)


def client(database: str) -> FlaskClient:
    settings = Settings(database_url=database)
    return create_app(settings, knowledge(), packs(), store=open_store(settings)).test_client()


def problem(system: str, code: str, display: str = "") -> dict[str, object]:
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {
        "resourceType": "Condition",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"coding": [coding]},
        "subject": {"reference": f"Patient/{MARK}"},
    }


@pytest.fixture(autouse=True)
def lists_are_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.cli.census.load_lists", LISTS)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path}/store.db"
    monkeypatch.setenv("NEEDLEWISE_DATABASE_URL", url)
    return url


def test_codes_are_ranked_with_what_they_look_like(database: str, run: Run) -> None:
    door = client(database)
    rare = problem(SNOMED, "999000111101", "Torsion of gallbladder")
    often = problem("http://hl7.org/fhir/sid/icd-10", "L00.1")
    for chart in (bundle(patient(MARK), rare, often), bundle(patient(MARK), often)):
        assert door.post(SCREEN, json=chart).status_code == 200
    ran = run("census", "--format", "csv")
    assert ran.status == 0
    rows = list(csv.DictReader(StringIO(ran.out)))
    assert [(row["count"], row["code"]) for row in rows] == [("2", "L00.1"), ("1", "999000111101")]
    assert "skin-infection" in rows[0]["looks_like"]
    assert rows[1]["display"] == "Torsion of gallbladder"
    assert MARK not in ran.out


def test_the_table_is_for_reading(database: str, run: Run) -> None:
    client(database).post(SCREEN, json=bundle(patient(MARK), problem(SNOMED, "999000111101")))
    ran = run("census")
    assert ran.status == 0
    head, row = ran.out.splitlines()
    assert head.split() == ["count", "system", "code", "display", "first", "seen", "last", "seen", "looks", "like"]
    assert row.split()[:3] == ["1", "snomed", "999000111101"]


def test_no_more_than_asked_for(database: str, run: Run) -> None:
    entries = [problem(SNOMED, f"99900011110{number}") for number in range(5)]
    client(database).post(SCREEN, json=bundle(patient(MARK), *entries))
    assert len(run("census", "--most", "2").out.splitlines()) == 3
    assert run("census", "--most", "0").status == 2


def test_nothing_came_yet(database: str, run: Run) -> None:
    assert database
    assert run("census").out == "No code has come that no list holds.\n"


def test_without_a_store_there_is_no_census(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDLEWISE_DATABASE_URL", "none")
    ran = run("census")
    assert (ran.status, ran.out) == (2, "")
    assert "NEEDLEWISE_DATABASE_URL is none" in ran.err


def test_a_store_that_is_away_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDLEWISE_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nix")
    ran = run("census")
    assert (ran.status, ran.out) == (1, "")
    assert "can't be reached" in ran.err
