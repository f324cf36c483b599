"""The sandbox's FHIR server answers as an EHR does: by token, in pages, and only what it knows."""

from collections.abc import Callable
from datetime import date
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import pytest

from service.cds.discovery import RESOURCE_TYPES
from service.sandbox.box import LIFETIME_S, Box
from service.sandbox.door import Door
from service.sandbox.patients import BY_ID
from service.sandbox.seal import Seal
from service.sandbox.server import FhirServer, Grant
from service.sandbox.writing import Json
from service.settings import Settings
from tests.web.serving import free_port

BASE: Final = "http://127.0.0.1:8080/sandbox/fhir"
ANSWER: Final[Json] = {"resourceType": "Observation", "id": "recorded-1", "code": {"coding": [{"code": "82810-3"}]}}


@pytest.fixture
def server() -> FhirServer:
    return FhirServer(BASE, today=lambda: date(2026, 3, 2))


def grant(name: str, *added: Json) -> Grant:
    return Grant(patient=BY_ID[f"sandbox-{name}"], added=added)


def box(now: Callable[[], float] = lambda: 1_000.0) -> Box:
    return Box(Settings(), now=now, today=lambda: date(2026, 3, 2))


def test_a_long_list_comes_in_pages(server: FhirServer) -> None:
    george = grant("george")
    first = server.search(george, "Condition", "patient=sandbox-george&_count=200").resource
    (following,) = [link["url"] for link in first["link"] if link["relation"] == "next"]
    assert following.startswith(f"{BASE}/Condition?")
    second = server.search(george, "Condition", urlsplit(following).query).resource
    seen = [entry["resource"]["id"] for page in (first, second) for entry in page["entry"]]
    assert len(seen) == len(set(seen)) == first["total"] == second["total"] == 14
    assert [link["relation"] for link in second["link"]] == ["self"]


def test_searches_by_code_and_intent_find_what_they_ask_for(server: FhirServer) -> None:
    mina = grant("mina", ANSWER)
    found = server.search(mina, "Observation", "patient=sandbox-mina&code=82810-3,1-8&_sort=-date").resource
    assert [entry["resource"]["id"] for entry in found["entry"]] == ["recorded-1"]
    assert server.search(mina, "Observation", "patient=sandbox-mina&code=718-7").resource["total"] == 0
    assert server.search(mina, "MedicationRequest", "patient=sandbox-mina&intent=plan").resource["total"] == 0


def test_a_token_for_one_patient_shows_nobody_else(server: FhirServer) -> None:
    assert server.search(grant("mina"), "Condition", "patient=sandbox-walter").resource["total"] == 0
    assert server.read(grant("mina"), "Patient", "sandbox-walter").status is HTTPStatus.NOT_FOUND
    assert server.read(grant("mina"), "Patient", "sandbox-mina").status is HTTPStatus.OK


def test_what_is_withheld_is_forbidden_and_what_is_not_known_is_said(server: FhirServer) -> None:
    assert server.search(grant("marta"), "MedicationRequest", "patient=sandbox-marta").status is HTTPStatus.FORBIDDEN
    answer = server.search(grant("mina"), "Condition", "patient=sandbox-mina&_has=x")
    assert answer.status is HTTPStatus.BAD_REQUEST
    assert "_has" in answer.resource["issue"][0]["diagnostics"]
    assert server.search(grant("mina"), "Invoice", "patient=sandbox-mina").status is HTTPStatus.NOT_FOUND


def test_it_says_what_it_can(server: FhirServer) -> None:
    told = server.metadata()
    assert told["implementation"]["url"] == BASE
    assert {each["type"] for each in told["rest"][0]["resource"]} == RESOURCE_TYPES


def test_a_token_carries_what_was_recorded_and_ends() -> None:
    times = [1_000.0]
    sandbox = box(lambda: times[-1])
    token = sandbox.token(grant("mina", ANSWER))
    opened = sandbox.granted(token)
    assert opened is not None
    assert opened.added == (ANSWER,)
    times.append(1_000.0 + LIFETIME_S)
    assert sandbox.granted(token) is None


@pytest.mark.parametrize("word", ["", "x", "é", "a" * 50, "AAAA====", "=", " "])
def test_a_word_of_somebody_else_opens_nothing(word: str) -> None:
    assert box().granted(word) is None


def test_a_seal_is_for_one_purpose_and_one_secret() -> None:
    seal = Seal(b"0" * 32)
    word = seal.close({"a": [1]}, purpose="page")
    assert seal.open(word, purpose="page") == {"a": [1]}
    assert seal.open(word, purpose="token") is None
    assert seal.open(f"{word[:-1]}{'A' if word[-1] != 'A' else 'B'}", purpose="page") is None
    assert Seal(b"1" * 32).open(word, purpose="page") is None


@pytest.mark.parametrize(
    ("host", "reached"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:8080"),  # noqa: S104 - what is listened on
        ("::", "http://[::1]:8080"),
        ("needlewise.internal", "http://needlewise.internal:8080"),
    ],
)
def test_the_service_finds_its_own_door(host: str, reached: str) -> None:
    sandbox = Box(
        Settings(host=host, public_url="https://needle.example.org"), now=lambda: 0, today=lambda: date(2026, 3, 2)
    )
    assert sandbox.door.url == reached
    assert sandbox.server.base == sandbox.ehr.base_url == f"{reached}/sandbox/fhir"


def test_a_short_address_is_written_in_full() -> None:
    sandbox = Box(Settings(host="127.1"), now=lambda: 0, today=lambda: date(2026, 3, 2))
    assert sandbox.server.base == BASE


def test_where_nobody_answers_there_is_no_answer() -> None:
    reply = Door(Settings(port=free_port())).post("/cds-services/x", {}, token="x", request_id="x")
    assert (reply.status, reply.content) == (0, None)
