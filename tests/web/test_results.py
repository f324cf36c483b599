"""Results are stored as they were sent, and read by id."""

from pathlib import Path

import orjson
import pytest
from flask.testing import FlaskClient

from tests.web.charts import FHIR_JSON, bundle, chart, patient, taking
from tests.web.conftest import PUBLIC_URL
from tests.web.stored import application, rows, screened

R5 = f"{FHIR_JSON}; fhirVersion=5.0"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return application(tmp_path)


def test_a_stored_result_is_read_as_it_was_sent(client: FlaskClient) -> None:
    sent = screened(client)
    assert sent.status_code == 200
    location = sent.headers["Location"]
    assert sent.json is not None
    assert location == f"{PUBLIC_URL}/fhir/RiskAssessment/{sent.json['id']}"
    read = client.get(location.removeprefix(PUBLIC_URL))
    assert (read.status_code, read.data) == (200, sent.data)
    assert read.headers["Content-Type"] == sent.headers["Content-Type"]


def test_a_result_is_read_in_its_own_version_only(client: FlaskClient) -> None:
    path = f"/fhir/RiskAssessment/{screened(client, Accept=R5).json['id']}"  # type: ignore[index]
    assert client.get(path).headers["Content-Type"].startswith(R5)
    assert client.get(path, headers={"Accept": R5}).status_code == 200
    other = client.get(path, headers={"Accept": f"{FHIR_JSON}; fhirVersion=4.0"})
    assert other.status_code == 406
    assert "5.0" in other.json["issue"][0]["diagnostics"]  # type: ignore[index]


@pytest.mark.parametrize("id_", ["unheard-of", "9" * 200, "a b", "%00"])
def test_an_unknown_id_is_not_found(client: FlaskClient, id_: str) -> None:
    answer = client.get(f"/fhir/RiskAssessment/{id_}")
    assert (answer.status_code, answer.json["issue"][0]["code"]) == (404, "not-found")  # type: ignore[index]


def test_a_result_need_not_be_read_twice(client: FlaskClient) -> None:
    path = f"/fhir/RiskAssessment/{screened(client).json['id']}"  # type: ignore[index]
    first = client.get(path)
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_what_was_found_is_stored_in_codes(client: FlaskClient, tmp_path: Path) -> None:
    answer = screened(client).json
    assert answer is not None
    (screening,) = rows(tmp_path, "screenings")
    assert screening["headline"] == "insufficient-data"
    assert (screening["subject"], screening["patient"]) == ("Patient/joe", "joe")
    assert screening["input"] is None
    found = {(row["kind"], row["rule"], row["risk"]) for row in rows(tmp_path, "outcomes")}
    assert {("headline", None, "insufficient-data"), ("finding", "blood-thinner", "precaution")} <= found
    assert len(rows(tmp_path, "outcomes")) == len(answer["prediction"])
    assert [row["pack"] for row in rows(tmp_path, "screening_packs")] == ["default"]


def test_charts_are_kept_where_the_setting_says_so_and_no_label_forbids_it(tmp_path: Path) -> None:
    client = application(tmp_path, keep_inputs=True)
    screened(client)
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "DELAU"}
    screened(client, bundle(patient(), {"resourceType": "Basic", "meta": {"security": [label]}}))
    assert [row["input"] is not None for row in rows(tmp_path, "screenings")] == [True, False]


def test_a_result_that_is_to_be_deleted_after_use_is_not_stored(client: FlaskClient, tmp_path: Path) -> None:
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "DELAU"}
    answer = screened(client, bundle(patient(), taking() | {"meta": {"security": [label]}}))
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    assert "not stored" in answer.headers["Warning"]
    assert "id" not in orjson.loads(answer.data)
    assert rows(tmp_path, "screenings") == []


def test_a_code_of_no_list_is_counted_without_who_had_it(client: FlaskClient, tmp_path: Path) -> None:
    local = {"system": "https://codes.example.org/local", "code": "77.1", "display": "Joe Bloggs' own word"}
    snomed = {"system": "http://snomed.info/sct", "code": "999999990989121104", "display": "A new concept"}
    unheard = {
        "resourceType": "Condition",
        "subject": {"reference": "Patient/joe"},
        "code": {"coding": [local, snomed]},
    }
    for _ in range(2):
        screened(client, bundle(patient(), unheard))
    counted = {(row["system"], row["code"], row["display"], row["count"]) for row in rows(tmp_path, "unmatched_codes")}
    assert counted == {
        ("https://codes.example.org/local", "77.1", "", 2),
        ("snomed", "999999990989121104", "A new concept", 2),
    }


def test_without_a_database_there_is_none(tmp_path: Path) -> None:
    client = application(tmp_path, database_url="none")
    answer = screened(client)
    assert answer.status_code == 200
    assert not {"Location", "Warning"} & set(answer.headers.keys())
    assert client.get("/fhir/RiskAssessment/1").status_code == 404


def test_a_database_that_is_away_costs_no_screening(tmp_path: Path) -> None:
    (tmp_path / "store.db").mkdir()
    client = application(tmp_path)
    answer = screened(client, chart())
    assert answer.status_code == 200
    assert "id" not in orjson.loads(answer.data)
    assert answer.headers["Warning"] == '299 needlewise "the result was not stored"'
    read = client.get("/fhir/RiskAssessment/1")
    assert (read.status_code, read.headers["Retry-After"]) == (503, "5")
    assert read.json["issue"][0]["code"] == "transient"  # type: ignore[index]
