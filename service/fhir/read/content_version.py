"""Telling the FHIR version of a chart from what is in it (FHIR checklist, FH-122 and FH-123)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from service.fhir.read.received import Received
from service.fhir.refused import Case, Issue, Refused
from service.fhir.versions import FhirVersion

# A lone status in the old form is a slip; so many, and none in the new one, are another version.
_SLIPS: Final = 2


@dataclass(slots=True)
class _Signs:
    """How often each version shows."""

    r4: int = 0
    r5: int = 0
    modern: int = 0  # R4 or later
    older: int = 0
    old_statuses: int = 0


def version_of(
    received: Iterable[Received], declared: FhirVersion | None, older_entries: int
) -> tuple[FhirVersion, str]:
    """The version of a chart, and a remark where it contradicts itself. Raises Refused for one before 4.0."""
    signs = _Signs(older=older_entries)
    for resource, source, _, _ in received:
        look = _LOOKS.get(source[1])
        if look is not None:
            look(resource, signs)
    if not signs.modern and not signs.r5 and (signs.older or signs.old_statuses > _SLIPS):
        message = "the chart is in a FHIR version before 4.0: send it in FHIR 4.0 (R4), 4.3 (R4B) or 5.0 (R5)"
        raise Refused(Case.NOT_A_CHART, Issue("not-supported", message))
    found = FhirVersion.R5 if signs.r5 and not signs.r4 else FhirVersion.R4
    if signs.r4 and signs.r5:
        return declared or found, "entries of FHIR 4 and of FHIR 5 stand side by side: each was read in its own form"
    if declared is not None and (signs.r4 or signs.r5) and (declared is FhirVersion.R5) != (found is FhirVersion.R5):
        return declared, "entries have the form of another FHIR version than was declared: they were read by their form"
    return declared or found, ""


def _look_at_status(resource: dict[str, Any], signs: _Signs) -> None:
    status = resource.get("clinicalStatus")
    if status.__class__ is dict:
        signs.modern += 1
    elif status.__class__ is str:
        signs.old_statuses += 1
    if "participant" in resource:
        signs.r5 += 1


def _look_at_medicine(resource: dict[str, Any], signs: _Signs) -> None:
    if "medicationCodeableConcept" in resource or "medicationReference" in resource:
        signs.r4 += 1
    elif resource.get("medication").__class__ is dict:
        signs.r5 += 1
    if "taken" in resource or "wasNotTaken" in resource:
        signs.older += 1


def _look_at_procedure(resource: dict[str, Any], signs: _Signs) -> None:
    if "performedDateTime" in resource or "performedPeriod" in resource:
        signs.r4 += 1
    elif "occurrenceDateTime" in resource or "occurrencePeriod" in resource:
        signs.r5 += 1
    if "notDone" in resource or "notPerformed" in resource:
        signs.older += 1


def _look_at_immunization(resource: dict[str, Any], signs: _Signs) -> None:
    if "occurrenceDateTime" in resource:
        signs.modern += 1
    if "notGiven" in resource or "wasNotGiven" in resource:
        signs.older += 1


def _look_at_order(resource: dict[str, Any], signs: _Signs) -> None:
    code = resource.get("code")
    signs.modern += 1  # ServiceRequest came with FHIR 4
    if "bodyStructure" in resource or (isinstance(code, dict) and "concept" in code):
        signs.r5 += 1
    elif isinstance(code, dict) and "coding" in code:
        signs.r4 += 1


_LOOKS: Final = {
    "Condition": _look_at_status,
    "AllergyIntolerance": _look_at_status,
    "MedicationRequest": _look_at_medicine,
    "MedicationStatement": _look_at_medicine,
    "Procedure": _look_at_procedure,
    "Immunization": _look_at_immunization,
    "ServiceRequest": _look_at_order,
}
