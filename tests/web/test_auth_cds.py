"""JWT of CDS clients: what is checked (CH-150 to 157), and that a refusal tells nothing but that it is one."""

import base64
import hmac
import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app
from service.settings import Settings
from service.store import open_store
from service.web.logs import JsonLines
from tests.trust.keys import elliptic, jwks, rsa
from tests.vignettes.runner import knowledge, packs
from tests.web.callers import MERCY, SIGN, bearer, claims, settings, token, trust_file
from tests.web.conftest import ORIGIN, PUBLIC_URL

OTHER_KEY = elliptic("P-256")


def app(folder: Path, *, keys: bytes | None = None, public: dict[str, Any] | None = None, **caller: str) -> FlaskClient:
    chosen = settings(trust_file(folder, keys=keys, **caller), **(public or {}))
    return create_app(chosen, knowledge(), packs()).test_client()


@pytest.fixture(scope="module")
def mercy(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    return app(tmp_path_factory.mktemp("mercy"))


def call(client: FlaskClient, jwt: str | None, path: str = SIGN) -> TestResponse:
    """A call without a body: 400 where it was let in."""
    return client.post(path, headers=bearer(jwt) if jwt is not None else {})


def is_in(answer: TestResponse) -> bool:
    assert answer.status_code in {400, 401}, answer.data
    return answer.status_code == 400


def test_a_token_made_for_the_call_opens(mercy: FlaskClient) -> None:
    assert is_in(call(mercy, token()))


class now(float):  # noqa: N801 - reads as "now, plus so many seconds" in the tables below
    """Seconds from now, counted when the test runs: the tables are made long before, when tests are collected."""


def resolved(given: dict[str, Any]) -> dict[str, Any]:
    return {name: int(time.time() + value) if isinstance(value, now) else value for name, value in given.items()}


@pytest.mark.parametrize(
    "given",
    [
        {"aud": [f"{PUBLIC_URL}{SIGN}", "https://else.example.org"]},
        {"aud": f"{PUBLIC_URL}{SIGN}/"},
        {"iat": now(50), "exp": now(300)},  # clocks differ
        {"iat": now(-340), "exp": now(-40)},
        {"nbf": now(-300), "sub": "anything", "fhir_context": {}},  # as Epic
        {"tenant": "of no interest"},
        {"iat": now(0), "exp": now(200)},
    ],
)
def test_what_is_taken(mercy: FlaskClient, given: dict[str, Any]) -> None:
    assert is_in(call(mercy, token(**resolved(given))))


@pytest.mark.parametrize(
    "given",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"iss": [MERCY]},
        {"iss": f"{MERCY}/"},
        {"aud": PUBLIC_URL},
        {"aud": f"{PUBLIC_URL}/fhir"},
        {"aud": f"{PUBLIC_URL}/cds-services/dry-needling-order-select"},
        {"aud": f"{PUBLIC_URL}{SIGN}/feedback"},
        {"aud": "http://localhost" + SIGN},  # what Host says
        {"aud": None},
        {"aud": []},
        {"aud": {}},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": 1e300},
        {"iat": None},
        {"iat": now(-370), "exp": now(-70)},
        {"iat": now(100)},
        {"nbf": now(100)},
        {"nbf": "x"},
        {"exp": now(400)},  # good for longer than five minutes
        {"iat": now(0), "exp": now(-5)},  # ends before it begins
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": "x" * 2_000},
    ],
    ids=str,
)
def test_claims_that_are_not_taken(mercy: FlaskClient, given: dict[str, Any]) -> None:
    assert not is_in(call(mercy, token(**resolved(given))))


@pytest.mark.parametrize(
    "header",
    [
        {"kid": "two"},
        {"kid": None},
        {"kid": "../../mercy.jwks.json"},
        {"kid": "' OR 1=1 --"},
        {"typ": None},
        {"typ": "at+jwt"},
        {"jku": "https://evil.example/jwks"},
        {"jku": f"{MERCY}/jwks"},  # its keys are in a file: there is no listed one
        {"crit": ["b64"], "b64": True},
    ],
    ids=str,
)
def test_headers_that_are_not_taken(mercy: FlaskClient, header: dict[str, Any]) -> None:
    assert not is_in(call(mercy, token(header=header)))


def test_keys_in_a_header_are_not_looked_at(mercy: FlaskClient) -> None:
    own = OTHER_KEY.as_dict(private=False)
    assert is_in(call(mercy, token(header={"jwk": own, "x5u": "https://evil.example/x5u"})))
    forged = elliptic.__wrapped__()  # another key of the same kind
    for header in ({"jwk": forged.as_dict(private=False)}, {"x5u": "https://evil.example/x5u"}):
        assert not is_in(call(mercy, token(forged, header=header)))


def test_algorithms_that_make_and_check_with_one_key_are_not_taken(mercy: FlaskClient) -> None:
    public = elliptic().as_pem(private=False)
    for secret in (public, public.strip(), json.dumps(elliptic().as_dict(private=False)).encode()):
        for name, digest in (("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")):
            header = {"alg": name, "kid": "one", "typ": "JWT"}
            signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims()))
            signature = encoded(hmac.digest(secret, signed.encode(), digest))
            assert not is_in(call(mercy, f"{signed}.{signature}"))


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


@pytest.mark.parametrize("name", ["none", "None", "NONE", "", "ES512", "ES384 ", None, ["ES384"], {}])
def test_an_unsigned_token_is_not_taken(mercy: FlaskClient, name: object) -> None:
    head, _, rest = token().partition(".")
    payload, _, signature = rest.partition(".")
    header = encoded(json.dumps({"alg": name, "kid": "one", "typ": "JWT"}).encode())
    for forged in (f"{header}.{payload}.", f"{header}.{payload}.{signature}", f"{head}.{payload}."):
        assert not is_in(call(mercy, forged))


def test_a_changed_token_is_not_taken(mercy: FlaskClient) -> None:
    head, payload, signature = token().split(".")
    other = token().split(".")[1]
    assert not is_in(call(mercy, f"{head}.{other}.{signature}"))
    assert not is_in(call(mercy, f"{head}.{payload}.{signature[::-1]}"))


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b'"x"', b"null", b"{", b"\xff", b'{"iss": NaN}', b"1" * 9_999, b"[" * 3_000]
)
def test_a_token_with_other_content_is_not_taken(mercy: FlaskClient, payload: bytes) -> None:
    assert not is_in(call(mercy, token(payload=payload)))


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Bearer ..", "Basic dXNlcjpwYXNz", "Bearer \xe9.\xe9.\xe9"],
)
def test_no_token_no_call(mercy: FlaskClient, header: str) -> None:
    answer = mercy.post(SIGN, headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.data == b""
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_two_tokens_are_none(mercy: FlaskClient) -> None:
    answer = mercy.post(SIGN, headers={"Authorization": f"Bearer {token()},Bearer {token()}"})
    assert answer.status_code == 401


def test_a_token_in_the_address_is_not_taken(mercy: FlaskClient) -> None:
    answer = mercy.post(f"{SIGN}?access_token={token()}", headers=bearer(token()))
    assert answer.status_code == 400
    assert b"Authorization" in answer.data


def test_a_token_is_good_for_one_call(mercy: FlaskClient) -> None:
    once = token()
    assert is_in(call(mercy, once))
    assert not is_in(call(mercy, once))


def test_replicas_know_what_another_has_seen(tmp_path: Path) -> None:
    chosen = settings(trust_file(tmp_path), database_url=f"sqlite:///{tmp_path}/shared.db")
    one, two = (create_app(chosen, knowledge(), packs(), store=open_store(chosen)).test_client() for _ in range(2))
    once = token()
    assert is_in(call(one, once))
    assert not is_in(call(two, once))


def test_a_refused_token_does_not_use_up_its_id(mercy: FlaskClient) -> None:
    assert not is_in(call(mercy, token(jti="kept", aud="https://else.example.org")))
    assert is_in(call(mercy, token(jti="kept")))


def test_feedback_is_for_either_address(mercy: FlaskClient) -> None:
    for path in (SIGN, f"{SIGN}/feedback"):
        assert is_in(call(mercy, token(aud=f"{PUBLIC_URL}{path}"), f"{SIGN}/feedback"))
    assert not is_in(call(mercy, token(aud=PUBLIC_URL), f"{SIGN}/feedback"))


def test_an_audience_of_the_caller_s_own(tmp_path: Path) -> None:
    client = app(tmp_path, audience='"https://inside.example.net/needle"')
    assert is_in(call(client, token(aud=f"https://inside.example.net/needle{SIGN}")))
    assert not is_in(call(client, token()))


def test_tenants_are_checked_where_they_are_listed(tmp_path: Path) -> None:
    client = app(tmp_path, tenants='["north", "south"]')
    assert is_in(call(client, token(tenant="north")))
    for tenant in ("east", None, ["north"], ""):
        assert not is_in(call(client, token(tenant=tenant)))


def test_only_listed_algorithms_are_taken(tmp_path: Path) -> None:
    client = app(tmp_path, keys=jwks(rsa(), kid="one"), algorithms='["RS384"]')
    assert is_in(call(client, token(rsa(), header={"alg": "RS384"})))
    for name in ("RS256", "PS384", "RS512"):
        assert not is_in(call(client, token(rsa(), header={"alg": name})))


def test_a_key_for_another_algorithm_is_not_used(tmp_path: Path) -> None:
    client = app(tmp_path, keys=jwks(rsa(), kid="one", alg="RS256"), algorithms='["RS256", "RS384"]')
    assert is_in(call(client, token(rsa(), header={"alg": "RS256"})))
    assert not is_in(call(client, token(rsa(), header={"alg": "RS384"})))


def test_both_keys_are_good_during_a_rotation(tmp_path: Path) -> None:
    keys = json.loads(jwks(elliptic(), kid="one"))["keys"] + json.loads(jwks(rsa(), kid="a+/="))["keys"]
    client = app(tmp_path, keys=json.dumps({"keys": keys}).encode())
    assert is_in(call(client, token()))
    assert is_in(call(client, token(rsa(), header={"alg": "RS384", "kid": "a+/="})))


def test_a_caller_without_the_right_is_known_and_not_allowed(tmp_path: Path) -> None:
    answer = call(app(tmp_path, rights='["screen"]'), token())
    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["issue"][0]["code"] == "forbidden"


def test_discovery_needs_a_token_unless_it_is_open(tmp_path: Path) -> None:
    client = app(tmp_path)
    assert client.get("/cds-services").status_code == 401
    assert client.get("/cds-services", headers=bearer(token(aud=f"{PUBLIC_URL}/cds-services"))).status_code == 200
    client = app(tmp_path, public={"open_discovery": True})
    assert client.get("/cds-services").status_code == 200
    assert not is_in(call(client, None))


def test_a_browser_asks_without_a_token(tmp_path: Path) -> None:
    client = app(tmp_path, public={"cors_origins": (ORIGIN,)})
    answer = client.options(SIGN, headers={"Origin": ORIGIN, "Access-Control-Request-Method": "POST"})
    assert answer.status_code == 200
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    assert call(client, None).status_code == 401


def test_the_log_says_why_and_holds_no_token(mercy: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.handler.setFormatter(JsonLines())
    refused = token(aud="https://marker.example.org", tenant="north", jti="id-7", sub="Marker")
    call(mercy, refused)
    call(mercy, token(iss="two words and a marker\n"))
    call(mercy, token(jti="id-8"))
    why, _, other, _, good = (json.loads(line) for line in caplog.text.splitlines())
    assert why["event"] == "not let in: its aud is not us"
    assert (why["issuer"], why["jti"], why["tenant"]) == (MERCY, "id-7", "north")
    assert "issuer" not in other
    assert good["caller"] == "Mercy EHR"
    assert "arker" not in caplog.text
    assert refused.split(".")[2] not in caplog.text


def test_without_auth_nobody_is_asked() -> None:
    assert is_in(call(create_app(Settings(), knowledge(), packs()).test_client(), None))
