"""What a click in the sandbox asks for: the form → the next Session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from uuid import uuid4

from service.cds.hooks import Hook
from service.fhir.refused import Case, Issue, Refused
from service.sandbox.calls import ORDERS, SIDES, Order
from service.sandbox.ehr import Ehr
from service.sandbox.patients import Patient
from service.sandbox.session import Session
from service.sandbox.writing import Json


def new_session(patient: Patient) -> Session:
    """A patient's chart, just opened, with an order as their story has it."""
    id_ = f"sandbox-order-{uuid4().hex[:12]}"
    return Session(order=Order(id=id_, patient=patient, what=patient.order, site=patient.site, side=patient.side))


def filled_in(session: Session, form: Mapping[str, str], sites: frozenset[str]) -> Session:
    """The session with what the form says of the order. Raises Refused where no such form was sent from here."""
    what, site, side = form.get("what", ""), form.get("site", ""), form.get("side", "")
    for name, is_known in (("what", what in ORDERS), ("site", not site or site in sites), ("side", side in SIDES)):
        if not is_known:
            raise _unknown(name)
    return replace(
        session,
        order=replace(session.order, what=what, site=site, side=side),
        with_prefetch="prefetch" in form,
        with_access="access" in form,
    )


def step(session: Session, form: Mapping[str, str], ehr: Ehr, *, request_id: str) -> Session:
    """Do what was clicked. Raises Refused where there is no such thing to do."""
    verb, *on = form.get("do", "").split(" ")
    match verb, on:
        case "call", [hook] if hook in list(Hook) and not session.is_removed:
            return ehr.call(session, Hook(hook), request_id=request_id)
        case "accept", [card_id, suggestion_id]:
            card = _one(session.cards, card_id)
            return ehr.accept(session, card, _one(card.get("suggestions", ()), suggestion_id), request_id=request_id)
        case "override", [card_id]:
            card = _one(session.cards, card_id)
            reasons = {each["code"]: each for each in card.get("overrideReasons", ())}
            return ehr.override(session, card, reasons.get(form.get(f"reason {card_id}", "")), request_id=request_id)
        case "order", ["new"]:
            new = new_session(session.order.patient)
            return replace(new, recorded=session.recorded, feedback=session.feedback)
    raise _unknown("do")


def _one(listed: list[Json] | tuple[Json, ...], uuid: str) -> Json:
    found = next((each for each in listed if each.get("uuid") == uuid), None)
    if found is None:
        raise _unknown("do")
    return found


def _unknown(name: str) -> Refused:
    message = f"{name} is nothing that this page offers: open /sandbox anew and send its form as it stands"
    return Refused(Case.BAD_PARAMETER, Issue("value", message))
