"""An event of the trail as an AuditEvent (IHE's Basic Audit Log Patterns, where they have one)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from service.fhir.canonical import BASE
from service.fhir.elements import Element, element
from service.fhir.versions import FhirVersion

_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem"
_DICOM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_BALP: Final = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
_SOFTWARE: Final = "Needlewise"

_REST: Final = {"system": f"{_TERMINOLOGY}/audit-event-type", "code": "rest", "display": "RESTful Operation"}
_INTERACTIONS: Final[Mapping[str, tuple[str, str]]] = {  # kind of event → FHIR's interaction, and action
    "screening": ("operation", "E"),
    "read": ("read", "R"),
    "search": ("search-type", "E"),
    "feedback": ("operation", "C"),
    "refusal": ("operation", "E"),
    "erasure": ("delete", "D"),
}
_MINOR: Final = ("4", "Minor failure")
_SUCCESS: Final = ("0", "Success")
_PATIENT: Final[tuple[Element, Element]] = (
    {"system": f"{_TERMINOLOGY}/audit-entity-type", "code": "1", "display": "Person"},
    {"system": f"{_TERMINOLOGY}/object-role", "code": "1", "display": "Patient"},
)
_RESULT: Final[tuple[Element, Element]] = (
    {"system": f"{_TERMINOLOGY}/audit-entity-type", "code": "2", "display": "System Object"},
    {"system": f"{_TERMINOLOGY}/object-role", "code": "4", "display": "Domain Resource"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What an AuditEvent tells."""

    id: str
    recorded: str  # a FHIR instant
    kind: str  # screening, read, search, feedback, refusal, erasure
    agent: str  # name, else address
    interface: str  # method and path template
    status: int  # of HTTP
    request_id: str
    subject: str  # reference of the patient; "" where there is none
    result: str  # reference of the RiskAssessment; "" where there is none
    detail: str


def audit_event(told: Audited, version: FhirVersion) -> Element:
    """The AuditEvent in one FHIR release."""
    return _in_r5(told) if version is FhirVersion.R5 else _in_r4(told)


def _in_r4(told: Audited) -> Element:
    interaction, action = _INTERACTIONS[told.kind]
    code, words = _outcome(told)
    return element(
        resourceType="AuditEvent",
        id=told.id,
        type=_REST,
        subtype=[_interaction(interaction)],
        action=action,
        recorded=told.recorded,
        outcome=code,
        outcomeDesc=words,
        agent=[_caller(told), _ourselves()],
        source={"observer": {"display": _SOFTWARE}},
        entity=[
            element(what=what, type=kind, role=role, description=words) for what, (kind, role), words in _entities(told)
        ]
        + [{"what": {"identifier": {"value": told.request_id}}, "type": _request_id()}],
    )


def _in_r5(told: Audited) -> Element:
    interaction, action = _INTERACTIONS[told.kind]
    code, words = _outcome(told)
    outcome = {"system": f"{_TERMINOLOGY}/audit-event-outcome", "code": code, "display": words.partition(":")[0]}
    return element(
        resourceType="AuditEvent",
        id=told.id,
        category=[{"coding": [_REST]}],
        code={"coding": [_interaction(interaction)]},
        action=action,
        recorded=told.recorded,
        outcome={"code": outcome, "detail": [{"text": words}]},
        patient={"reference": told.subject} if told.subject else None,
        agent=[_caller(told), _ourselves()],
        source={"observer": {"display": _SOFTWARE}},
        entity=[element(what=what, role={"coding": [role]}) for what, (_, role), _ in _entities(told)]
        + [{"what": {"identifier": {"value": told.request_id}}, "role": {"coding": [_request_id()]}}],
    )


def _interaction(code: str) -> Element:
    return {"system": "http://hl7.org/fhir/restful-interaction", "code": code}


def _outcome(told: Audited) -> tuple[str, str]:
    code, words = _MINOR if told.kind == "refusal" else _SUCCESS
    more = ", ".join(each for each in (f"HTTP {told.status}", told.detail) if each)
    return code, f"{words}: {told.interface}, {more}"


def _caller(told: Audited) -> Element:
    role = {"coding": [{"system": _DICOM, "code": "110153", "display": "Source Role ID"}]}
    who = {"identifier": {"system": f"{BASE}/caller", "value": told.agent or "unknown"}, "display": told.agent}
    return element(type=role, who=element(**who), requestor=True)


def _ourselves() -> Element:
    role = {"coding": [{"system": _DICOM, "code": "110152", "display": "Destination Role ID"}]}
    return {"type": role, "who": {"display": _SOFTWARE}, "requestor": False}


def _entities(told: Audited) -> list[tuple[Element, tuple[Element, Element], str]]:
    found: list[tuple[Element, tuple[Element, Element], str]] = []
    if told.subject:
        found.append(({"reference": told.subject}, _PATIENT, ""))
    if told.result:
        found.append(({"reference": told.result}, _RESULT, told.detail))
    return found


def _request_id() -> Element:
    return {"system": _BALP, "code": "XrequestId"}
