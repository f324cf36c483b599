"""Missing, null, empty, failed and cut off are five things, whatever the key and the shape."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from service.cds.chart import Need, NotFetched
from service.core.chart import Kind
from service.fhir.refused import Case, Refused
from tests.cds.calls import OUTCOME, Json, answered, cards, found, has, order, patient, sign, taking, whole

NEXT = [{"relation": "next", "url": "https://ehr.example.org/r4/Condition?page=2"}]
EPIC_EMPTY = found(total=0) | {
    "entry": [
        {
            "search": {"mode": "outcome"},
            "resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "processing"}]},
        }
    ]
}


def state(prefetch: Json, kind: Kind = Kind.CONDITION, **more: Any) -> str:
    screening = answered(sign(order(), prefetch={"patient": patient(), **prefetch}), **more).screening
    assert screening is not None
    return next(one.state for one in screening.lists if one.kind is kind)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (found(has("Low back pain")), "received"),
        (found(), "empty"),
        (EPIC_EMPTY, "empty"),
        ({"resourceType": "Bundle", "type": "collection"}, "empty"),
        ({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": has("Back pain")}]}, "received"),
        (has("Back pain"), "received"),
        ({"response": {"status": "200 OK"}, "resource": has("Back pain")}, "received"),
        ({"resourceType": "Bundle", "entry": [{"resource": found(has("Back pain"))}]}, "received"),
        (None, "not-received"),
        ({}, "not-received"),
        ("text", "not-received"),
        ([has("Back pain")], "not-received"),
        (OUTCOME, "failed"),
        ({"response": {"status": "403 Forbidden"}}, "failed"),
        (found() | {"entry": [{"resource": OUTCOME, "search": {"mode": "outcome"}}]}, "failed"),
        (found(has("Back pain"), link=NEXT), "incomplete"),
        (found(has("Back pain"), total=9), "incomplete"),
    ],
)
def test_the_state_of_a_list(value: object, expected: str) -> None:
    assert state({"conditions": value}) == expected


def test_a_missing_key_is_never_none() -> None:
    assert state({}) == "not-received"


def test_null_is_none_only_where_the_site_says_so() -> None:
    assert state({"conditions": None}, null_is_empty=True) == "empty"


@pytest.mark.parametrize("key", ["Condition", "conditionBundle", "problems-user", "item4"])
def test_other_keys_count_by_what_they_hold(key: str) -> None:
    assert state({key: found(has("Back pain"))}) == "received"


@pytest.mark.parametrize("key", ["Condition", "conditionBundle", "problems-user"])
def test_an_empty_list_under_another_key_counts_by_its_name(key: str) -> None:
    assert state({key: found()}) == "empty"


def test_an_empty_list_under_a_key_that_says_nothing_says_nothing() -> None:
    assert state({"item4": found()}) == "not-received"


def test_a_list_under_the_wrong_key_is_still_that_list() -> None:
    prefetch = {"conditions": found(taking())}
    assert state(prefetch) == "not-received"
    assert state(prefetch, Kind.MEDICINE) == "received"


def test_medicines_are_received_by_either_resource() -> None:
    prefetch = {"medicationRequests": found(taking()), "medicationStatements": OUTCOME}
    assert state(prefetch, Kind.MEDICINE) == "received"


def test_another_patient_s_record_is_set_aside_and_told() -> None:
    prefetch = whole() | {"patient": patient("female", "ann")}
    (card,) = cards(sign(order(), prefetch=prefetch), show_clear=True)
    assert "another patient" in card["detail"]


def test_the_same_resource_in_two_keys_counts_once() -> None:
    prefetch = whole(has("Diabetes mellitus type 2")) | {"problems": found(has("Diabetes mellitus type 2"))}
    screening = answered(sign(order(), prefetch=prefetch)).screening
    assert screening is not None
    (finding,) = screening.findings
    assert len(finding.evidence) == 1


class Ehr:
    """Answers by resource type, and remembers what it was asked."""

    def __init__(self, **answers: Json | NotFetched) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, call: object, needs: Sequence[Need]) -> Mapping[str, Any]:  # noqa: ARG002
        self.asked += [need.query.partition("?")[0].partition("/")[0] for need in needs]
        return {
            need.key: self.answers[type_]
            for need in needs
            if (type_ := need.query.partition("?")[0].partition("/")[0]) in self.answers
        }


def test_only_what_is_missing_is_asked_for() -> None:
    ehr = Ehr(Condition=found(has("HIV infection")))
    prefetch = {"patient": patient(), "conditions": None, "medicationRequests": OUTCOME, "Observation": found()}
    (card,) = cards(sign(order(), prefetch=prefetch), ehr)
    assert card["summary"].startswith("Contraindicated")
    assert ehr.asked == ["Condition", "MedicationStatement", "Procedure", "Immunization", "AllergyIntolerance"]


def test_without_prefetch_all_is_asked_for() -> None:
    ehr = Ehr(Patient=patient(), Condition=found(has("HIV infection")), MedicationRequest=found())
    (card,) = cards(sign(order()), ehr)
    assert card["summary"] == "Contraindicated, left gastrocnemius: HIV"


def test_a_cut_off_list_is_read_again_in_whole() -> None:
    ehr = Ehr(Condition=found(has("Back pain"), has("HIV infection", "two")))
    prefetch = whole() | {"conditions": found(has("Back pain"), link=NEXT)}
    (card,) = cards(sign(order(), prefetch=prefetch), ehr)
    assert card["summary"].startswith("Contraindicated")


def test_a_cut_off_list_that_can_t_be_read_again_is_used_and_told() -> None:
    ehr = Ehr(Condition=NotFetched("time-out"))
    prefetch = whole() | {"conditions": found(has("HIV infection"), link=NEXT)}
    (card,) = cards(sign(order(), prefetch=prefetch), ehr)
    assert card["summary"].startswith("Contraindicated")
    assert "Cut off before the end: problems" in card["detail"]


def test_what_did_not_come_in_time_is_told_and_asked_about() -> None:
    ehr = Ehr(Condition=NotFetched("time-out"), MedicationRequest=found())
    (card,) = cards(sign(order(), prefetch={"patient": patient()}), ehr)
    assert card["indicator"] == "warning"
    assert "time-out on reading the EHR" in card["detail"]


def test_nothing_at_all_is_refused() -> None:
    ehr = Ehr(Condition=NotFetched("time-out"))
    for prefetch in (None, {}, {"conditions": None}, {"conditions": OUTCOME}):
        with pytest.raises(Refused) as refused:
            cards(sign(order(), prefetch=prefetch), ehr)
        assert refused.value.case is Case.NOTHING_TO_SCREEN
