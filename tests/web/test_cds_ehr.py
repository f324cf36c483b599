"""The whole path: a call without prefetch, a FHIR server of its own process thread, cards in time."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.settings import Settings
from tests.cds.calls import Json, call_of, found, has, order, patient, sign, taking, whole
from tests.fhir_server import fhir_server
from tests.vignettes.runner import knowledge, packs

SIGN = "/cds-services/dry-needling-order-sign"
TOKEN = "ehr-token-of-this-call"  # noqa: S105 - made up


@pytest.fixture
def ehr() -> Iterator[Any]:
    problems = (has("HIV infection"), *(has("Low back pain", f"p{number}") for number in range(5)))
    with fhir_server(
        patient(), *problems, taking(), order("two", "right calf", status="active"), page_size=2
    ) as served:
        yield served


@pytest.fixture
def client(ehr: Any, tmp_path: Path) -> FlaskClient:
    trust = tmp_path / "trust.toml"
    trust.write_text(
        f'[[ehr]]\nbase_url = "{ehr.base_url}"\nallow_http = true\nallow_private_addresses = true\n', encoding="utf-8"
    )
    settings = Settings(trust=str(trust), cds_budget_s=2, ehr_timeout_s=1, database_url="none")
    return create_app(settings, knowledge(), packs()).test_client()


def authorized(sent: Json, base_url: str, **change: Any) -> Json:
    given = {
        "access_token": TOKEN,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.read",
        "subject": "c",
    }
    return sent | {"fhirServer": base_url, "fhirAuthorization": given | change}


def post(client: FlaskClient, body: Json, path: str = SIGN) -> Any:
    return client.post(path, data=orjson.dumps(body), headers={"Content-Type": "application/json"})


def test_the_chart_is_read_where_no_prefetch_came(client: FlaskClient, ehr: Any) -> None:
    answer = post(client, authorized(sign(order()), ehr.base_url))
    (card,) = answer.json["cards"]
    assert card["summary"] == "Contraindicated, left gastrocnemius: HIV, blood thinner"
    assert {seen.headers.get("authorization") for seen in ehr.seen} == {f"Bearer {TOKEN}"}
    assert TOKEN not in answer.get_data(as_text=True)


def test_only_what_is_missing_is_read(client: FlaskClient, ehr: Any) -> None:
    prefetch = whole(medicines=(taking(),)) | {"conditions": None}
    (card,) = post(client, authorized(sign(order(), prefetch=prefetch), ehr.base_url)).json["cards"]
    assert card["indicator"] == "critical"
    asked = {seen.target.partition("?")[0].partition("/")[0] for seen in ehr.seen}
    assert "Condition" in asked
    assert not asked & {"Patient", "MedicationRequest"}


def test_nothing_is_read_where_it_is_not_about_dry_needling(client: FlaskClient, ehr: Any) -> None:
    assert post(client, authorized(sign(order(words="MRI")), ehr.base_url)).json == {"cards": []}
    assert not ehr.seen


def test_a_server_that_is_not_listed_is_not_asked(client: FlaskClient, ehr: Any) -> None:
    answer = post(client, authorized(sign(order()), ehr.base_url.replace("/fhir", "/other")))
    assert answer.status_code == 412
    assert not ehr.seen


def test_a_token_of_another_patient_is_not_shown(client: FlaskClient, ehr: Any) -> None:
    answer = post(client, authorized(sign(order()), ehr.base_url, patient="ann"))
    assert answer.status_code == 412
    assert not ehr.seen


def test_a_slow_server_costs_no_more_than_the_budget(client: FlaskClient, ehr: Any) -> None:
    ehr.fail("Condition", delay_s=5)
    begun = time.monotonic()
    (card,) = post(client, authorized(sign(order()), ehr.base_url)).json["cards"]
    assert time.monotonic() - begun < 2.5
    assert card["summary"].startswith("Not enough known, left gastrocnemius – to settle: problem list not received")
    assert "time-out" in card["detail"]


def test_what_is_not_permitted_is_told(client: FlaskClient, ehr: Any) -> None:
    ehr.fail("Condition", status=403)
    (card,) = post(client, authorized(sign(order()), ehr.base_url)).json["cards"]
    assert "not permitted" in card["detail"]


def test_dispatched_orders_are_read(client: FlaskClient, ehr: Any) -> None:
    sent = call_of("order-dispatch", {"dispatchedOrders": ["ServiceRequest/two"], "performer": "Organization/x"})
    (card,) = post(client, authorized(sent, ehr.base_url), "/cds-services/dry-needling-order-dispatch").json["cards"]
    assert card["summary"].startswith("Contraindicated, right calf")


def test_an_opened_chart_is_read_only_if_there_is_an_order(client: FlaskClient, ehr: Any) -> None:
    sent = call_of("patient-view", {"userId": "Practitioner/doc"})
    (card,) = post(client, authorized(sent, ehr.base_url), "/cds-services/dry-needling-patient-view").json["cards"]
    assert card["indicator"] == "info"


def prescribed(id_: str, number: int = 0) -> Json:
    made = taking(id_=f"request{number}")
    del made["medicationCodeableConcept"]
    return made | {"medicationReference": {"reference": id_}}


def medication(id_: str, words: str = "Apixaban 5 mg tablet") -> Json:
    return {"resourceType": "Medication", "id": id_, "code": {"text": words}}


def precaution(client: FlaskClient, sent: Json) -> bool:
    (card,) = post(client, sent).json["cards"]
    summary: str = card["summary"]
    return summary == "Precaution, left gastrocnemius: blood thinner"


def test_a_medication_that_is_only_referred_to_is_read(client: FlaskClient, ehr: Any) -> None:
    ehr.resources.append(medication("m1"))
    for reference in ("Medication/m1", f"{ehr.base_url}/Medication/m1", "Medication/m1/_history/2"):
        prefetch = whole(medicines=(prescribed(reference),))
        assert precaution(client, authorized(sign(order(), prefetch=prefetch), ehr.base_url))
    assert set(ehr.targets("Medication/")) == {"Medication/m1"}


def test_many_medications_are_searched_for_at_once(client: FlaskClient, ehr: Any) -> None:
    ehr.resources += [medication(f"m{number}", "Paracetamol 500 mg tablet") for number in range(59)]
    ehr.resources.append(medication("m59"))
    ehr.page_size = 0
    prefetch = whole(medicines=tuple(prescribed(f"Medication/m{number}", number) for number in range(60)))
    sent = authorized(sign(order(), prefetch=prefetch), ehr.base_url)
    assert precaution(client, sent)
    assert len(ehr.targets("Medication?_id=")) == 2
    assert not ehr.targets("Medication/")


def test_where_medications_can_t_be_searched_for_they_are_read(client: FlaskClient, ehr: Any) -> None:
    ehr.resources += [medication(f"m{number}") for number in range(9)]
    ehr.fail("Medication?", status=404)
    prefetch = whole(medicines=tuple(prescribed(f"Medication/m{number}", number) for number in range(9)))
    assert precaution(client, authorized(sign(order(), prefetch=prefetch), ehr.base_url))


def test_a_draft_in_the_same_session_may_refer_to_one(client: FlaskClient, ehr: Any) -> None:
    ehr.resources.append(medication("m1"))
    drafts = (order(), prescribed("Medication/m1") | {"status": "draft"})
    assert post(client, authorized(sign(*drafts, prefetch=whole()), ehr.base_url)).status_code == 200
    assert ehr.targets("Medication/") == ["Medication/m1"]


@pytest.mark.parametrize("reference", ["Medication/gone", "https://elsewhere.example/fhir/Medication/m1"])
def test_a_medication_that_can_t_be_had_is_an_open_question(client: FlaskClient, ehr: Any, reference: str) -> None:
    prefetch = whole(medicines=(prescribed(reference),))
    (card,) = post(client, authorized(sign(order(), prefetch=prefetch), ehr.base_url)).json["cards"]
    assert card["summary"] == "Not enough known, left gastrocnemius – to settle: entry that could not be read"
    assert "Medication that it refers to was not sent" in card["detail"]
    assert not [seen for seen in ehr.seen if "elsewhere" in seen.target]


def test_a_medication_that_was_sent_is_not_asked_for(client: FlaskClient, ehr: Any) -> None:
    contained = prescribed("#m") | {"contained": [medication("m")]}
    prefetch = whole(medicines=(prescribed("Medication/m1"), contained)) | {"drugs": found(medication("m1"))}
    assert precaution(client, authorized(sign(order(), prefetch=prefetch), ehr.base_url))
    assert not [*ehr.targets("Medication/"), *ehr.targets("Medication?")]
