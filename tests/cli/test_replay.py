"""`needlewise replay ID`: the same chart gives the same result; what differs is told, with why."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.app import create_app
from service.core.screening import Category
from service.knowledge.load import load_knowledge
from service.knowledge.packs import load_packs
from service.knowledge.tables import mappings_folder
from service.settings import Settings
from service.store import open_store
from tests.cds.calls import order, sign, taking, whole
from tests.cli.conftest import Run
from tests.vignettes.runner import knowledge, packs
from tests.web.charts import AS_OF, FHIR_JSON, SCREEN, chart

CALL = sign(order(), prefetch=whole(medicines=(taking(),)))
BODY = orjson.dumps(chart())
SIGN = "/cds-services/dry-needling-order-sign"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path}/store.db"
    monkeypatch.setenv("NEEDLEWISE_DATABASE_URL", url)
    return url


def ask(database: str, path: str = f"{SCREEN}?{AS_OF}&target=left%20calf", body: bytes = BODY, **other: Any) -> str:
    """Screen a chart, and give the id of the stored result."""
    settings = Settings(database_url=database, **{"keep_inputs": True} | other)
    client = create_app(settings, knowledge(), packs(), store=open_store(settings)).test_client()
    media = "application/json" if path == SIGN else FHIR_JSON
    answer = client.post(path, data=body, content_type=media)
    assert answer.status_code == 200
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as stored:
        ((id_,),) = stored.execute("SELECT id FROM screenings").fetchall()
    return str(id_)


def test_the_same_chart_gives_the_same_result(database: str, run: Run) -> None:
    ran = run("replay", ask(database))
    assert (ran.status, ran.out.splitlines()[-1]) == (0, "the same result")


def test_an_address_is_as_good_as_an_id(database: str, run: Run) -> None:
    assert run("replay", f"https://needle.example.org/fhir/RiskAssessment/{ask(database)}").status == 0


def test_the_moment_is_that_of_the_result(database: str, run: Run) -> None:
    assert run("replay", ask(database, f"{SCREEN}?target=left%20calf")).status == 0


def test_the_packs_are_those_of_the_result(database: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = ask(database)
    monkeypatch.setenv("NEEDLEWISE_PACKS", "standard-precautions")
    assert run("replay", id_).status == 0


def test_without_the_chart_the_file_that_was_sent_is_checked_and_screened(
    database: str, run: Run, tmp_path: Path
) -> None:
    id_ = ask(database, keep_inputs=False)
    ran = run("replay", id_)
    assert ran.status == 3
    assert "was not kept" in ran.out
    (tmp_path / "sent.json").write_bytes(BODY)
    assert run("replay", id_, str(tmp_path / "sent.json")).status == 0
    (tmp_path / "sent.json").write_bytes(BODY + b"\n")
    ran = run("replay", id_, str(tmp_path / "sent.json"))
    assert ran.status == 1
    assert "is not what it was made from" in ran.out


def test_what_differs_is_told_with_why(database: str, run: Run, tmp_path: Path) -> None:
    id_ = ask(database)
    other = tmp_path / "mappings"
    other.mkdir()
    for each in mappings_folder().iterdir():
        if each.name != "packs":
            (other / each.name).symlink_to(each)
    (other / "packs").mkdir()
    for each in (mappings_folder() / "packs").glob("*.yaml"):
        text = each.read_text()
        if each.name == "default.yaml":
            text = text.replace("version: 1.0.0", "version: 9.0.0", 1).replace(
                "rule: blood-thinner\n    title: Blood thinner\n    category: precaution",
                "rule: blood-thinner\n    title: Blood thinner\n    category: contraindicated",
            )
        (other / "packs" / each.name).write_text(text)
    # The real loader, for a folder that is not the shipped one.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.cli.loading.load_knowledge", load_knowledge)
        patch.setattr("service.cli.loading.load_packs", load_packs)
        ran = run("replay", id_, "--mappings", str(other))
    assert ran.status == 1, ran.out + ran.err
    assert "finding blood-thinner: precaution → contraindicated" in ran.out
    assert "rule pack default was 1.0.0, and is 9.0.0 here" in ran.out
    assert Category.PRECAUTION.code in ran.out


def test_a_call_at_order_entry_is_screened_from_its_prefetch(database: str, run: Run) -> None:
    id_ = ask(database, SIGN, orjson.dumps(CALL))
    assert run("replay", id_).status == 0


def test_a_call_with_a_token_is_not_kept(database: str, run: Run) -> None:
    with_token = CALL | {
        "fhirServer": "https://ehr.example.org/fhir",
        "fhirAuthorization": {
            "access_token": "secret-token",
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "patient/*.read",
            "subject": "needlewise",
        },
    }
    id_ = ask(database, SIGN, orjson.dumps(with_token))
    assert run("replay", id_).status == 3
    stored = Path(database.removeprefix("sqlite:///"))
    for each in stored.parent.glob(f"{stored.name}*"):
        assert b"secret-token" not in each.read_bytes()


@pytest.mark.parametrize("id_", ["nix", "00000000-0000-4000-8000-000000000000"])
def test_an_unknown_result_is_told(database: str, run: Run, id_: str) -> None:
    assert database
    ran = run("replay", id_)
    assert (ran.status, ran.out) == (2, "")
    assert "no result with this id is stored" in ran.err
