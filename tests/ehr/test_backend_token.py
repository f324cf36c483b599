"""SMART Backend Services, against a server that checks every claim."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from joserfc.jwk import ECKey, RSAKey  # noqa: TC002 - names in signatures

from service.ehr import Reason
from service.trust import EhrServer, SigningKey
from service.trust.keys import load_signing_keys
from tests.ehr.reading import ask, ask_all, condition, ids, local, reading, reason
from tests.fhir_server import FhirServer, fhir_server
from tests.trust.keys import elliptic, pem_file, rsa

QUERY = "Condition?patient=1"
QUERIES = [f"{QUERY}&_page={number}" for number in range(8)]


def signing(folder: Path, key: RSAKey | ECKey) -> SigningKey:
    return load_signing_keys(pem_file(folder, key))[0]


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return signing(tmp_path, elliptic())


def registered(ehr: FhirServer, key: SigningKey, *, token_url: str | None = None, **client: Any) -> EhrServer:
    """Register with the server, and its entry."""
    ehr.register("needlewise", key.public(), **client)
    url = ehr.token_url if token_url is None else token_url
    return local(ehr.base_url, client_id="needlewise", keys=(key,), token_url=url)


def asked_for(ehr: FhirServer) -> list[dict[str, str]]:
    """The forms that were sent to the token endpoint."""
    return [
        {name: values[0] for name, values in parse_qs(seen.body.decode()).items()}
        for seen in ehr.seen
        if seen.target == "token"
    ]


@pytest.mark.parametrize("made", [rsa(), elliptic()])
def test_a_token_is_had_for_a_signed_statement(made: RSAKey | ECKey, tmp_path: Path) -> None:
    with fhir_server(condition("a")) as ehr, reading() as reader:
        server = registered(ehr, signing(tmp_path, made))
        assert ids(ask(reader, QUERY, server=server)) == ["a"]
        (form,) = asked_for(ehr)
        assert form["scope"] == "system/Condition.rs system/Observation.rs system/Patient.rs"


def test_one_token_is_fetched_for_many_queries_at_once(key: SigningKey) -> None:
    with fhir_server(condition("a")) as ehr, reading() as reader:
        server = registered(ehr, key)
        for _ in range(2):
            ask_all(reader, *QUERIES, server=server)
        assert len(asked_for(ehr)) == 1
        assert len(ehr.targets("Condition")) == 16


def test_each_statement_is_a_new_one(key: SigningKey) -> None:
    with fhir_server(condition("a")) as ehr, reading() as reader:
        server = registered(ehr, key)
        ask(reader, QUERY, server=server)
        ehr.expire_tokens()
        ask(reader, QUERY, server=server)
        first, second = asked_for(ehr)
        assert first["client_assertion"] != second["client_assertion"]


def test_a_token_that_was_taken_back_is_replaced_once(key: SigningKey) -> None:
    with fhir_server(condition("a")) as ehr, reading() as reader:
        server = registered(ehr, key)
        ask(reader, QUERY, server=server)
        ehr.expire_tokens()
        answers = ask_all(reader, *QUERIES[:4], server=server)
        assert len(asked_for(ehr)) == 2
        assert ids(answers[QUERIES[0]]) == ["a"]


def test_a_new_token_that_is_refused_too_is_not_replaced_again(key: SigningKey) -> None:
    with fhir_server(condition("a")) as ehr, reading() as reader:
        server = registered(ehr, key)
        ehr.fail("Condition", status=401)
        assert reason(ask(reader, QUERY, server=server)) is Reason.NOT_PERMITTED
        assert len(asked_for(ehr)) == 2
        assert len(ehr.targets("Condition")) == 2


def test_a_token_is_renewed_before_it_ends(key: SigningKey) -> None:
    with fhir_server(condition("a")) as ehr, reading() as reader:
        server = registered(ehr, key, expires_in=1)
        ask(reader, QUERY, server=server)
        time.sleep(0.6)
        ask(reader, QUERY, server=server)
        assert len(asked_for(ehr)) == 2


def test_the_granted_scope_counts(key: SigningKey) -> None:
    with fhir_server(condition("a")) as ehr, reading() as reader:
        server = registered(ehr, key, scope="system/Patient.rs system/Condition.rs")
        answers = ask_all(reader, QUERY, "Observation?patient=1", server=server)
        assert ids(answers[QUERY]) == ["a"]
        assert reason(answers["Observation?patient=1"]) is Reason.NOT_PERMITTED
        assert ehr.targets("Observation") == []


def test_a_server_that_knows_only_smart_1_is_asked_in_its_words(key: SigningKey) -> None:
    with fhir_server(condition("a")) as ehr, reading() as reader:
        server = registered(ehr, key, smart_1_only=True)
        assert ids(ask(reader, QUERY, server=server)) == ["a"]
        ehr.expire_tokens()
        ask(reader, QUERY, server=server)
        assert [form["scope"].split()[0] for form in asked_for(ehr)] == [
            "system/Condition.rs",
            "system/Condition.read",
            "system/Condition.read",
        ]


def test_without_a_listed_endpoint_the_server_says_where_it_is(key: SigningKey) -> None:
    with fhir_server(condition("a")) as ehr, reading() as reader:
        server = registered(ehr, key, token_url="")
        for _ in range(2):
            assert ids(ask(reader, QUERY, server=server)) == ["a"]
        assert ehr.targets(".well-known") == [".well-known/smart-configuration"]
        assert asked_for(ehr)[0]["scope"].startswith("system/Condition.read")  # no permission-v2 there


@pytest.mark.parametrize(
    ("capabilities", "right"), [(["permission-v2"], "rs"), (["permission-v1"], "read"), ([], "rs"), (None, "rs")]
)
def test_the_server_says_which_scopes_it_knows(capabilities: object, right: str, key: SigningKey) -> None:
    with fhir_server(condition("a")) as ehr, reading() as reader:
        server = registered(ehr, key, token_url="")
        configuration = {"token_endpoint": ehr.token_url, "capabilities": capabilities}
        ehr.fail(".well-known", status=200, body=json.dumps(configuration).encode())
        assert ids(ask(reader, QUERY, server=server)) == ["a"]
        assert asked_for(ehr)[0]["scope"].startswith(f"system/Condition.{right} ")


@pytest.mark.parametrize(
    "configuration",
    [
        {"token_endpoint": "https://evil.example/oauth2/token"},
        {"token_endpoint": "nonsense"},
        {"token_endpoint": 7},
        {},
        [],
    ],
)
def test_an_endpoint_elsewhere_is_not_asked(configuration: object, key: SigningKey) -> None:
    with fhir_server(condition("a")) as ehr, reading() as reader:
        server = registered(ehr, key, token_url="")
        ehr.fail(".well-known", status=200, body=json.dumps(configuration).encode())
        assert reason(ask(reader, QUERY, server=server)) is Reason.NO_TOKEN
        assert ehr.targets() == [".well-known/smart-configuration"]


@pytest.mark.parametrize(
    "trouble",
    [
        {"status": 401, "body": b'{"error": "invalid_client"}'},
        {"status": 500, "body": b"<html>"},
        {"status": 302, "headers": {"Location": "/elsewhere"}},
        {"hang_up": True},
        {"status": 200, "body": b"{}"},
        {"status": 200, "body": b"[]"},
        {"status": 200, "body": b'{"access_token": "", "token_type": "bearer"}'},
        {"status": 200, "body": b'{"access_token": 7, "token_type": "bearer"}'},
        {"status": 200, "body": b'{"access_token": "a\\r\\nX: y", "token_type": "bearer"}'},
        {"status": 200, "body": b'{"access_token": "a", "token_type": "mac"}'},
        {"status": 200, "body": b'{"access_token": "' + b"a" * 200_000 + b'", "token_type": "bearer"}'},
    ],
)
def test_without_a_token_nothing_is_received_and_it_is_said_why(trouble: dict[str, Any], key: SigningKey) -> None:
    with fhir_server(condition("a")) as ehr, reading() as reader:
        server = registered(ehr, key)
        ehr.fail("token", **trouble)
        answers = ask_all(reader, *QUERIES, server=server)
        assert {reason(answer) for answer in answers.values()} == {Reason.NO_TOKEN}
        assert len(asked_for(ehr)) == 1  # and not once for each query
        assert ehr.targets("Condition") == []


@pytest.mark.parametrize("expires_in", [None, "300", -5, True, 1e9])
def test_a_token_without_a_sound_life_is_used_for_a_short_one(expires_in: object, key: SigningKey) -> None:
    with fhir_server(condition("a")) as ehr, reading() as reader:
        server = registered(ehr, key)
        ehr.tokens = {"a"}
        body = {"access_token": "a", "token_type": "Bearer", "expires_in": expires_in, "scope": ""}
        ehr.fail("token", status=200, body=json.dumps(body).encode())
        for _ in range(2):
            assert ids(ask(reader, QUERY, server=server)) == ["a"]
        assert len(asked_for(ehr)) == 1


def test_a_slow_token_endpoint_costs_the_budget_and_no_more(key: SigningKey) -> None:
    with fhir_server(condition("a")) as ehr, reading() as reader:
        server = registered(ehr, key)
        ehr.fail("token", delay_s=3)
        began = time.monotonic()
        answers = ask_all(reader, *QUERIES, server=server, budget_s=0.4)
        assert time.monotonic() - began < 2
        assert {reason(answer) for answer in answers.values()} <= {Reason.TIMED_OUT, Reason.NO_TOKEN}


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"base_url": "https://ehr.example.org/fhir", "client_id": "needlewise"}, "without a key"),
        ({"base_url": "https://ehr.example.org/fhir/"}, "not normalised"),
        ({"base_url": "nonsense"}, "no plain URL"),
    ],
)
def test_an_entry_that_could_not_work_can_not_be_made(entry: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        EhrServer(**entry)  # type: ignore[arg-type]  # all texts
