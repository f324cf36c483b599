"""The whole way, to a FHIR server over HTTP: in parallel, in time, with what half a server gives."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from service.ehr import Deadline, EhrReader, NotReceived, Reason, Received, Token, Want
from tests.ehr.reading import ask, ask_all, condition, ids, is_empty, local, reading, reason
from tests.fhir_server import FhirServer, fhir_server

CHART = [
    {"resourceType": "Patient", "id": "1"},
    *(condition(f"c{number}") for number in range(5)),
    condition("other", patient="2"),
    {
        "resourceType": "Observation",
        "id": "pregnancy",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "82810-3"}]},
        "subject": {"reference": "Patient/1"},
    },
    {
        "resourceType": "Observation",
        "id": "hemoglobin",
        "status": "final",
        "category": [{"coding": [{"code": "laboratory"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
        "subject": {"reference": "https://ehr.example.org/fhir/Patient/1"},
    },
]
CONDITIONS = "Condition?patient=1&_count=2"
PREGNANCY = "Observation?patient=1&code=http%3A%2F%2Floinc.org%7C82810-3"
LABS = "Observation?patient=1&category=laboratory&_sort=-date&_count=100"
MEDICINES = "MedicationRequest?patient=1&intent=order,plan&_count=200"


@pytest.fixture
def ehr() -> Iterator[FhirServer]:
    with fhir_server(*CHART) as server:
        yield server


@pytest.fixture
def reader() -> Iterator[EhrReader]:
    with reading() as made:
        yield made


def test_everything_wanted_comes_under_its_key(ehr: FhirServer, reader: EhrReader) -> None:
    answers = ask_all(reader, "Patient/1", CONDITIONS, PREGNANCY, LABS, MEDICINES, server=local(ehr.base_url))
    patient = answers["Patient/1"]
    assert isinstance(patient, Received)
    assert patient.resource["id"] == "1"
    assert ids(answers[CONDITIONS]) == ["c0", "c1", "c2", "c3", "c4"]
    assert ids(answers[PREGNANCY]) == ["pregnancy"]
    assert ids(answers[LABS]) == ["hemoglobin"]
    assert is_empty(answers[MEDICINES])
    assert len(ehr.targets("Condition")) == 3


def test_the_token_of_the_call_goes_with_every_page(ehr: FhirServer, reader: EhrReader) -> None:
    ehr.tokens = {"s3cret"}
    server = local(ehr.base_url)
    assert ids(ask(reader, CONDITIONS, server=server, token=Token(secret="s3cret"))) == ["c0", "c1", "c2", "c3", "c4"]
    assert {seen.headers["authorization"] for seen in ehr.seen} == {"Bearer s3cret"}
    assert reason(ask(reader, CONDITIONS, server=server)) is Reason.NOT_PERMITTED


def test_queries_run_beside_each_other(ehr: FhirServer, reader: EhrReader) -> None:
    ehr.fail("", delay_s=0.3)
    queries = [f"Condition?patient={number}" for number in range(10)]
    began = time.monotonic()
    answers = ask_all(reader, *queries, server=local(ehr.base_url))
    assert time.monotonic() - began < 2.5
    assert not any(isinstance(answer, NotReceived) for answer in answers.values())


def test_what_did_not_come_in_time_is_not_received_and_the_rest_is(ehr: FhirServer, reader: EhrReader) -> None:
    ehr.fail("Observation", delay_s=4)
    began = time.monotonic()
    answers = ask_all(reader, CONDITIONS, PREGNANCY, server=local(ehr.base_url), budget_s=0.5)
    assert time.monotonic() - began < 2
    assert len(ids(answers[CONDITIONS])) == 5
    assert reason(answers[PREGNANCY]) is Reason.TIMED_OUT


def test_a_slow_second_page_leaves_the_first(ehr: FhirServer, reader: EhrReader) -> None:
    ehr.fail("Condition?patient=1&_count=2&_page=1", delay_s=2)
    answer = ask(reader, CONDITIONS, server=local(ehr.base_url), budget_s=0.6)
    assert ids(answer) == ["c0", "c1"]
    assert isinstance(answer, Received)
    assert answer.cut_off is Reason.TIMED_OUT


def test_half_a_server(ehr: FhirServer, reader: EhrReader) -> None:
    ehr.fail("Observation", status=500)
    ehr.fail("MedicationRequest", status=403)
    answers = ask_all(reader, CONDITIONS, PREGNANCY, MEDICINES, server=local(ehr.base_url))
    assert len(ids(answers[CONDITIONS])) == 5
    assert reason(answers[PREGNANCY]) is Reason.ERROR
    assert reason(answers[MEDICINES]) is Reason.NOT_PERMITTED


def test_what_came_of_each_query_is_told(ehr: FhirServer) -> None:
    told: list[tuple[str, float]] = []
    with reading(heard=lambda outcome, seconds: told.append((outcome, seconds))) as reader:
        ask(reader, "Patient/1", server=local(ehr.base_url))
        ask(reader, "Patient/nix", server=local(ehr.base_url))
        ask(reader, "Patient/1", server=local("http://127.0.0.1:1/fhir"))
    assert [outcome for outcome, _ in told] == ["2xx", "4xx", "unreachable", "unreachable"]
    assert all(0 <= seconds < 60 for _, seconds in told)


def test_a_connection_that_broke_is_made_once_more(ehr: FhirServer, reader: EhrReader) -> None:
    ehr.fail("Patient", hang_up=True, times=1)
    assert isinstance(ask(reader, "Patient/1", server=local(ehr.base_url)), Received)
    assert ehr.targets() == ["Patient/1"] * 2


def test_a_server_asked_to_wait_is_waited_for_within_the_budget(ehr: FhirServer, reader: EhrReader) -> None:
    ehr.fail("Patient", status=429, headers={"Retry-After": "1"}, times=1)
    began = time.monotonic()
    assert isinstance(ask(reader, "Patient/1", server=local(ehr.base_url)), Received)
    assert time.monotonic() - began >= 1
    ehr.fail("Patient", status=429, headers={"Retry-After": "1"}, times=1)
    assert reason(ask(reader, "Patient/1", server=local(ehr.base_url), budget_s=0.5)) is Reason.BUSY


def test_without_time_nothing_is_asked(ehr: FhirServer, reader: EhrReader) -> None:
    assert reason(ask(reader, "Patient/1", server=local(ehr.base_url), budget_s=0)) is Reason.TIMED_OUT
    assert ehr.seen == []


def test_a_base_below_the_listed_one_is_a_base_of_its_own(ehr: FhirServer, reader: EhrReader) -> None:
    below = f"{ehr.base_url}/site-7"
    ask(reader, "Patient/1", server=local(ehr.base_url), base_url=f"{below}/")
    assert ehr.targets() == ["site-7/Patient/1"]


def test_a_private_address_is_refused_unless_the_entry_allows_it(ehr: FhirServer, reader: EhrReader) -> None:
    server = replace(local(ehr.base_url), allow_private_addresses=False)
    assert reason(ask(reader, "Patient/1", server=server)) is Reason.UNREACHABLE
    assert ehr.seen == []


def test_one_dead_server_does_not_hold_up_another(ehr: FhirServer, reader: EhrReader) -> None:
    with fhir_server() as dead:
        dead.fail("", delay_s=4)
        ask_all(reader, *(f"Condition?patient={n}" for n in range(40)), server=local(dead.base_url), budget_s=0.2)
        began = time.monotonic()
        assert len(ids(ask(reader, CONDITIONS, server=local(ehr.base_url)))) == 5
        assert time.monotonic() - began < 2


def test_nothing_of_the_patient_or_the_token_is_logged(
    ehr: FhirServer, reader: EhrReader, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    troubles: list[dict[str, Any]] = [
        {"status": 500, "body": b"MarkerBody"},
        {"status": 302, "headers": {"Location": "http://evil.example/MarkerBody"}},
        {"hang_up": True},
        {"status": 200, "body": b"MarkerBody"},
        {"status": 200, "headers": {"Content-Encoding": "gzip"}, "body": b"MarkerBody"},
    ]
    token = Token(secret="MarkerToken")
    for trouble in troubles:
        ehr.fail("Condition", **trouble)
        answer = ask(reader, "Condition?patient=MarkerPatient", server=local(ehr.base_url), token=token)
        assert "Marker" not in repr(answer)
    assert len(ehr.seen) >= len(troubles)
    printed = capfd.readouterr()
    assert "Marker" not in caplog.text + printed.out + printed.err


def test_the_call_id_is_passed_on(ehr: FhirServer, reader: EhrReader) -> None:
    deadline = Deadline.within(3, time.monotonic)
    wants = [Want(key="patient", query="Patient/1")]
    reader.read(local(ehr.base_url), ehr.base_url, None, wants, deadline, request_id="call-7")
    assert ehr.seen[0].headers["x-request-id"] == "call-7"
