"""What a call is about: its orders in one form, and which of them are dry needling. No chart is read for that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.cds.hooks import Hook
from service.cds.requests import HookCall
from service.core.chart import Kind
from service.core.knowledge import Knowledge
from service.core.recognise.orders import NeedlingOrder, recognise_order
from service.fhir.read import read_parsed

Json = dict[str, Any]

_STU3_ORDERS: Final = ("ProcedureRequest", "ReferralRequest")
_OVER: Final = ("cancelled", "noshow", "entered-in-error", "fulfilled")
_CONCEPTS: Final = ("serviceType", "reasonCode", "reason", "appointmentType")
_WORDS: Final = ("description", "comment")
_NAMED: Final = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/[^/]+(?:/_history/[^/]+)?$")  # `Type/id`, relative or absolute
_ROOM: Final = 1_000
_DEEPEST: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry of the call as the chart takes it, and the order behind it as the EHR names it."""

    entry: object  # of a Bundle
    name: str = ""  # `ServiceRequest/<id as sent>`; "" where it has none
    is_draft: bool = False  # an unsigned order of this call, which a suggestion may remove


def drafts_of(call: HookCall) -> tuple[Draft, ...]:
    """The orders and appointments in a call's context, in their order."""
    if call.hook is Hook.APPOINTMENT_BOOK:
        return tuple(_appointment(entry, call.patient_id) for entry in _flat(call.entries))
    return tuple(_order(entry, is_draft=True) for entry in _flat(call.entries))


def _flat(entries: Iterable[object], depth: int = 0) -> Iterator[object]:
    """Entries, those of Bundles among them one by one: a place in the list is a place in the chart."""
    for entry in entries:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict) and resource.get("resourceType") == "Bundle":
            inner = resource.get("entry")
            if isinstance(inner, list) and depth < _DEEPEST:
                yield from _flat(inner, depth + 1)
        else:
            yield entry


def fetched_orders(entries: Iterable[Json], call: HookCall) -> tuple[Draft, ...]:
    """Orders that came by prefetch or from the EHR: those dispatched, else all."""
    found = {draft.name: draft for draft in (_order(entry, is_draft=False) for entry in entries)}
    if call.hook is Hook.ORDER_DISPATCH:
        return tuple(draft for name, draft in found.items() if _is_chosen(name, call.chosen))
    return tuple(found.values())


def needling_among(drafts: Sequence[Draft], call: HookCall, knowledge: Knowledge) -> frozenset[int]:
    """Which of these are open orders for dry needling of this patient, by place."""
    if not any(isinstance(draft.entry, dict) for draft in drafts):
        return frozenset()
    patient = {"resource": {"resourceType": "Patient", "id": call.patient_id}}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [*(each.entry for each in drafts), patient]}
    asked = read_parsed(
        bundle,
        declared=None,
        query=(("subject", f"Patient/{call.patient_id}"),),
        systems=knowledge.systems,
        max_entries=len(drafts) + _ROOM,
    )
    return frozenset(
        entry.source.position
        for entry in asked.chart.entries
        if entry.kind is Kind.ORDER and isinstance(recognise_order(entry, knowledge), NeedlingOrder)
    )


def judged_among(drafts: Sequence[Draft], needling: frozenset[int], call: HookCall) -> frozenset[int]:
    """The dry-needling orders that the call is about: at order-select those selected."""
    if call.hook is not Hook.ORDER_SELECT:
        return needling
    selected = {place for place, draft in enumerate(drafts) if draft.name and _is_chosen(draft.name, call.chosen)}
    if not selected and len(drafts) == 1:
        return needling  # a selection that names nothing, and one order that it can mean
    return needling & selected


def may_be_needling(call: HookCall) -> bool:
    """Whether a call can be about dry needling, by the types of what it names alone."""
    named = [match for match in map(_NAMED.search, call.chosen) if match is not None]
    others = [match for match in named if match[1] not in (*_STU3_ORDERS, "ServiceRequest")]
    return call.hook is not Hook.ORDER_DISPATCH or len(others) < len(call.chosen)


def _is_chosen(name: str, chosen: Sequence[str]) -> bool:
    """Whether `Type/id` is among the references: relative, absolute, or a bare id."""
    id_ = name.partition("/")[2]
    return any(one in (name, id_) or one.endswith(f"/{name}") or f"/{one}/_history/" in name for one in chosen)


def _order(entry: object, *, is_draft: bool) -> Draft:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(resource, dict):
        return Draft(entry=entry)
    type_, id_ = resource.get("resourceType"), resource.get("id")
    name = f"{type_}/{id_}" if isinstance(type_, str) and isinstance(id_, str) and id_ else ""
    if type_ in _STU3_ORDERS:
        resource = {**resource, "resourceType": "ServiceRequest"}
    # No `request` or `search` of the entry: in a draft they would say what the EHR is going to do with it.
    plain = {"resource": resource, **({"fullUrl": entry["fullUrl"]} if "fullUrl" in entry else {})}
    return Draft(entry=plain, name=name, is_draft=is_draft)


def _appointment(entry: object, patient_id: str) -> Draft:
    """An appointment as the order it stands for: what its service and reason say, in one code."""
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(resource, dict) or resource.get("resourceType") != "Appointment":
        return Draft(entry=entry)
    concepts = [concept for name in _CONCEPTS for concept in _concepts(resource.get(name))]
    codings = [
        coding
        for concept in concepts
        for coding in (concept["coding"] if isinstance(concept.get("coding"), list) else [])
        if isinstance(coding, dict)
    ]
    texts = [concept.get("text") for concept in concepts] + [resource.get(name) for name in _WORDS]
    words = "; ".join(dict.fromkeys(text.strip() for text in texts if isinstance(text, str) and text.strip()))
    id_ = resource.get("id")
    order: Json = {
        "resourceType": "ServiceRequest",
        "status": "revoked" if resource.get("status") in _OVER else "draft",
        "intent": "proposal",
        "code": {"coding": codings, "text": words},
        "subject": {"reference": _patient_of(resource) or f"Patient/{patient_id}"},
    }
    if isinstance(id_, str) and id_:
        order["id"] = id_
    return Draft(entry={"resource": order}, name=f"Appointment/{id_}" if "id" in order else "")


def _concepts(value: object) -> Iterator[Json]:
    """CodeableConcepts, also one without its list, and those inside R5's CodeableReference."""
    for one in value if isinstance(value, list) else (value,):
        if isinstance(one, dict):
            inner = one.get("concept")
            yield inner if isinstance(inner, dict) else one


def _patient_of(appointment: Json) -> str:
    participants = appointment.get("participant")
    for participant in participants if isinstance(participants, list) else ():
        actor = participant.get("actor") if isinstance(participant, dict) else None
        reference = actor.get("reference") if isinstance(actor, dict) else None
        if isinstance(reference, str) and "Patient/" in reference:
            return reference
    return ""
