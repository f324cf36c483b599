"""A FHIR message in, a FHIR message out."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.fhir.versions import FhirVersion
from tests.fhir.strict import faults
from tests.web.charts import AS_OF, FHIR_JSON, bundle, patient, taking, taking_r5
from tests.web.conftest import PUBLIC_URL
from tests.web.stored import application, rows

EVENT = {"system": "https://needlewise.org/fhir/CodeSystem/message-event", "code": "screen-dry-needling"}
PATH = f"/fhir/$process-message?{AS_OF}"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return application(tmp_path)


def header(**other: Any) -> dict[str, Any]:
    source = {"name": "Engine", "endpoint": "https://engine.example.org/in"}
    return {"resourceType": "MessageHeader", "id": "m-1", "eventCoding": EVENT, "source": source} | other


def message(*resources: dict[str, Any], **other: Any) -> dict[str, Any]:
    return bundle(*(resources or (header(), patient(), taking())), type_="message") | {"id": "b-1"} | other


def send(client: FlaskClient, body: Any, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(PATH, data=orjson.dumps(body), headers={"Content-Type": FHIR_JSON} | named)


def reply(answer: TestResponse) -> tuple[dict[str, Any], dict[str, Any]]:
    """The MessageHeader of an answer and the resource that it is about."""
    assert answer.status_code == 200, answer.data
    assert answer.json is not None
    assert answer.json["type"] == "message"
    head, about = answer.json["entry"]
    assert head["resource"]["focus"] == [{"reference": about["fullUrl"]}]
    return head["resource"], about["resource"]


def test_a_message_is_answered_by_a_message(client: FlaskClient, tmp_path: Path) -> None:
    answer = send(client, message())
    head, result = reply(answer)
    assert head["response"] == {"identifier": "m-1", "code": "ok"}
    assert head["eventCoding"] == EVENT
    assert head["destination"] == [{"endpoint": "https://engine.example.org/in"}]
    assert head["source"]["endpoint"] == f"{PUBLIC_URL}/fhir/$process-message"
    assert result["resourceType"] == "RiskAssessment"
    assert client.get(f"/fhir/RiskAssessment/{result['id']}").json == result
    assert [row["door"] for row in rows(tmp_path, "screenings")] == ["message"]


def test_the_answer_in_r5_is_as_r5_has_it(client: FlaskClient) -> None:
    source = {"name": "Engine", "endpointUrl": "https://engine.example.org/in"}
    head, result = reply(send(client, message(header(source=source), patient(), taking_r5())))
    assert head["response"] == {"identifier": {"value": "m-1"}, "code": "ok"}
    assert head["destination"] == [{"endpointUrl": "https://engine.example.org/in"}]
    assert faults(result, FhirVersion.R5) == []


def test_a_message_that_is_sent_again_gets_the_same_answer(client: FlaskClient, tmp_path: Path) -> None:
    first, again = (send(client, message()) for _ in range(2))
    assert first.data == again.data
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(rows(tmp_path, "screenings")) == 1
    assert send(client, message(id="b-2")).data != first.data


def test_an_unknown_event_is_a_fatal_error(client: FlaskClient) -> None:
    other = {"system": "https://ehr.example.org/events", "code": "admit"}
    head, outcome = reply(send(client, message(header(eventCoding=other), patient())))
    assert head["response"]["code"] == "fatal-error"
    assert head["eventCoding"] == other
    assert head["response"]["details"] == head["focus"][0]
    assert outcome["issue"][0]["code"] == "not-supported"


def test_a_message_that_can_t_be_screened_is_a_fatal_error(client: FlaskClient, tmp_path: Path) -> None:
    head, outcome = reply(send(client, message(header())))
    assert head["response"] == {
        "identifier": "m-1",
        "code": "fatal-error",
        "details": {"reference": head["focus"][0]["reference"]},
    }
    assert outcome["issue"][0]["code"] == "required"
    (event,) = rows(tmp_path, "audit")
    assert (event["kind"], event["status"]) == ("refusal", 422)


@pytest.mark.parametrize(
    "body",
    [
        bundle(patient()),
        bundle(patient(), header(), type_="message"),
        {"resourceType": "Bundle", "type": "message"},
        patient(),
        [],
    ],
)
def test_what_is_no_message_is_refused(client: FlaskClient, body: Any) -> None:
    answer = send(client, body)
    assert (answer.status_code, answer.json["issue"][0]["code"]) == (400, "invalid")  # type: ignore[index]
