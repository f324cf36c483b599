"""AUTH=jwt: which pages stay open, and which ask for a token with its right."""

import pytest
from flask.testing import FlaskClient

from tests.web.callers import access_token, bearer
from tests.web.serving import ROOT
from tests.web.test_auth_cds import app

CLOSED = ("/", "/insights", "/insights/numbers.csv", "/reports/none-such")
OPEN = ("/rules", "/rules/default", "/rules/codes/anemia", "/docs", "/static/pages.css")


@pytest.fixture(scope="module")
def mercy(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    return app(tmp_path_factory.mktemp("mercy"))


@pytest.mark.parametrize("path", OPEN)
def test_what_holds_no_patient_stays_open(mercy: FlaskClient, path: str) -> None:
    assert mercy.get(path).status_code == 200


@pytest.mark.parametrize("path", CLOSED)
def test_what_does_asks_who_calls(mercy: FlaskClient, path: str) -> None:
    answer = mercy.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="needlewise"'
    assert "<h1>" in answer.text


def test_the_workbench_screens_with_the_rights_of_its_token(mercy: FlaskClient) -> None:
    form = {"chart": (ROOT / "examples/apixaban-left-calf.json").read_text(), "as-of": "2026-03-02"}
    allowed = mercy.post("/", data=form, headers=bearer(access_token()))
    assert allowed.status_code == 200
    assert "Takes, or took within the washout: Apixaban" in allowed.text
    assert mercy.post("/", data=form, headers=bearer(access_token(scope="system/RiskAssessment.r"))).status_code == 403


def test_insights_ask_for_their_right(tmp_path_factory: pytest.TempPathFactory) -> None:
    without = app(tmp_path_factory.mktemp("without"), rights='["screen"]')
    assert without.get("/insights", headers=bearer(access_token())).status_code == 403
