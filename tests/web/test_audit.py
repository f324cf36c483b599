"""Whoever asks for something leaves a trail."""

from pathlib import Path
from typing import Any

import pytest
from fhir.resources.auditevent import AuditEvent
from fhir.resources.R4B.auditevent import AuditEvent as AuditEventR4B
from flask.testing import FlaskClient

from tests.web.callers import MERCY, access_token, bearer, settings, trust_file
from tests.web.charts import FHIR_JSON, bundle, patient, taking
from tests.web.stored import application, rows, screened

EVENTS = "/fhir/AuditEvent"
ALL = "system/RiskAssessment.crs system/AuditEvent.rs"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return application(tmp_path)


def events(client: FlaskClient, query: str = "", **headers: str) -> list[dict[str, Any]]:
    answer = client.get(f"{EVENTS}?{query}", headers=headers)
    assert answer.status_code == 200, answer.data
    assert answer.json is not None
    return [each["resource"] for each in answer.json.get("entry", [])]


def interactions(found: list[dict[str, Any]]) -> list[str]:
    return [each["subtype"][0]["code"] for each in found]


def test_a_screening_a_read_and_a_refusal_are_written_down(client: FlaskClient) -> None:
    done = screened(client, X_Request_ID="r-1")
    client.get(f"/fhir/RiskAssessment/{done.json['id']}")  # type: ignore[index]
    client.get("/fhir/RiskAssessment?patient=joe")
    screened(client, bundle())
    client.get("/fhir/RiskAssessment/unheard-of")
    gone, refused, searched, read, screening = events(client)
    assert interactions([searched, read, screening]) == ["search-type", "read", "operation"]
    assert [each["outcome"] for each in (gone, refused, searched, read, screening)] == ["4", "4", "0", "0", "0"]
    patients = [entity["what"]["reference"] for each in (searched, read, screening) for entity in each["entity"][:1]]
    assert patients == ["Patient/joe"] * 3
    assert screening["entity"][1]["what"]["reference"] == done.headers["Location"]
    assert screening["entity"][2]["what"] == {"identifier": {"value": "r-1"}}
    assert "422" in refused["outcomeDesc"]


@pytest.mark.parametrize("version", ["4.0", "4.3", "5.0"])
def test_an_event_is_valid_fhir(client: FlaskClient, version: str) -> None:
    screened(client)
    screened(client, bundle())
    model = AuditEvent if version == "5.0" else AuditEventR4B
    for event in events(client, Accept=f"{FHIR_JSON}; fhirVersion={version}"):
        model.model_validate(event)
        one = client.get(f"{EVENTS}/{event['id']}", headers={"Accept": f"{FHIR_JSON}; fhirVersion={version}"})
        assert one.json == event


def test_events_are_searched(client: FlaskClient) -> None:
    screened(client)
    screened(client, bundle(patient("ann"), taking(of="ann")))
    assert len(events(client, "patient=ann")) == 1
    assert len(events(client, "patient=Patient/joe,Patient/ann&_count=1")) == 1
    assert events(client, "date=lt2026-01-01") == []
    assert len(events(client, "patient=ann&date=ge2026-01-01")) == 1
    assert len(events(client, "patient=ann&agent=127.0.0.1")) == 1
    assert events(client, "agent=somebody") == []
    assert client.get(f"{EVENTS}?outcome=0").status_code == 400
    assert client.get(f"{EVENTS}/unheard-of").status_code == 404


@pytest.fixture
def guarded(tmp_path: Path) -> FlaskClient:
    """Mercy may all; an archive and an auditor may only read."""
    path = trust_file(tmp_path)
    keys = '"mercy.jwks.json"'
    for name, right in (("archive", "read-results"), ("auditor", "read-audit"), ("grace", "screen")):
        rights = f'["{right}", "read-results"]' if name == "grace" else f'["{right}"]'
        lines = f'name = "{name}"\nissuer = "https://{name}.example.org"\njwks_file = {keys}\nrights = {rights}\n'
        path.write_text(f"{path.read_text()}\n[[caller]]\n{lines}")
    chosen = settings(path)
    given = {name: getattr(chosen, name) for name in ("auth", "trust", "public_url")}
    return application(tmp_path, **given)


def of(name: str, scope: str = ALL) -> dict[str, str]:
    issuer = MERCY if name == "mercy" else f"https://{name}.example.org"
    return bearer(access_token(iss=issuer, scope=scope))


def test_results_are_seen_by_who_caused_them_and_by_who_is_listed_to_read(guarded: FlaskClient) -> None:
    done = screened(guarded, Authorization=of("mercy")["Authorization"])
    assert done.status_code == 200
    path = f"/fhir/RiskAssessment/{done.json['id']}"  # type: ignore[index]
    unknown = guarded.get("/fhir/RiskAssessment/unheard-of", headers=of("grace"))
    for name, status, total in (("mercy", 200, 1), ("grace", 404, 0), ("archive", 200, 1)):
        read = guarded.get(path, headers=of(name))
        assert read.status_code == status
        assert status == 200 or read.data == unknown.data
        found = guarded.get("/fhir/RiskAssessment", headers=of(name)).json
        assert found["total"] == total  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "path", "scope", "status"),
    [
        ("auditor", "/fhir/RiskAssessment", ALL, 403),
        ("archive", EVENTS, ALL, 403),
        ("auditor", EVENTS, ALL, 200),
        ("auditor", EVENTS, "system/RiskAssessment.rs", 403),
        ("auditor", EVENTS, "system/AuditEvent.r", 403),
        ("auditor", EVENTS, "system/AuditEvent.read", 200),
        ("archive", "/fhir/RiskAssessment", "system/RiskAssessment.c", 403),
        ("archive", "/fhir/RiskAssessment/1", "system/RiskAssessment.r", 404),
        ("archive", "/fhir/RiskAssessment/1", "system/RiskAssessment.s", 403),
    ],
)
def test_reading_needs_right_and_scope(guarded: FlaskClient, name: str, path: str, scope: str, status: int) -> None:
    assert guarded.get(path, headers=of(name, scope)).status_code == status


@pytest.mark.parametrize("path", ["/fhir", "/fhir/$process-message"])
def test_batches_and_messages_are_screenings(guarded: FlaskClient, path: str) -> None:
    assert guarded.post(path, data=b"{}", headers=of("archive")).status_code == 403
    assert guarded.post(path, data=b"{}", headers=of("mercy", "system/RiskAssessment.rs")).status_code == 403
    assert guarded.post(path, data=b"{}", headers=of("mercy", "system/RiskAssessment.write")).status_code in {400, 422}


def test_who_was_not_let_in_is_written_down(guarded: FlaskClient, tmp_path: Path) -> None:
    guarded.get("/fhir/RiskAssessment/1")
    guarded.get("/fhir/RiskAssessment/1", headers=of("auditor"))
    assert [(row["kind"], row["status"], row["agent"]) for row in rows(tmp_path, "audit")] == [
        ("refusal", 401, "127.0.0.1"),
        ("refusal", 403, "auditor"),
    ]
