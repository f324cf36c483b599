"""Condition and AllergyIntolerance: what they say beside their code."""

from __future__ import annotations

from typing import Final

from service.core.chart import Allergy, Condition
from service.core.dates import Span
from service.fhir.read.body_sites import read_body_sites
from service.fhir.read.elements import Elements
from service.fhir.read.reading import Reading, moment
from service.fhir.read.received import Received

_CLINICAL: Final = frozenset({"active", "recurrence", "relapse", "inactive", "remission", "resolved", "unknown"})
_VERIFICATION: Final = frozenset(
    {"unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error"}
)
_STATUSES: Final = ("clinicalStatus", "verificationStatus")
_NO_END: Final = frozenset(
    {
        "ongoing",
        "no",
        "none",
        "not",
        "never",
        "unknown",
        "present",
        "current",
        "currently",
        "active",
        "still",
        "continuing",
        "continues",
        "persistent",
        "persists",
        "chronic",
        "lifelong",
        "unresolved",
        "n/a",
    }
)
_ASSERTED: Final = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"


def read_condition(reading: Reading, received: Received) -> Condition:
    """A Condition of any version."""
    condition, faults = reading.elements(received, _STATUSES)
    severity = condition.concept("severity")
    stages = (stage.concept("summary") for stage in condition.children("stage"))
    abatement = moment(condition, "abatement")
    return Condition(
        clinical_status=condition.status("clinicalStatus", _CLINICAL),
        verification_status=condition.status("verificationStatus", _VERIFICATION),
        onset=moment(condition, "onset"),
        abatement=abatement,
        abated=_is_abated(condition),
        recorded=_recorded(condition),
        body_sites=read_body_sites(reading, received, condition),
        severity=severity.words() if severity is not None else "",
        stages=tuple(stage for stage in stages if stage is not None),
        past_section=received.source.position in reading.past,
        recorder=_recorder(reading, received),
        faults=tuple(faults),
    )


def _is_abated(condition: Elements) -> bool:
    """Whether an end is said without a date; words count unless they say that there is none yet ("ongoing")."""
    return (
        condition.flag("abatementBoolean") is True
        or condition.has("abatementAge")
        or condition.has("abatementRange")
        or _says_ended(condition.string("abatementString"))
    )


def _says_ended(words: str) -> bool:
    return bool(words) and not _NO_END & set(words.lower().replace(",", " ").replace(".", " ").split())


def _recorded(condition: Elements) -> Span | None:
    for name in ("recordedDate", "assertedDate", "dateRecorded"):  # R4 and R5, STU3, DSTU2
        if (span := condition.span(name)) is not None:
            return span
    for raw in condition.objects("extension"):
        if isinstance(raw, dict) and raw.get("url") == _ASSERTED:
            return condition.inside(raw, "extension").span("valueDateTime")
    return None


def _recorder(reading: Reading, received: Received) -> str:
    resource = received.resource
    for name in ("recorder", "asserter"):
        if words := reading.actor(received, resource.get(name)):
            return words
    participants = resource.get("participant")  # R5
    for participant in participants if isinstance(participants, list) else ():
        if isinstance(participant, dict) and (words := reading.actor(received, participant.get("actor"))):
            return words
    return ""


def read_allergy(reading: Reading, received: Received) -> Allergy:
    """An AllergyIntolerance of any version."""
    allergy, faults = reading.elements(received, _STATUSES)
    return Allergy(
        clinical_status=allergy.status("clinicalStatus", _CLINICAL),
        verification_status=allergy.status("verificationStatus", _VERIFICATION | {"presumed"}),
        onset=moment(allergy, "onset"),
        recorded=_recorded(allergy),
        faults=tuple(faults),
    )
