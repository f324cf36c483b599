"""A chart full of markers goes through every door, wrong turns included: they stay in results and nowhere else."""

import logging
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from service.store import schema
from service.web.logs import JsonLines
from tests.web.charts import AS_OF, FHIR_JSON, SCREEN, bundle, parameters, patient, taking
from tests.web.stored import application, rows

MARK = "Zyxwvu"  # as a name, an id, a code and free text
PATIENT = f"{MARK}-1"

# Where a patient may stand: results, who asked for them, and what a clinician wrote.
ALLOWED = {
    "screenings": {"subject", "patient", "resource", "asked", "input"},
    "audit": {"subject", "patient"},
    "feedback": {"comment"},
}


def marked_chart() -> dict[str, Any]:
    person = patient(PATIENT) | {
        "name": [{"family": f"{MARK} family", "given": [f"{MARK} given"]}],
        "identifier": [{"system": "urn:oid:1.2.3", "value": f"{MARK}-mrn"}],
        "text": {"status": "generated", "div": f"<div>{MARK}</div>"},
    }
    medicine = taking(f"Apixaban 5 mg for {MARK}", of=PATIENT) | {"note": [{"text": f"{MARK} note"}]}
    local = {"system": "https://codes.example.org/local", "code": f"{MARK}", "display": f"{MARK} display"}
    unknown = {
        "resourceType": "Condition",
        "id": f"{MARK}-condition",
        "subject": {"reference": f"Patient/{PATIENT}", "display": f"{MARK} subject"},
        "code": {"coding": [local], "text": f"{MARK} syndrome"},
    }
    broken = {"resourceType": "Observation", "id": f"{MARK} bad", "status": [MARK], "subject": MARK}
    return bundle(person, medicine, unknown, broken) | {"identifier": {"system": "urn:x", "value": f"{MARK}-bundle"}}


def cds_call(hook: str) -> dict[str, Any]:
    order = {
        "resourceType": "ServiceRequest",
        "id": f"{MARK}-order",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": f"Patient/{PATIENT}"},
        "code": {"text": f"Dry needling left calf {MARK}"},
    }
    return {
        "hook": hook,
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {
            "userId": f"Practitioner/{MARK}",
            "patientId": PATIENT,
            "selections": [f"ServiceRequest/{MARK}-order"],
            "draftOrders": bundle(order),
        },
        "prefetch": {"patient": patient(PATIENT), "medications": bundle(taking(f"Apixaban {MARK}", of=PATIENT))},
    }


def feedback(card: str) -> dict[str, Any]:
    reason = {"reason": {"code": "other", "system": "https://ehr.example.org", "display": "Other"}}
    override = reason | {"userComment": f"{MARK} comment"}
    one = {"card": card, "outcome": "overridden", "overrideReason": override}
    return {"feedback": [one | {"outcomeTimestamp": "2026-03-02T10:00:00Z"}]}


def through_every_door(client: FlaskClient) -> int:
    """Send the chart wherever something can be sent, right and wrong. Gives how many requests that were."""
    chart = marked_chart()
    entry = {"request": {"method": "POST", "url": f"RiskAssessment/$screen?{AS_OF}&target={MARK}"}, "resource": chart}
    header = {"resourceType": "MessageHeader", "id": "m-1", "source": {"name": MARK, "endpoint": f"urn:{MARK}"}}
    event = {"system": "https://needlewise.org/fhir/CodeSystem/message-event", "code": "screen-dry-needling"}
    message = chart | {"type": "message"}
    message["entry"] = [{"resource": header | {"eventCoding": event}}, *chart["entry"]]
    bodies: list[tuple[str, Any]] = [
        (f"{SCREEN}?{AS_OF}", chart),
        (f"{SCREEN}?{AS_OF}", chart),
        (f"{SCREEN}?{AS_OF}&subject=Patient/{PATIENT}&target={MARK}", chart),
        (f"{SCREEN}?pack={MARK}", chart),
        (f"{SCREEN}?{MARK}={MARK}", chart),
        (f"{SCREEN}?subject=Patient/{MARK}-nobody", chart),
        (SCREEN, parameters({"name": "subject", "valueReference": {"reference": MARK}}, {"name": MARK})),
        (SCREEN, patient(MARK)),
        (SCREEN, bundle(patient(f"{MARK}-2"), patient(f"{MARK}-3"))),
        ("/fhir", bundle() | {"type": "batch", "entry": [entry, entry | {"resource": patient(MARK)}, MARK]}),
        ("/fhir", chart),
        (f"/fhir/$process-message?{AS_OF}", message),
        ("/fhir/$process-message", message | {"entry": message["entry"][:1]}),
        ("/fhir/$process-message", chart),
        ("/cds-services/dry-needling-order-sign", cds_call("order-sign")),
        ("/cds-services/dry-needling-order-sign", cds_call("order-select")),
        ("/cds-services/dry-needling-order-sign/feedback", feedback("11111111-1111-4111-8111-111111111111")),
        ("/cds-services/dry-needling-order-sign/feedback", {"feedback": [{"card": MARK}]}),
        (f"/cds-services/{MARK}", {}),
        (f"/fhir/{MARK}", chart),
    ]
    count = 0
    for path, body in bodies:
        marked = {"Idempotency-Key": f"{MARK} {count}", "X-Request-ID": f"{MARK} x", "Prefer": MARK}
        for headers in ({}, marked):
            answer = client.post(path, data=orjson.dumps(body), headers={"Content-Type": FHIR_JSON} | headers)
            checked(answer)
            count += 1
    for path in (
        f"/fhir/RiskAssessment?patient={PATIENT}",
        f"/fhir/RiskAssessment?{MARK}={MARK}&date={MARK}&_sort={MARK}&_page={MARK}",
        f"/fhir/RiskAssessment/{MARK}",
        f"/fhir/AuditEvent?patient=Patient/{PATIENT}&agent={MARK}",
        f"/fhir/AuditEvent?date={MARK}",
        f"/fhir/AuditEvent/{MARK}",
        f"/{MARK}",
    ):
        checked(client.get(path))
        count += 1
    checked(client.post("/fhir/RiskAssessment/_search", data={"patient": PATIENT, MARK: MARK}))
    return count + 1


def checked(answer: Any) -> None:
    assert answer.status_code < 500
    assert MARK not in str(answer.headers)
    if answer.status_code >= 400:
        # A name that could be one of ours is repeated, so that a slip of the pen is found; never a value.
        told = answer.data.replace(f"{MARK} is no".encode(), b"").replace(f"pack {MARK} is not known".encode(), b"")
        assert MARK.encode() not in told, answer.data


@pytest.mark.parametrize("keep_inputs", [False, True])
def test_markers_stay_where_results_are(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    keep_inputs: bool,  # noqa: FBT001 - a setting
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.handler.setFormatter(JsonLines())
    client = application(tmp_path, keep_inputs=keep_inputs)
    count = through_every_door(client)
    assert len(caplog.records) >= count
    assert MARK not in caplog.text
    assert MARK not in client.get("/metrics").text
    assert MARK not in client.get("/health/ready").text
    seen = 0
    for table in schema.metadata.tables:
        for row in rows(tmp_path, table):
            seen += 1
            kept = {name: value for name, value in row.items() if name not in ALLOWED.get(table, set())}
            assert MARK not in str(kept), table
    assert seen > count  # each request left its trail
    assert any(MARK in row["resource"] for row in rows(tmp_path, "screenings"))


def test_what_was_screened_without_a_store_leaves_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.setFormatter(JsonLines())
    through_every_door(application(tmp_path, database_url="none"))
    assert MARK not in caplog.text
    assert list(tmp_path.iterdir()) == []
