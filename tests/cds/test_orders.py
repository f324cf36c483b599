"""What a call is about: selected, dispatched, booked; and nothing at all where it is not dry needling."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from service.cds.chart import Need
from service.fhir.refused import Case, Refused
from tests.cds.calls import Json, bundle, call_of, cards, found, has, order, patient, sign, taking, whole

BLOOD_THINNER = whole(medicines=(taking(),))


def targets(sent: Json) -> list[str]:
    return [card["summary"].partition(":")[0] for card in cards(sent)]


def never(call: object, needs: Sequence[Need]) -> Mapping[str, Any]:  # noqa: ARG001
    raise AssertionError


@pytest.mark.parametrize(
    "sent",
    [
        sign(order(words="MRI of the knee"), fhirServer="https://ehr.example.org"),
        sign(),
        sign(order(status="completed")),
        sign(order(subject={"reference": "Patient/ann"})),
        sign(order(doNotPerform=True)),
        sign(order(), context={"userId": "Patient/joe"}),
        call_of("appointment-book", {"appointments": bundle({"resourceType": "Appointment", "status": "proposed"})}),
    ],
)
def test_not_about_dry_needling_reads_no_chart(sent: Json) -> None:
    assert cards(sent, never) == []


def test_signing_again_is_signing() -> None:
    assert targets(sign(order(status="active"), prefetch=BLOOD_THINNER)) == ["Precaution, left gastrocnemius"]


def test_several_orders_have_a_card_each_that_names_its_order() -> None:
    sent = sign(order("one"), order("two", "right calf"), prefetch=BLOOD_THINNER)
    told = {card["extension"]["org.needlewise.associated-resource"][0]: card["summary"] for card in cards(sent)}
    assert told.keys() == {"ServiceRequest/one", "ServiceRequest/two"}
    assert "right calf" in told["ServiceRequest/two"]


def test_only_selected_orders_are_judged() -> None:
    sent = sign(order("one"), order("two", "right calf"), hook="order-select", prefetch=BLOOD_THINNER)
    sent["context"]["selections"] = ["ServiceRequest/two"]
    assert targets(sent) == ["Precaution, right calf"]


@pytest.mark.parametrize(
    "selection", ["two", "https://ehr.example.org/ServiceRequest/two", {"reference": "ServiceRequest/two"}]
)
def test_selections_are_read_in_any_form(selection: Any) -> None:
    sent = sign(order("one"), order("two", "right calf"), hook="order-select", prefetch=BLOOD_THINNER)
    sent["context"]["selections"] = [selection]
    assert targets(sent) == ["Precaution, right calf"]


def test_a_selection_that_names_nothing_means_the_only_order() -> None:
    sent = sign(order("one"), hook="order-select", prefetch=BLOOD_THINNER)
    sent["context"]["selections"] = ["ServiceRequest/else"]
    assert len(cards(sent)) == 1


def test_an_unselected_needling_order_beside_something_else_is_silent() -> None:
    sent = sign(order("one"), order("two", words="MRI"), hook="order-select", prefetch=BLOOD_THINNER)
    sent["context"]["selections"] = ["ServiceRequest/two"]
    assert cards(sent, never) == []


def test_a_medicine_that_is_only_drafted_is_no_finding() -> None:
    sent = sign(order(), taking(status="draft"), prefetch=whole())
    assert cards(sent) == []
    assert len(cards(sent, show_clear=True)) == 1


def test_orders_of_stu3_are_read_and_removed_under_their_own_name() -> None:
    sent = sign(order() | {"resourceType": "ProcedureRequest"}, prefetch=whole(has("HIV infection")))
    (card,) = cards(sent)
    assert card["suggestions"][0]["actions"][0]["resourceId"] == "ProcedureRequest/order"


def test_odd_entries_do_not_move_the_orders() -> None:
    sent = sign(order("one"), prefetch=whole(has("HIV infection")))
    sent["context"]["draftOrders"]["entry"] = [
        {"resource": bundle(order("zero", words="MRI"), {"resourceType": "Nix"})},
        None,
        {},
        *sent["context"]["draftOrders"]["entry"],
        *sent["context"]["draftOrders"]["entry"],
    ]
    (card,) = cards(sent)
    assert card["suggestions"][0]["actions"][0]["resourceId"] == "ServiceRequest/one"


def test_a_long_id_is_repeated_to_the_letter() -> None:
    long = "e_" + "Ab9." * 50
    (card,) = cards(sign(order(long), prefetch=whole(has("HIV infection"))))
    assert card["suggestions"][0]["actions"][0]["resourceId"] == f"ServiceRequest/{long}"


def test_no_site_is_no_error() -> None:
    (card,) = cards(sign(order(site=""), prefetch=BLOOD_THINNER))
    assert card["summary"].startswith("Precaution, site not given")


def test_appointments_speak_by_service_and_reason() -> None:
    appointment = {
        "resourceType": "Appointment",
        "id": "a",
        "status": "proposed",
        "serviceType": [{"text": "Physiotherapy"}],
        "reasonCode": [{"text": "Dry needling of the left calf"}],
        "participant": [{"actor": {"reference": "Patient/joe"}}],
    }
    sent = call_of(
        "appointment-book", {"userId": "Practitioner/doc", "appointments": bundle(appointment)}, BLOOD_THINNER
    )
    (card,) = cards(sent)
    assert "left" in card["summary"]
    assert card["extension"] == {"org.needlewise.associated-resource": ["Appointment/a"]}
    assert "suggestions" not in card
    assert cards(call_of("appointment-book", {"appointments": bundle(appointment | {"status": "cancelled"})})) == []


def test_dispatched_orders_come_by_prefetch() -> None:
    context = {"dispatchedOrders": ["ServiceRequest/two"], "performer": "Organization/x"}
    orders = found(order("one", status="active"), order("two", "right calf", status="active"))
    assert targets(call_of("order-dispatch", context, {"serviceRequests": orders, **BLOOD_THINNER})) == [
        "Precaution, right calf"
    ]


def test_dispatched_orders_are_read_from_the_ehr_one_by_one() -> None:
    asked: list[str] = []

    def ask(call: object, needs: Sequence[Need]) -> Mapping[str, Any]:  # noqa: ARG001
        asked.extend(need.query for need in needs)
        return {need.key: order("two", "right calf") for need in needs if need.query == "ServiceRequest/two"}

    sent = call_of("order-dispatch", {"dispatchedOrders": ["ServiceRequest/two"]}, BLOOD_THINNER)
    assert [card["summary"] for card in cards(sent, ask)] == ["Precaution, right calf: blood thinner"]
    assert "ServiceRequest/two" in asked


def test_a_dispatched_order_that_can_t_be_read_is_told() -> None:
    with pytest.raises(Refused) as refused:
        cards(call_of("order-dispatch", {"dispatchedOrders": ["ServiceRequest/two"]}, BLOOD_THINNER))
    assert refused.value.case is Case.NOTHING_TO_SCREEN


def test_a_chart_that_is_opened_has_one_line_at_most() -> None:
    orders = found(order("one", status="active"), order("two", "right calf", status="active"))
    prefetch = {**whole(has("HIV infection")), "serviceRequests": orders}
    (card,) = cards(call_of("patient-view", {"userId": "Practitioner/doc"}, prefetch))
    assert card["indicator"] == "info"
    assert "suggestions" not in card


def test_a_chart_without_an_active_order_is_silent() -> None:
    prefetch = {"patient": patient(), "serviceRequests": found(order(status="completed"))}
    assert cards(call_of("patient-view", {"userId": "Practitioner/doc"}, prefetch)) == []
    assert cards(call_of("patient-view", {"userId": "Practitioner/doc"}, {"patient": patient()})) == []
