"""Calls are read leniently where nothing is lost by it, and refused with all their faults where something is."""

from typing import Any

import orjson
import pytest

from service.cds.requests import HookCall, read_call
from service.fhir.refused import Case, Refused
from tests.cds.calls import Json, call_of, order, sign

AUTHORIZATION = {"access_token": "secret", "token_type": "bearer", "expires_in": 300, "scope": "s", "subject": "cds"}


def read(sent: object, service: str = "dry-needling-order-sign") -> HookCall:
    return read_call(orjson.dumps(sent), service)


def faults(sent: object, service: str = "dry-needling-order-sign") -> set[str]:
    with pytest.raises(Refused) as refused:
        read(sent, service)
    assert refused.value.case is Case.BAD_CALL
    return {issue.expression.removeprefix("CDSHooksRequest").removeprefix(".") for issue in refused.value.issues}


def test_all_faults_are_told_at_once() -> None:
    assert faults({"hook": "order-select"}) == {"hook", "hookInstance", "context"}
    assert faults({"hook": 3, "context": {}, "prefetch": []}) == {
        "hook",
        "hookInstance",
        "context.patientId",
        "context.draftOrders",
        "prefetch",
    }


@pytest.mark.parametrize("sent", [[], "text", 3, {"resourceType": "Bundle", "type": "collection"}])
def test_what_is_no_call_is_pointed_to_screen(sent: object) -> None:
    with pytest.raises(Refused, match="CDS Hooks") as refused:
        read(sent)
    assert "$screen" in refused.value.issues[0].diagnostics


def test_an_unknown_service_is_nobody_s() -> None:
    with pytest.raises(KeyError):
        read(sign(order()), "dry-needling-else")


@pytest.mark.parametrize("empty", [None, "", {}, []])
def test_optional_members_may_be_empty(empty: Any) -> None:
    sent = sign(order(), context={"encounterId": empty}) | {"fhirAuthorization": empty, "extension": empty}
    assert read(sent | {"prefetch": None}).prefetch == {}


def test_unknown_members_are_ignored() -> None:
    assert read(sign(order(), user="Practitioner/1", context={"services": None, "new": 1})).patient_id == "joe"


@pytest.mark.parametrize("written", ["joe", "Patient/joe", " joe ", "https://ehr.example.org/fhir/Patient/joe"])
def test_a_patient_is_named_by_id(written: str) -> None:
    assert read(sign(order(), context={"patientId": written})).patient_id == "joe"


@pytest.mark.parametrize("written", ["", "a b", "joe?x=1", "a/b", None, 3, "a#b"])
def test_what_is_no_id_is_refused(written: Any) -> None:
    assert faults(sign(order(), context={"patientId": written})) == {"context.patientId"}


def test_long_ids_are_taken() -> None:
    assert read(sign(order(), context={"patientId": "e_" + "x" * 200})).patient_id.startswith("e_")


def test_a_missing_user_is_noted() -> None:
    assert read(sign(order(), context={"userId": None})).remarks == ("the call names no user",)


def test_authorization_without_a_server_is_refused() -> None:
    assert faults(sign(order(), fhirAuthorization=AUTHORIZATION)) == {"fhirServer"}


def test_access_is_read() -> None:
    access = read(sign(order(), fhirServer="https://ehr.example.org/r4", fhirAuthorization=AUTHORIZATION)).access
    assert access is not None
    assert (access.fhir_server, access.token, access.expires_in) == ("https://ehr.example.org/r4", "secret", 300)
    assert "secret" not in repr(access)


@pytest.mark.parametrize(
    "change",
    [{"access_token": 3}, {"access_token": "a\nb"}, {"token_type": "mac"}, {"patient": "ann"}, {"access_token": None}],
)
def test_a_token_that_can_t_be_right_is_not_used(change: Json) -> None:
    call = read(sign(order(), fhirServer="https://ehr.example.org", fhirAuthorization=AUTHORIZATION | change))
    assert call.access is None
    assert len(call.remarks) == 1


@pytest.mark.parametrize(
    ("context", "chosen"),
    [
        ({"dispatchedOrders": ["ServiceRequest/1", "ServiceRequest/2"], "performer": "Organization/1"}, 2),
        ({"dispatchedOrders": ["ServiceRequest/1"], "fulfillment-tasks": []}, 1),
        ({"order": "ServiceRequest/1", "task": {"resourceType": "Task"}}, 1),
    ],
)
def test_dispatch_is_read_in_both_versions(context: Json, chosen: int) -> None:
    assert len(read(call_of("order-dispatch", context), "dry-needling-order-dispatch").chosen) == chosen


@pytest.mark.parametrize(
    ("hook", "context", "at"),
    [
        ("order-dispatch", {}, "context.dispatchedOrders"),
        ("order-dispatch", {"dispatchedOrders": "ServiceRequest/1"}, "context.dispatchedOrders"),
        ("order-select", {"draftOrders": {"resourceType": "Bundle"}}, "context.selections"),
        ("order-sign", {"draftOrders": [order()]}, "context.draftOrders"),
        ("order-sign", {"draftOrders": {"resourceType": "Bundle", "entry": "x"}}, "context.draftOrders.entry"),
        ("appointment-book", {}, "context.appointments"),
    ],
)
def test_each_hook_needs_its_context(hook: str, context: Json, at: str) -> None:
    assert faults(call_of(hook, context), f"dry-needling-{hook}") == {at}


def test_no_value_of_the_call_is_repeated() -> None:
    with pytest.raises(Refused) as refused:
        read({"hook": "Zyxwvu", "hookInstance": "", "context": {"patientId": "Zyxwvu Marker", "draftOrders": "Zyxwvu"}})
    assert "Zyxwvu" not in " ".join(issue.diagnostics for issue in refused.value.issues)
