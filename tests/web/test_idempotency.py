"""A request that comes again gets the answer that it got."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web.charts import AS_OF, FHIR_JSON, chart
from tests.web.conftest import PUBLIC_URL
from tests.web.stored import application, rows, screened

NAMED = chart() | {"identifier": {"system": "https://ehr.example.org/bundles", "value": "7"}}
R5 = f"{FHIR_JSON}; fhirVersion=5.0"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return application(tmp_path)


def test_the_same_key_gets_the_same_answer(client: FlaskClient, tmp_path: Path) -> None:
    first, again = (screened(client, query="", Idempotency_Key="order 7") for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.data == first.data
    assert again.headers["Location"] == first.headers["Location"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(rows(tmp_path, "screenings")) == 1


def test_the_same_key_with_anything_else_is_refused(client: FlaskClient) -> None:
    screened(client, Idempotency_Key="7")
    for answer in (
        screened(client, chart() | {"id": "other"}, Idempotency_Key="7"),
        screened(client, query="as-of=2026-03-03", Idempotency_Key="7"),
        screened(client, Idempotency_Key="7", Accept=R5),
        screened(client, Idempotency_Key="7", Content_Type=f"{FHIR_JSON}; fhirVersion=4.0"),
    ):
        assert (answer.status_code, answer.json["issue"][0]["code"]) == (422, "business-rule")  # type: ignore[index]


def test_another_key_is_another_screening(client: FlaskClient) -> None:
    one, two = (screened(client, NAMED, Idempotency_Key=key) for key in ("1", "2"))
    assert one.headers["Location"] != two.headers["Location"]


@pytest.mark.parametrize("key", ["", "k" * 256, "a\tb", "é"])
def test_a_key_that_can_t_be_is_refused(client: FlaskClient, key: str) -> None:
    assert screened(client, Idempotency_Key=key).status_code == 400


def test_a_bundle_with_an_identifier_is_known_again(client: FlaskClient) -> None:
    first, again = (screened(client, NAMED) for _ in range(2))
    assert again.data == first.data
    assert again.headers["Idempotency-Replayed"] == "true"
    for other in (screened(client, NAMED, f"{AS_OF}&target=left calf"), screened(client, NAMED | {"id": "2"})):
        assert other.status_code == 200
        assert "Idempotency-Replayed" not in other.headers
        assert other.headers["Location"] != first.headers["Location"]


def test_a_request_that_was_refused_may_be_mended(client: FlaskClient) -> None:
    assert screened(client, query="as-of=soon", Idempotency_Key="7").status_code == 400
    assert screened(client, Idempotency_Key="7").status_code == 200


def test_duplicates_at_the_same_time_get_one_answer(tmp_path: Path) -> None:
    application(tmp_path)
    clients = [application(tmp_path) for _ in range(2)]  # two replicas

    def send(number: int) -> bytes:
        answer = screened(clients[number % 2].application.test_client(), Idempotency_Key="7")
        return bytes(answer.data)

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(16)))
    assert len(answers) == 1
    assert len(rows(tmp_path, "screenings")) == 1


def test_where_nothing_is_stored_a_key_costs_nothing(tmp_path: Path) -> None:
    client = application(tmp_path, database_url="none")
    assert [screened(client, Idempotency_Key="7").status_code for _ in range(2)] == [200, 200]


@pytest.mark.parametrize(
    ("prefer", "expected"),
    [
        ("return=minimal", None),
        ("return=OperationOutcome", "OperationOutcome"),
        ("return=representation", "RiskAssessment"),
    ],
)
def test_the_answer_is_as_long_as_preferred(client: FlaskClient, prefer: str, expected: str | None) -> None:
    answer = screened(client, Prefer=prefer)
    assert answer.status_code == 200
    assert answer.headers["Preference-Applied"] == prefer
    assert client.get(answer.headers["Location"].removeprefix(PUBLIC_URL)).status_code == 200
    assert (answer.json["resourceType"] if answer.data else None) == expected  # type: ignore[index]
