"""What every answer carries."""

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.settings import Settings
from tests.vignettes.runner import knowledge, packs
from tests.web.charts import SCREEN
from tests.web.conftest import ORIGIN

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.mark.parametrize("path", ["/health/live", "/fhir/metadata", "/nix", "/fhir/nix", SCREEN])
def test_every_answer_is_guarded(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Strict-Transport-Security"]  # its public address is https
    assert headers["X-Request-ID"]


def test_a_plain_http_address_promises_no_https() -> None:
    client = create_app(Settings(), knowledge(), packs()).test_client()
    assert "Strict-Transport-Security" not in client.get("/health/live").headers


@pytest.mark.parametrize("given", ["abc-123", "urn:uuid:0b1c", "a" * 128, "x=/+@~_."])
def test_a_sound_request_id_comes_back(client: FlaskClient, given: str) -> None:
    assert client.get("/health/live", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "two words", "a" * 129, "<script>", '{"a": 1}', "caf\xe9", "a;b"])
def test_any_other_request_id_is_replaced(client: FlaskClient, given: str) -> None:
    answered = client.get("/health/live", headers={"X-Request-ID": given}).headers["X-Request-ID"]
    assert answered != given
    assert len(answered) == 36


def test_a_trace_comes_back_and_names_the_request(client: FlaskClient) -> None:
    headers = client.get("/health/live", headers={"traceparent": TRACEPARENT}).headers
    assert headers["traceparent"] == TRACEPARENT
    assert headers["X-Request-ID"] == TRACE


@pytest.mark.parametrize(
    "given", ["00-1-2-3", TRACEPARENT.upper(), TRACEPARENT.replace(TRACE, "0" * 32), f"ff{TRACEPARENT[2:]}"]
)
def test_a_trace_of_another_form_is_dropped(client: FlaskClient, given: str) -> None:
    assert "traceparent" not in client.get("/health/live", headers={"traceparent": given}).headers


def test_pages_of_a_listed_origin_may_read_the_answer(client: FlaskClient) -> None:
    headers = client.get("/health/live", headers={"Origin": ORIGIN}).headers
    assert headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Origin" in headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in headers


def test_a_browser_may_ask_before_it_posts(client: FlaskClient) -> None:
    answer = client.options(SCREEN, headers={"Origin": ORIGIN, "Access-Control-Request-Method": "POST"})
    assert answer.status_code == 200
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{ORIGIN}.evil.example"])
def test_pages_of_other_origins_may_not(client: FlaskClient, origin: str) -> None:
    headers = client.options(SCREEN, headers={"Origin": origin}).headers
    assert not [name for name, _ in headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("host", ["evil.example", "a b", "[::1", "", "x" * 5_000, "\xe9"])
def test_links_never_come_from_the_host_header(client: FlaskClient, host: str) -> None:
    answer = client.get("/fhir/metadata", headers={"Host": host, "X-Forwarded-Host": host, "X-Forwarded-Proto": "ftp"})
    assert answer.status_code in {200, 400}
    assert b"evil" not in answer.data
