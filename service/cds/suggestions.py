"""Suggestions that an EHR can apply as they stand. One action each: not every EHR takes more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from service.cds.requests import HookCall
from service.core.dates import Span
from service.core.packs import Answer

Json = dict[str, Any]

_PERFORMERS: Final = ("Practitioner/", "PractitionerRole/")
_CATEGORY: Final = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/observation-category",
            "code": "social-history",
            "display": "Social History",
        }
    ]
}


def remove_order(name: str, target: str, new_id: Callable[[], str]) -> Json:
    """Remove a draft of this call. `name` is `Type/id` exactly as the EHR said it."""
    words = f"Remove the order for dry needling ({target})"
    return _suggestion(words, {"type": "delete", "description": words, "resourceId": name}, new_id)


def record_answers(answers: Iterable[Answer], call: HookCall, as_of: Span, new_id: Callable[[], str]) -> list[Json]:
    """Record an answer to a routine question, as an Observation of now."""
    return [
        _suggestion(
            answer.label,
            {"type": "create", "description": answer.label, "resource": _observation(answer, call, as_of)},
            new_id,
        )
        for answer in answers
    ]


def _suggestion(label: str, action: Json, new_id: Callable[[], str]) -> Json:
    return {"label": label, "uuid": new_id(), "actions": [action]}


def _observation(answer: Answer, call: HookCall, as_of: Span) -> Json:
    observation: Json = {
        "resourceType": "Observation",
        "status": "final",
        "category": [_CATEGORY],
        "code": _concept(answer.code),
        "subject": {"reference": f"Patient/{call.patient_id}"},
        "effectiveDateTime": as_of.written,
        "valueCodeableConcept": _concept(answer.value),
    }
    if call.encounter_id:
        observation["encounter"] = {"reference": f"Encounter/{call.encounter_id}"}
    if call.user_id.startswith(_PERFORMERS):
        observation["performer"] = [{"reference": call.user_id}]
    return observation


def _concept(coding: tuple[str, str, str]) -> Json:
    system, code, display = coding
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}
