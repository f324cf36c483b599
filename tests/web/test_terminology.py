"""A service with a TERMINOLOGY_URL: codes that no list holds are recognised through the server, and it says so."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.settings import Settings
from service.store import open_store
from tests.cds.calls import found, has, order, sign, whole
from tests.terminology.server import SNOMED, terminology_server
from tests.vignettes.runner import knowledge, packs
from tests.web.charts import AS_OF, SCREEN, bundle, headline, patient, rules, taking

UNLISTED = "900000000000000001"  # stands in for a descendant that no list holds
HIV = "86406008"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def asking(url: str = "", store: Path | None = None, **more: Any) -> FlaskClient:
    database = f"sqlite:///{store}" if store else "none"
    settings = Settings(terminology_url=url, database_url=database, **more)
    return create_app(settings, knowledge(), packs(), store=open_store(settings)).test_client()


def problem(code: str = UNLISTED, words: str = "Some finding", **more: Any) -> dict[str, Any]:
    coding = {"system": SNOMED, "code": code, **({"display": words} if words else {})}
    return {**has(""), "id": "problem", "code": {"coding": [coding]}, **more}


def medicine(code: str, display: str = "") -> dict[str, Any]:
    coding = {"system": RXNORM, "code": code, **({"display": display} if display else {})}
    return {**taking(""), "medicationCodeableConcept": {"coding": [coding]}}


def screened(client: FlaskClient, *entries: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(f"{SCREEN}?{AS_OF}&target=left calf", data=orjson.dumps(bundle(patient(), *entries)))
    assert answer.status_code == 200
    assert answer.json is not None
    return answer.json  # type: ignore[no-any-return]


def notes(result: dict[str, Any]) -> str:
    return " ".join(note["text"] for note in result["note"])


def certainty(result: dict[str, Any]) -> set[str]:
    return {
        extension["valueCode"]
        for prediction in result["prediction"]
        for extension in prediction["extension"]
        if extension["url"].endswith("/certainty")
    }


def test_the_code_is_on_no_list() -> None:
    assert not knowledge().conditions.listed("snomed").get(UNLISTED)
    assert "hiv" not in rules(screened(asking(), problem()))


def test_a_problem_is_recognised_by_what_it_is_a_kind_of_and_the_result_says_how() -> None:
    with terminology_server({UNLISTED: (HIV,)}) as server:
        result = screened(asking(server.url), problem())
    assert headline(result) == "contraindicated"
    assert "hiv" in rules(result)
    assert "coded" in certainty(result)
    assert 'through the terminology server, and on none of the lists here: "Some finding" as' in notes(result)


def test_a_status_counts_as_it_does_for_a_listed_code() -> None:
    refuted = {"coding": [{"code": "refuted"}]}
    with terminology_server({UNLISTED: (HIV,)}) as server:
        result = screened(asking(server.url), problem(verificationStatus=refuted))
    assert "hiv" not in rules(result)


def test_words_that_say_something_else_than_the_code_are_asked_about() -> None:
    with terminology_server({UNLISTED: (HIV,)}) as server:
        result = screened(asking(server.url), problem(words="Family history of HIV"))
    assert headline(result) == "insufficient-data"


def test_a_medicine_without_words_is_recognised_by_its_name_at_the_server() -> None:
    with terminology_server({}, {"9990001": "apixaban 5 MG Oral Tablet [Eliquis]"}) as server:
        result = screened(asking(server.url), problem(words="Low back pain"), medicine("9990001"))
    assert "blood-thinner" in rules(result)


def test_the_answer_outlives_the_server(tmp_path: Path) -> None:
    kept = tmp_path / "store.db"
    with terminology_server({UNLISTED: (HIV,)}) as server:
        first = screened(asking(server.url, kept), problem())
    again = screened(asking(server.url, kept), problem())
    assert rules(again) == rules(first)
    assert "hiv" in rules(again)


@pytest.mark.parametrize("status", [404, 422, 500])
def test_a_server_that_is_no_use_changes_nothing(status: int) -> None:
    without = screened(asking(), problem())
    with terminology_server({UNLISTED: (HIV,)}) as server:
        server.status = status
        result = screened(asking(server.url), problem())
    for each in (without, result):
        del each["identifier"], each["text"]
    assert result == without


def test_one_code_for_a_problem_and_a_medicine_is_asked_about_as_both() -> None:
    both = {"system": SNOMED, "code": UNLISTED, "display": "Some product"}
    named = {**taking(""), "medicationCodeableConcept": {"coding": [both]}}
    with terminology_server({UNLISTED: (HIV,)}, {UNLISTED: "apixaban 5 mg tablet"}) as server:
        result = screened(asking(server.url), problem(), named)
    assert {"hiv", "blood-thinner"} <= rules(result)


def test_what_is_listed_is_never_asked_about() -> None:
    with terminology_server({}) as server:
        screened(asking(server.url), problem(HIV, "HIV"), medicine("1364430", "apixaban"))
        assert server.seen == []


def test_a_card_knows_it_too() -> None:
    prefetch = {**whole(), "conditions": found(problem())}
    with terminology_server({UNLISTED: (HIV,)}) as server:
        answer = asking(server.url).post("/cds-services/dry-needling-order-sign", json=sign(order(), prefetch=prefetch))
    assert answer.json is not None
    (card,) = answer.json["cards"]
    assert card["indicator"] == "critical"


def test_a_confidential_entry_is_not_named_by_what_the_server_says() -> None:
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
    with terminology_server({UNLISTED: (HIV,)}) as server:
        client = asking(server.url, hide_restricted=True)
        result = screened(client, problem(meta={"security": [label]}))
    assert headline(result) == "contraindicated"
    assert "human immunodeficiency" not in orjson.dumps(result).decode().lower()
    assert "hiv" not in orjson.dumps(result).decode().lower()
