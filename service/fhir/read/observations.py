"""Observation: value, flag, reference range, components."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from service.core.chart import CodeableConcept, Observation, Quantity
from service.core.dates import Span
from service.fhir.read.body_sites import read_body_sites
from service.fhir.read.concepts import absence, why_absent
from service.fhir.read.elements import Elements
from service.fhir.read.reading import Reading, moment
from service.fhir.read.received import Received

_STATUSES: Final = frozenset(
    {
        "registered",
        "preliminary",
        "final",
        "amended",
        "corrected",
        "cancelled",
        "entered-in-error",
        "unknown",
    }
)
_VALUES: Final = frozenset(
    {
        "valueQuantity",
        "valueCodeableConcept",
        "valueString",
        "valueBoolean",
        "valueInteger",
        "valueDateTime",
        "valueDate",
    }
)
_NORMAL: Final = "normal"


def read_observation(reading: Reading, received: Received) -> Observation:
    """An Observation of any version, its components with it."""
    observation, faults = reading.elements(received, ("status",))
    status = observation.status("status", _STATUSES)
    effective = moment(observation, "effective")
    sites = read_body_sites(reading, received, observation)
    components = tuple(
        (component.concept("code") or CodeableConcept(), _result(component, status, effective))
        for component in observation.children("component")
    )
    return _result(observation, status, effective, sites, components, faults)


def _result(
    elements: Elements,
    status: str | None,
    effective: Span | None,
    body_sites: tuple[CodeableConcept, ...] = (),
    components: tuple[tuple[CodeableConcept, Observation], ...] = (),
    faults: list[str] | None = None,
) -> Observation:
    """A value with all that qualifies it. The faults of a component are those of its observation."""
    quantity = elements.quantity("valueQuantity")
    if quantity is None and (integer := elements.number("valueInteger")) is not None:
        quantity = Quantity(integer, "")
    names = [name for name in elements.raw if "value" in name]
    for name in names:
        if name.startswith("value") and name not in _VALUES and elements.has(name):
            elements.fault(name, "is a kind of value that is not read")
    return Observation(
        status=status,
        effective=effective,
        quantity=quantity,
        concept=elements.concept("valueCodeableConcept"),
        text=elements.string("valueString"),
        truth=elements.flag("valueBoolean"),
        date=elements.span("valueDateTime") or elements.span("valueDate"),
        interpretation=elements.concept_list("interpretation"),
        reference_range=_reference_range(elements),
        absent_reason=_absent_reason(elements, names),
        body_sites=body_sites,
        components=components,
        faults=tuple(faults or ()),
    )


def _reference_range(elements: Elements) -> tuple[Quantity | None, Quantity | None]:
    """The one range that holds for everybody; none where several could be meant."""
    if "referenceRange" not in elements.raw:
        return (None, None)
    plain = [
        (each.quantity("low"), each.quantity("high"))
        for each in elements.children("referenceRange")
        if not each.has("appliesTo") and not each.has("age") and _is_normal(each)
    ]
    return plain[0] if len(plain) == 1 else (None, None)


def _is_normal(each: Elements) -> bool:
    kind = each.concept("type")
    return kind is None or any(coding.code.lower() == _NORMAL for coding in kind.codings) or not kind.codings


def _absent_reason(elements: Elements, names: Iterable[str]) -> str:
    """Why there is no value: `dataAbsentReason`, or an extension in the place of the value (`names`)."""
    raw = elements.raw.get("dataAbsentReason")
    if raw is not None:
        return why_absent(raw) or _words(elements.concept("dataAbsentReason"))
    return next((reason for name in names if (reason := why_absent(elements.raw[name]))), "")


def _words(concept: CodeableConcept | None) -> str:
    return concept.words() if concept is not None else absence(None)
