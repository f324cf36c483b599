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

_ELEMENTS_R4: Final = {
    "MedicationRequest": ("medicationCodeableConcept", "medicationReference", "reasonCode", "reasonReference"),
    "MedicationStatement": ("medicationCodeableConcept", "medicationReference", "reasonCode", "reasonReference"),
    "Procedure": ("performedDateTime", "performedPeriod", "performedString", "reasonCode", "reasonReference"),
    "ServiceRequest": ("reasonCode", "reasonReference"),
}
_ELEMENTS_R5: Final = {
    "Condition": ("participant",),
    "MedicationRequest": ("medication",),
    "MedicationStatement": ("medication", "adherence"),
    "Procedure": ("occurrenceDateTime", "occurrencePeriod", "occurrenceString"),
    "ServiceRequest": ("bodyStructure",),
}
_ELEMENTS_OLDER: Final = {
    "MedicationStatement": ("taken", "wasNotTaken"),
    "Procedure": ("notDone", "notPerformed"),
    "Immunization": ("notGiven", "wasNotGiven"),
}
_WITH_STATUS: Final = frozenset({"Condition", "AllergyIntolerance"})


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
    for one in received:
        if one.source.type in _TELLING:
            _look(one.resource, one.source.type, signs)
    if not signs.modern and not signs.r5 and (signs.older or signs.old_statuses > _SLIPS):
        message = "the chart is in a FHIR version before 4.0: send it in FHIR 4.0 (R4), 4.3 (R4B) or 5.0 (R5)"
        raise Refused(Case.NOT_A_CHART, Issue("not-supported", message))
    found = FhirVersion.R5 if signs.r5 and not signs.r4 else FhirVersion.R4
    if signs.r4 and signs.r5:
        return declared or found, "entries of FHIR 4 and of FHIR 5 stand side by side: each was read in its own form"
    if declared is not None and (signs.r4 or signs.r5) and (declared is FhirVersion.R5) != (found is FhirVersion.R5):
        return declared, "entries have the form of another FHIR version than was declared: they were read by their form"
    return declared or found, ""


_TELLING: Final = _ELEMENTS_R4.keys() | _ELEMENTS_R5.keys() | _ELEMENTS_OLDER.keys() | _WITH_STATUS


def _look(resource: dict[str, Any], type_: str, signs: _Signs) -> None:
    if type_ in _WITH_STATUS:
        status = resource.get("clinicalStatus")
        signs.modern += isinstance(status, dict)
        signs.old_statuses += isinstance(status, str)
    elif type_ == "ServiceRequest":
        signs.modern += 1
        code = resource.get("code")
        if isinstance(code, dict):
            signs.r4 += "coding" in code
            signs.r5 += "concept" in code
    elif type_ == "Immunization":
        signs.modern += "occurrenceDateTime" in resource
    signs.r4 += any(name in resource for name in _ELEMENTS_R4.get(type_, ()))
    signs.r5 += any(name in resource for name in _ELEMENTS_R5.get(type_, ()))
    signs.older += any(name in resource for name in _ELEMENTS_OLDER.get(type_, ()))
