"""The Patient resource as the rules need it: sexes, birth date, death."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from service.core.chart import Source, Subject
from service.core.dates import Span
from service.fhir.read.concepts import Concepts
from service.fhir.read.elements import Elements

_SEX_PARAMETER: Final = "patient-sexParameterForClinicalUse"
_RECORDED_SEX: Final = "recordedSexOrGender"
_SEX_AT_BIRTH: Final = "76689-9"  # LOINC

_SEXES: Final = {
    "m": "male",
    "f": "female",
    "oth": "other",
    "un": "other",
    "unk": "unknown",
    "asku": "unknown",
    "male": "male",
    "female": "female",
    "other": "other",
    "intersex": "other",
    "unknown": "unknown",
    "248152002": "female",  # SNOMED CT
    "248153007": "male",
}

# Days that many systems store where no birth date is known.
_PLACEHOLDERS: Final = frozenset({date(1900, 1, 1), date(1753, 1, 1), date(9999, 12, 31), date(1, 1, 1)})


def read_subject(resource: dict[str, Any], source: Source, concepts: Concepts) -> tuple[Subject, list[str]]:
    """The patient, and the faults of the resource."""
    faults: list[str] = []
    patient = Elements(resource, concepts, faults, "Patient.")
    if resource.get("modifierExtension"):
        patient.fault("modifierExtension", "is not known here: check that this is the right record")
    if resource.get("implicitRules") is not None:
        patient.fault("implicitRules", "are not known here: check that this is the right record")
    if patient.flag("active") is False:
        patient.fault("active", "is false: the record may be out of use")
    deceased_at = patient.span("deceasedDateTime")
    died_without_readable_date = patient.has("deceasedDateTime") and deceased_at is None
    subject = Subject(
        source=source,
        gender=patient.string("gender").lower() or None,
        birth_sex=_birth_sex(patient),
        sex_parameter=_sex_parameter(patient),
        birth_date=_birth_date(patient),
        deceased=patient.flag("deceasedBoolean") is True or deceased_at is not None or died_without_readable_date,
        deceased_at=deceased_at,
    )
    return subject, faults


def _birth_date(patient: Elements) -> Span | None:
    born = patient.span("birthDate")
    if born is not None and (born.first in _PLACEHOLDERS or born.last in _PLACEHOLDERS):
        patient.fault("birthDate", "is a day that systems store where none is known; no age was computed from it")
        return None
    return born


def _birth_sex(patient: Elements) -> str | None:
    """Sex assigned at birth, by any of the extensions in use; US Core's `us-core-sex` where there is no other."""
    said = [_sex(extension) for extension in _extensions(patient) if _is_birth_sex(_url(extension))]
    said += [
        _sex(value)
        for extension in _extensions(patient)
        if _url(extension).endswith(_RECORDED_SEX) and _is_at_birth(extension)
        for value in _extensions(extension)
        if _url(value) == "value"
    ]
    said += [_sex(extension) for extension in _extensions(patient) if _url(extension).endswith("/us-core-sex")]
    return next((sex for sex in said if sex is not None), None)


def _is_birth_sex(url: str) -> bool:
    return url.lower().replace("-", "").endswith("birthsex")


def _is_at_birth(extension: Elements) -> bool:
    for part in _extensions(extension):
        concept = part.concept("valueCodeableConcept") if _url(part) == "type" else None
        if concept is not None:
            words = f"{concept.text} {' '.join(coding.display for coding in concept.codings)}".lower()
            return "birth" in words or any(coding.code == _SEX_AT_BIRTH for coding in concept.codings)
    return False


def _sex(extension: Elements) -> str | None:
    for code in _codes(extension):
        if code in _SEXES:
            return _SEXES[code]
    return None


def _sex_parameter(patient: Elements) -> str | None:
    """The sex parameter for clinical use; of several the one that asks more."""
    codes = {
        code
        for extension in _extensions(patient)
        if _url(extension).endswith(_SEX_PARAMETER)
        for part in (*_extensions(extension), extension)
        if _url(part) == "value" or part is extension
        for code in _codes(part)
    }
    for known in ("female-typical", "specified", "male-typical", "unknown"):
        if known in codes:
            return known
    return None


def _codes(extension: Elements) -> list[str]:
    """The codes, in lower case, that an extension's value says, however it is typed."""
    concept = extension.concept("valueCodeableConcept")
    coding = extension.child("valueCoding")
    said = [extension.string("valueCode"), extension.string("valueString")]
    if concept is not None:
        said += [*(one.code for one in concept.codings), *(one.display for one in concept.codings), concept.text]
    if coding is not None:
        said += [coding.string("code"), coding.string("display")]
    return [code.lower() for code in said if code]


def _extensions(element: Elements) -> Iterator[Elements]:
    for raw in element.objects("extension"):
        if isinstance(raw, dict):
            yield Elements(raw, element.concepts, [])  # a fault in an extension is no fault of the patient's record


def _url(extension: Elements) -> str:
    return extension.string("url")
