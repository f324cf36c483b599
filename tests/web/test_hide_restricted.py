"""HIDE_RESTRICTED through the doors: the answers of a service that was set so."""

from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.settings import Settings
from tests.cds.calls import found, has, order, sign, taking, whole
from tests.vignettes.runner import knowledge, packs
from tests.web.charts import AS_OF, SCREEN, bundle, headline, patient, rules

LABEL = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "42CFRPart2"}
DISEASE = "hiv"


def hiding(**settings: Any) -> FlaskClient:
    return create_app(Settings(**settings), knowledge(), packs()).test_client()


def labelled(resource: dict[str, Any]) -> dict[str, Any]:
    return {**resource, "meta": {"security": [LABEL]}}


def problem(words: str = "HIV infection", **more: Any) -> dict[str, Any]:
    return labelled({**has(words), "id": "problem", **more})


def screened(client: FlaskClient, *entries: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(f"{SCREEN}?{AS_OF}&target=left calf", data=orjson.dumps(bundle(patient(), *entries)))
    assert answer.status_code == 200
    assert answer.json is not None
    return answer.json  # type: ignore[no-any-return]


def test_a_result_gives_the_headline_and_what_to_do_and_not_the_disease() -> None:
    result = screened(hiding(hide_restricted=True), problem())
    assert headline(result) == "contraindicated"
    assert result["meta"]["security"] == [LABEL]
    assert result["basis"] == [{"reference": "Condition/problem"}]
    assert "dry needling is not to be used" in result["mitigation"]
    assert "confidential entry" in result["text"]["div"]
    assert "restricted" in rules(result)
    assert DISEASE not in orjson.dumps(result).decode().lower()


def test_without_the_setting_the_label_is_carried_and_the_disease_is_named() -> None:
    result = screened(hiding(), problem())
    assert result["meta"]["security"] == [LABEL]
    assert "HIV" in result["text"]["div"]


def test_an_unlabelled_medicine_does_not_tell_of_a_labelled_disease() -> None:
    medicine = {**taking("Bictegravir"), "subject": {"reference": "Patient/joe"}}
    result = screened(hiding(hide_restricted=True), problem(), medicine)
    assert DISEASE not in orjson.dumps(result).decode().lower()


def test_what_carries_no_label_is_named_as_ever() -> None:
    result = screened(hiding(hide_restricted=True), problem(), {**has("Haemophilia A"), "id": "other"})
    assert "Haemophilia A" in result["text"]["div"]
    assert DISEASE not in orjson.dumps(result).decode().lower()


@pytest.mark.parametrize("status", ["refuted", "unconfirmed", "entered-in-error"])
def test_a_labelled_entry_that_establishes_nothing_is_not_named_either(status: str) -> None:
    entry = problem(verificationStatus={"coding": [{"code": status}]})
    result = screened(hiding(hide_restricted=True), entry)
    assert DISEASE not in orjson.dumps(result).decode().lower()


def test_a_label_on_the_bundle_covers_its_entries() -> None:
    chart = {**bundle(patient(), {**has("HIV infection")}), "meta": {"security": [LABEL]}}
    answer = hiding(hide_restricted=True).post(f"{SCREEN}?{AS_OF}", data=orjson.dumps(chart))
    assert DISEASE not in answer.text.lower()


def test_a_card_names_neither_the_disease_nor_its_rule() -> None:
    prefetch = {**whole(), "conditions": found(problem())}
    path = "/cds-services/dry-needling-order-sign"
    (hidden,) = hiding(hide_restricted=True).post(path, json=sign(order(), prefetch=prefetch)).json["cards"]  # type: ignore[index]
    assert hidden["indicator"] == "critical"
    assert hidden["summary"].startswith("Contraindicated, left gastrocnemius")
    assert hidden["source"]["topic"]["code"] == "contraindicated"
    assert "dry needling is not to be used" in hidden["detail"]
    assert DISEASE not in orjson.dumps(hidden).decode().lower()
    (named,) = hiding().post(path, json=sign(order(), prefetch=prefetch)).json["cards"]  # type: ignore[index]
    assert named["source"]["topic"]["code"] == "hiv"
