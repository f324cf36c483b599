"""Access tokens on FHIR paths: rights and scopes, what stays open, and who is told what."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app
from service.settings import SettingsError
from service.trust import Trust, load_trust
from service.trust.scopes import allows
from service.web.access import Door, access_to
from service.web.auth import check_door
from tests.vignettes.runner import knowledge, packs
from tests.web.callers import access_token, bearer, settings, token, trust_file
from tests.web.charts import AS_OF, FHIR_JSON, SCREEN, chart
from tests.web.conftest import PUBLIC_URL
from tests.web.test_auth_cds import app


@pytest.fixture(scope="module")
def mercy(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    return app(tmp_path_factory.mktemp("mercy"))


def screen(client: FlaskClient, jwt: str | None) -> TestResponse:
    headers = {"Content-Type": FHIR_JSON, **(bearer(jwt) if jwt else {})}
    return client.post(f"{SCREEN}?{AS_OF}", data=orjson.dumps(chart()), headers=headers)


def test_a_token_opens_again_and_again(mercy: FlaskClient) -> None:
    jwt = access_token()
    assert [screen(mercy, jwt).status_code for _ in range(2)] == [200, 200]
    assert screen(mercy, access_token(iat=None, jti="x")).status_code == 200
    assert screen(mercy, access_token(aud=[f"{PUBLIC_URL}/fhir/"])).status_code == 200


def test_without_a_token_the_answer_says_how(mercy: FlaskClient) -> None:
    answer = screen(mercy, None)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="needlewise"'
    assert answer.content_type.startswith(FHIR_JSON)
    assert answer.json is not None
    assert answer.json["issue"][0]["code"] == "login"


@pytest.mark.parametrize(
    "jwt",
    [
        "x",
        access_token(aud=PUBLIC_URL),
        access_token(iss="https://evil.example"),
        access_token(exp=1),
        access_token(exp=None),
        access_token(exp=9_999_999_999),
        token(),  # made for a CDS Hooks call
    ],
)
def test_a_wrong_token_is_invalid_and_no_more_is_told(mercy: FlaskClient, jwt: str) -> None:
    answer = screen(mercy, jwt)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert answer.data == screen(mercy, None).data


@pytest.mark.parametrize(
    "scope",
    [
        "system/RiskAssessment.c",
        "system/RiskAssessment.crs",
        "openid system/RiskAssessment.cruds",
        "system/*.c",
        "system/*.*",
        "system/RiskAssessment.write",
        "system/RiskAssessment.*",
        ["system/Patient.rs", "system/RiskAssessment.c"],
    ],
    ids=str,
)
def test_scopes_that_reach(mercy: FlaskClient, scope: object) -> None:
    assert screen(mercy, access_token(scope=scope)).status_code == 200


@pytest.mark.parametrize(
    "scope",
    [
        None,
        "",
        7,
        "system/RiskAssessment.rs",
        "system/RiskAssessment.read",
        "user/RiskAssessment.c",
        "patient/*.*",
        "system/Patient.c",
        "system/RiskAssessment.",
        "system/RiskAssessment.cx",
        "system/RiskAssessment.sc",
        "system/RiskAssessment.c?code=x",
        "system/RiskAssessment.cc",
        "system/riskassessment.c",
        "system/RiskAssessmentX.c",
    ],
    ids=str,
)
def test_scopes_that_do_not_reach(mercy: FlaskClient, scope: object) -> None:
    answer = screen(mercy, access_token(scope=scope))
    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["issue"][0]["code"] == "forbidden"


def test_a_scope_is_not_enough_without_the_right(tmp_path: Path) -> None:
    assert screen(app(tmp_path, rights='["cds-hooks", "read-results"]'), access_token()).status_code == 403


def test_reading_is_asked_for_by_its_own_letters() -> None:
    assert allows("system/RiskAssessment.read", "RiskAssessment", "s")
    assert not allows("system/RiskAssessment.r", "RiskAssessment", "s")
    assert not allows("system/RiskAssessment.rs", "AuditEvent", "r")


@pytest.mark.parametrize(
    "path",
    ["/health/live", "/health/ready", "/fhir/metadata", "/fhir/CodeSystem", "/fhir/CodeSystem/rule", "/openapi.json"],
)
def test_what_describes_us_is_open(mercy: FlaskClient, path: str) -> None:
    assert mercy.get(path).status_code == 200


def test_what_is_not_there_is_not_there(mercy: FlaskClient) -> None:
    assert mercy.get("/fhir/nothing").status_code == 404
    assert mercy.get(SCREEN).status_code == 405


def test_every_route_is_placed(mercy: FlaskClient) -> None:
    for rule in mercy.application.url_map.iter_rules():
        access = access_to(rule.rule, open_discovery=False)
        assert access.door is Door.OPEN or access.right is not None, rule.rule


def test_a_route_that_nobody_placed_is_closed() -> None:
    assert access_to("/new", open_discovery=True).right is None
    assert access_to("/fhir/CodeSystems", open_discovery=True).door is Door.BEARER


def refusal(listed: Trust, **other: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        check_door(replace(settings(Path("trust.toml")), **other), listed)
    return str(caught.value)


def test_who_knows_nobody_does_not_start(tmp_path: Path) -> None:
    assert "lists no [[caller]]" in refusal(Trust())
    assert "NEEDLEWISE_TRUST is not set" in refusal(Trust(), trust="")
    with pytest.raises(SettingsError, match="can't read"):
        create_app(settings(tmp_path / "none.toml"), knowledge(), packs())


def test_who_has_no_public_address_does_not_start_off_loopback(tmp_path: Path) -> None:
    trust = load_trust(trust_file(tmp_path))
    assert "PUBLIC_URL" in refusal(trust, public_url="", host="0.0.0.0")  # noqa: S104 - that it is refused
    named = load_trust(trust_file(tmp_path, audience='"https://needle.example.org"'))
    check_door(settings(tmp_path), named)
