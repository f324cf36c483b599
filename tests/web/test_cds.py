"""CDS Hooks over HTTP: what clients meet, in this process and in a real server."""

from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
import requests
from flask.testing import FlaskClient

from service.app import create_app
from service.cds.hooks import Hook
from service.settings import Settings
from tests.cds.calls import Json, call_of, found, has, order, sign, taking, whole
from tests.vignettes.runner import knowledge, packs
from tests.web.conftest import ORIGIN
from tests.web.serving import Served

SIGN = "/cds-services/dry-needling-order-sign"
CALL = sign(order(), prefetch=whole(medicines=(taking(),)))


def post(client: FlaskClient, body: object, path: str = SIGN, **more: Any) -> Any:
    return client.post(path, data=orjson.dumps(body), headers={"Content-Type": "application/json"} | more)


def test_discovery(client: FlaskClient) -> None:
    answer = client.get("/cds-services")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert "max-age" in answer.headers["Cache-Control"]
    assert answer.json is not None
    assert [service["hook"] for service in answer.json["services"]] == list(Hook)
    again = client.get("/cds-services", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    head = client.head("/cds-services")
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", answer.headers["ETag"])


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "application/json; charset=UTF-8", "application/fhir+json", "application/json+fhir", ""],
)
def test_a_call_is_answered_with_cards(client: FlaskClient, media_type: str) -> None:
    answer = post(client, CALL, **{"Content-Type": media_type})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert [card["summary"] for card in answer.json["cards"]] == ["Precaution, left gastrocnemius: blood thinner"]
    assert answer.json.keys() == {"cards"}


def test_ids_are_new_each_time(client: FlaskClient) -> None:
    first, second = (post(client, CALL).json["cards"][0] for _ in range(2))
    assert first["uuid"] != second["uuid"]


@pytest.mark.parametrize(
    ("body", "path", "status", "code"),
    [
        (b"{", SIGN, 400, "structure"),
        (b"", SIGN, 400, "required"),
        (b'{"hook": "a", "hook": "b"}', SIGN, 400, "structure"),
        (b"{}", SIGN, 400, "required"),
        (orjson.dumps(sign(order(), hook="order-select")), SIGN, 400, "value"),
        (orjson.dumps(sign(order())), SIGN, 412, "required"),
        (orjson.dumps(CALL), "/cds-services/nix", 404, "not-found"),
        (b"{}", f"{SIGN}/feedback", 400, "required"),
        (b'{"feedback": []}', "/cds-services/nix/feedback", 404, "not-found"),
        (orjson.dumps(sign(*[order()] * 201, prefetch=whole())), SIGN, 413, "too-costly"),
        (b" " * 1_100_000, SIGN, 413, "too-long"),
    ],
)
def test_errors_are_outcomes_in_plain_json(client: FlaskClient, body: bytes, path: str, status: int, code: str) -> None:
    answer = client.post(path, data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.json is not None
    assert answer.json["resourceType"] == "OperationOutcome"
    assert code in {issue["code"] for issue in answer.json["issue"]}
    assert all(issue["details"]["text"] for issue in answer.json["issue"])


def test_other_methods_and_media_types(client: FlaskClient) -> None:
    answer = client.get(SIGN)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert client.delete("/cds-services").status_code == 405
    for media_type in ("text/html", "application/json; charset=iso-8859-1"):
        assert post(client, CALL, **{"Content-Type": media_type}).status_code == 415


def test_listed_origins_may_call(client: FlaskClient) -> None:
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    answer = client.options(SIGN, headers=asked)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert {"Authorization", "Content-Type"} <= set(answer.headers["Access-Control-Allow-Headers"].split(", "))
    assert client.get("/cds-services", headers={"Origin": ORIGIN}).headers["Access-Control-Allow-Origin"] == ORIGIN
    other = client.options(SIGN, headers=asked | {"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers


def test_feedback_is_taken_one_by_one(client: FlaskClient) -> None:
    entry = {"card": "c", "outcome": "overridden", "outcomeTimestamp": "2026-03-02T09:30:00Z"}
    answer = post(client, {"feedback": [entry, entry | {"outcome": "?"}]}, f"{SIGN}/feedback")
    assert answer.status_code == 200
    assert (answer.json["received"], answer.json["stored"]) == (1, False)
    assert [refused["index"] for refused in answer.json["refused"]] == [1]


def test_feedback_of_which_nothing_can_be_kept_is_refused(client: FlaskClient) -> None:
    answer = post(client, {"feedback": [{"card": "c", "outcome": "overridden"}, 5]}, f"{SIGN}/feedback")
    assert answer.status_code == 400
    places = [issue["expression"] for issue in answer.json["issue"]]
    assert places == [["CDSHooksFeedback.feedback[0]"], ["CDSHooksFeedback.feedback[1]"]]


@pytest.mark.parametrize("prefetch", [{}, whole()])
def test_a_dispatched_order_of_another_kind_is_not_ours(client: FlaskClient, prefetch: Json) -> None:
    path = "/cds-services/dry-needling-order-dispatch"
    other = ["MedicationRequest/1", "https://ehr.example.org/fhir/DeviceRequest/2"]
    answer = post(client, call_of("order-dispatch", {"dispatchedOrders": other}, prefetch), path)
    assert (answer.status_code, answer.json) == (200, {"cards": []})
    answer = post(client, call_of("order-dispatch", {"dispatchedOrders": [*other, "ServiceRequest/3"]}, prefetch), path)
    assert answer.status_code == 412


@pytest.mark.parametrize(("before", "after", "told"), [("", "", False), ("urn:uuid:", "", False), ("", "x", True)])
def test_an_instance_that_is_no_uuid_is_logged_and_served(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, before: str, after: str, *, told: bool
) -> None:
    instance = before + CALL["hookInstance"].upper() + after
    with caplog.at_level("INFO", logger="needlewise"):
        assert post(client, CALL | {"hookInstance": instance}).status_code == 200
    events = [record.fields.get("event") for record in caplog.records if hasattr(record, "fields")]
    assert ("hookInstance is no UUID" in events) is told


@pytest.fixture(scope="module")
def generous() -> FlaskClient:
    settings = Settings(cds_show_clear=True, cds_system_actions=True, smart_app_url="https://app.example.org/launch")
    return create_app(settings, knowledge(), packs()).test_client()


def test_settings_have_their_effect(generous: FlaskClient) -> None:
    answer = post(generous, sign(order(), prefetch=whole()))
    (card,) = answer.json["cards"]
    assert card["indicator"] == "info"
    assert card["links"][0]["type"] == "smart"
    (action,) = answer.json["systemActions"]
    assert action["type"] == "create"
    assert action["resource"]["resourceType"] == "RiskAssessment"
    assert action["resource"]["basedOn"]["reference"] == "ServiceRequest/order"


def test_nothing_is_filed_where_nothing_was_screened(generous: FlaskClient) -> None:
    assert post(generous, sign(order(words="MRI"))).json == {"cards": []}


MARK = "Zyxwvu Marker"


def test_no_word_of_a_chart_is_in_an_error_or_a_log_line(client: FlaskClient, capfd: Any) -> None:
    marked = orjson.dumps(CALL).decode().replace("joe", f"{MARK}").encode()
    for body in (marked, orjson.dumps(sign(order(), hook=MARK)), orjson.dumps({"hook": MARK, "context": MARK})):
        answer = client.post(SIGN, data=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400
        assert MARK not in answer.get_data(as_text=True)
    printed = capfd.readouterr()
    assert MARK not in printed.out + printed.err


def _card(server: Served, prefetch: Json) -> list[Json]:
    answer = requests.post(f"{server.url}{SIGN}", json=sign(order(), prefetch=prefetch), timeout=30)
    assert answer.status_code == 200, answer.text
    told: list[Json] = answer.json()["cards"]
    return told


def test_an_answer_of_two_taps_is_quiet_until_its_day(server: Served) -> None:
    """The suggestion is applied as it stands; the next call is quiet; after its days it is asked again."""
    (card,) = _card(server, whole(gender="female"))
    assert card["indicator"] == "info"
    (suggestion,) = card["suggestions"]
    answer = suggestion["actions"][0]["resource"]
    days = packs()["default"].days("not-pregnant-answers")
    for age, quiet in ((0, True), (days - 1, True), (days + 2, False)):
        dated = answer | {"effectiveDateTime": _before(answer["effectiveDateTime"], age)}
        cards = _card(server, whole(gender="female") | {"observationsPregnancy": found(dated)})
        assert (cards == []) is quiet, age


def _before(written: str, days: int) -> str:
    return (datetime.fromisoformat(written) - timedelta(days=days)).isoformat()


def test_a_real_server_answers_stop_and_feedback(server: Served) -> None:
    (card,) = _card(server, whole(has("HIV infection")))
    assert card["indicator"] == "critical"
    entry = {"card": card["uuid"], "outcome": "accepted", "outcomeTimestamp": "2026-03-02T09:30:00Z"}
    answer = requests.post(f"{server.url}{SIGN}/feedback", json={"feedback": [entry]}, timeout=30)
    assert answer.json()["received"] == 1
