"""The sandbox with AUTH=jwt: it signs, it is believed for its own calls, and nobody gets further through it."""

import threading
from collections.abc import Iterator

import pytest
import requests

from tests.cds.calls import order, sign
from tests.sandbox.clinician import Clinician, served
from tests.web.callers import SIGN, access_token, bearer, token, trust_file
from tests.web.conftest import PUBLIC_URL


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    trust = trust_file(tmp_path_factory.mktemp("guarded"))
    with served(auth="jwt", trust=str(trust), public_url=PUBLIC_URL, database_url="none") as address:
        yield address


def test_who_may_screen_opens_it_and_its_calls_are_believed(url: str) -> None:
    clinician = Clinician(url, "mina", **bearer(access_token()))
    assert clinician.click("call order-sign", prefetch="-") == "Needlewise answered with 1 card."
    clinician.click(clinician.button("Record: asked today"))
    assert "nothing to say" in clinician.click("call order-sign")


def test_without_a_token_it_stays_shut(url: str) -> None:
    closed = requests.get(f"{url}/sandbox", headers={"Accept": "text/html"}, timeout=10)
    assert closed.status_code == 401
    assert "<h1>Unauthorized</h1>" in closed.text
    assert requests.post(f"{url}/sandbox", data={"do": "call order-sign"}, timeout=10).status_code == 401


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, bearer(access_token())])
def test_its_fhir_server_knows_tokens_of_its_own_only(url: str, headers: dict[str, str]) -> None:
    for path in ("Condition?patient=sandbox-mina", "Patient/sandbox-mina"):
        answer = requests.get(f"{url}/sandbox/fhir/{path}", headers=headers, timeout=10)
        assert answer.status_code == 401
        assert answer.json()["resourceType"] == "OperationOutcome"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_its_fhir_server_tells_errors_as_fhir_does(url: str) -> None:
    for path in ("", "/Patient/1/_history", "/a/b/c"):
        answer = requests.get(f"{url}/sandbox/fhir{path}", headers={"Accept": "text/html"}, timeout=10)
        assert answer.json()["resourceType"] == "OperationOutcome"
        assert answer.headers["Content-Type"].startswith("application/fhir+json")


def test_no_listed_ehr_is_led_to_its_fhir_server(url: str) -> None:
    """Its address is on this machine: only the sandbox's own calls may lead there."""
    sent = sign(order(), fhirServer=f"{url}/sandbox/fhir")
    answer = requests.post(f"{url}{SIGN}", json=sent, headers=bearer(token()), timeout=10)
    assert answer.status_code == 412


def test_its_public_key_is_shown_and_nothing_private(url: str) -> None:
    (key,) = requests.get(f"{url}/sandbox/jwks.json", timeout=10).json()["keys"]
    assert (key["kty"], key["crv"], key["use"], key["alg"]) == ("EC", "P-384", "sig", "ES384")
    assert "d" not in key


def test_many_at_once_are_answered_or_told_to_come_again(url: str) -> None:
    clinician = Clinician(url, **bearer(access_token()))
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(clinician.send(do="call order-sign").status_code))
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 503}
    assert 200 in statuses
