"""Which drug a medicine entry means: a code, or a Medication that is contained, an entry, or missing."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from service.core.chart import CodeableConcept
from service.fhir.read.concepts import why_absent
from service.fhir.read.elements import Elements, Object
from service.fhir.read.reading import Reading
from service.fhir.read.received import Received
from service.fhir.read.references import display_of, identifier_of, reference_string

NOTHING: Final = CodeableConcept()


class Drug(NamedTuple):
    """The drug of an entry: its code, or the Medication that has it."""

    code: CodeableConcept
    medication: Object | None = None
    reference: Any = None  # as sent, where there is one
    lost: str = ""  # why the element can't be read
    barred: str = ""  # why the Medication can't be relied on


def read_drug(reading: Reading, received: Received, faults: list[str]) -> Drug:
    """The drug of a MedicationStatement or MedicationRequest of any version; what is malformed goes to `faults`."""
    resource = received.resource
    raw, reference, name = _choice(resource)
    code = reading.concepts.read(raw, name, faults)
    if code.codings or code.text:
        return Drug(code)
    if reference is None:
        reason = why_absent(raw)
        return Drug(code, lost=faults[0] if faults else f"{name} is {reason}" if reason else "")
    medication = reading.target(received, reference)
    if medication is None:
        words = display_of(reference)
        lost = "" if words or reference_string(reference) or identifier_of(reference) else "the medication is not named"
        return Drug(CodeableConcept((), words), reference=reference, lost=lost)
    barred = why_barred(medication)
    code = reading.concepts.read(medication.get("code"), "Medication.code", faults)
    if not code.codings and not code.text:
        code = CodeableConcept((), display_of(reference))
    return Drug(code, medication, reference, barred=f"its Medication {barred}" if barred else "")


def _choice(resource: Object) -> tuple[Any, Any, str]:
    """Concept and reference, and where they stand: R4 `medication[x]`, R5 `medication` with both inside."""
    either = resource.get("medication")
    if isinstance(either, dict):
        if "concept" in either or "reference" not in either:
            return either.get("concept"), _or_none(either.get("reference")), "medication.concept"
        inner = either["reference"]
        # R5 has a Reference there; a bare Reference in the place of the CodeableReference is taken as well.
        return None, inner if isinstance(inner, dict) else either, "medication"
    if either is not None:
        return either, None, "medication"
    raw = resource.get("medicationCodeableConcept")
    name = "medicationCodeableConcept"
    if raw is None:
        raw = resource.get("_medicationCodeableConcept")
    return raw, _or_none(resource.get("medicationReference")), name


def _or_none(reference: Any) -> Any:  # noqa: ANN401 - any JSON
    return reference if isinstance(reference, dict) else None


def why_barred(resource: Object) -> str:
    """Why a resource can't be relied on; "" where nothing says so."""
    if resource.get("modifierExtension"):
        return "has a modifierExtension that is not known here"
    if resource.get("implicitRules") is not None:
        return "names implicitRules that are not known here"
    return ""


def ingredients(medication: Object | None, reading: Reading, faults: list[str]) -> tuple[CodeableConcept, ...]:
    """What a Medication is made of: R4 `item[x]`, R5 `item` with a concept inside."""
    if medication is None:
        return ()
    found: list[CodeableConcept] = []
    for ingredient in Elements(medication, reading.concepts, faults, "Medication.").children("ingredient"):
        concept = ingredient.concept("itemCodeableConcept")
        item = ingredient.raw.get("item")
        if concept is None and isinstance(item, dict):
            concept = ingredient.inside(item, "item").concept("concept")
        reference = ingredient.raw.get("itemReference")
        if concept is None and (words := display_of(reference)):
            concept = CodeableConcept((), words)
        if concept is not None:
            found.append(concept)
    return tuple(found)
