"""Many charts in one request: each is answered in its place."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.fhir.versions import FhirVersion
from tests.fhir.strict import faults
from tests.web.charts import AS_OF, FHIR_JSON, bundle, chart, headline, parameters, patient, taking_r5
from tests.web.conftest import PUBLIC_URL
from tests.web.stored import application, rows

OPERATION = "RiskAssessment/$screen"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return application(tmp_path)


def entry(resource: Any = None, url: str = f"{OPERATION}?{AS_OF}", method: str = "POST") -> dict[str, Any]:
    asked = {"request": {"method": method, "url": url}}
    return asked if resource is None else asked | {"resource": resource}


def send(client: FlaskClient, *entries: Any, type_: str = "batch", **headers: str) -> TestResponse:
    body = orjson.dumps({"resourceType": "Bundle", "type": type_, "entry": list(entries)})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/fhir", data=body, headers={"Content-Type": FHIR_JSON} | named)


def answered(client: FlaskClient, *entries: Any, **headers: str) -> list[dict[str, Any]]:
    answer = send(client, *entries, **headers)
    assert answer.status_code == 200, answer.data
    assert answer.json is not None
    assert answer.json["type"] == "batch-response"
    found: list[dict[str, Any]] = answer.json["entry"]
    assert len(found) == len(entries)
    return found


def test_each_chart_is_screened(client: FlaskClient, tmp_path: Path) -> None:
    asked = parameters({"name": "chart", "resource": chart()}, {"name": "as-of", "valueDateTime": "2026-03-02"})
    one, two = answered(client, entry(chart()), entry(asked, OPERATION))
    for each in (one, two):
        assert each["response"]["status"] == "200 OK"
        assert headline(each["resource"]) == "insufficient-data"
        assert each["fullUrl"] == each["response"]["location"]
        assert client.get(each["fullUrl"].removeprefix(PUBLIC_URL)).json == each["resource"]
    assert [row["door"] for row in rows(tmp_path, "screenings")] == ["batch", "batch"]


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        (entry(bundle()), "422", "required"),
        (entry(chart(), f"{OPERATION}?as-of=soon"), "400", "value"),
        (entry(chart(), f"{OPERATION}?pack=other"), "400", "not-found"),
        (entry(), "400", "required"),
        (entry(chart(), "Patient/1"), "404", "not-found"),
        (entry(chart(), method="GET"), "405", "not-supported"),
        (entry(patient()), "422", "invalid"),
        ({"resource": chart()}, "400", "required"),
        ("no entry", "400", "required"),
        (entry([]), "422", "invalid"),
    ],
)
def test_one_entry_s_failure_leaves_the_others_alone(
    client: FlaskClient, tmp_path: Path, wrong: Any, status: str, code: str
) -> None:
    first, failed, last = answered(client, entry(chart()), wrong, entry(chart()))
    assert first["response"]["status"] == last["response"]["status"] == "200 OK"
    assert failed["response"]["status"].startswith(status)
    assert failed["response"]["outcome"]["issue"][0]["code"] == code
    assert "resource" not in failed
    assert [row["kind"] for row in rows(tmp_path, "audit")] == ["screening", "refusal", "screening"]


@pytest.mark.parametrize("url", [f"/{OPERATION}", f"{PUBLIC_URL}/fhir/{OPERATION}", "RiskAssessment/%24screen"])
def test_the_operation_is_known_by_each_of_its_addresses(client: FlaskClient, url: str) -> None:
    (one,) = answered(client, entry(chart(), url))
    assert one["response"]["status"] == "200 OK"


@pytest.mark.parametrize("accept", ["", f"{FHIR_JSON}; fhirVersion=5.0"])
def test_all_answers_have_the_version_of_their_bundle(client: FlaskClient, accept: str) -> None:
    answer = send(client, entry(bundle(patient(), taking_r5())), entry(chart()), Accept=accept or "*/*")
    assert answer.json is not None
    assert "fhirVersion=5.0" in answer.headers["Content-Type"]
    for each in answer.json["entry"]:
        assert faults(each["resource"], FhirVersion.R5) == []


def test_a_batch_that_comes_again_gets_the_same_answers(client: FlaskClient) -> None:
    named = chart() | {"identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:7"}}
    first, again = (send(client, entry(named)) for _ in range(2))
    assert first.data == again.data
    assert again.headers["Idempotency-Replayed"] == "true"
    first, again = (send(client, entry(chart()), entry(chart()), Idempotency_Key="9") for _ in range(2))
    assert first.data == again.data
    assert len({each["fullUrl"] for each in first.json["entry"]}) == 2  # type: ignore[index]
    assert send(client, entry(chart()), Idempotency_Key="9").status_code == 422


@pytest.mark.parametrize("type_", ["transaction", "collection", "document"])
def test_anything_but_a_batch_is_refused(client: FlaskClient, type_: str) -> None:
    answer = send(client, entry(chart()), type_=type_)
    assert (answer.status_code, answer.json["issue"][0]["code"]) == (422, "not-supported")  # type: ignore[index]


def test_an_empty_batch_has_an_empty_answer(client: FlaskClient) -> None:
    assert send(client).json == {"resourceType": "Bundle", "type": "batch-response"}


@pytest.mark.parametrize("body", [b"[]", b"{}", b"", b"{", b'{"resourceType":"Bundle","type":"batch","entry":{}}'])
def test_what_is_no_bundle_is_refused(client: FlaskClient, body: bytes) -> None:
    assert client.post("/fhir", data=body).status_code in {400, 422}


def test_an_entry_that_is_not_stored_says_so(tmp_path: Path) -> None:
    (tmp_path / "store.db").mkdir()
    answer = send(application(tmp_path), entry(chart()))
    (one,) = answer.json["entry"]  # type: ignore[index]
    assert one["response"]["outcome"]["issue"][0]["severity"] == "warning"
    assert "not stored" in answer.headers["Warning"]
