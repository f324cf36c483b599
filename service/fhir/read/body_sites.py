"""Places and sides in every form that charts give them (FHIR checklist, FH-130)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from service.core.chart import CodeableConcept
from service.fhir.read.elements import Elements
from service.fhir.read.reading import Reading
from service.fhir.read.received import Received
from service.fhir.read.references import display_of

# A tuple, not a set: what is looked for in it may be any JSON, also a list.
_BODY_STRUCTURE: Final = (
    "http://hl7.org/fhir/StructureDefinition/bodySite",
    "http://hl7.org/fhir/StructureDefinition/procedure-targetBodyStructure",
)
# Parts of the names of extensions that qualify a place or give its side: mCODE's, Germany's and their like.
_QUALIFIERS: Final = ("laterality", "body-location-qualifier", "locationqualifier", "seitenlokalisation")


def read_body_sites(reading: Reading, received: Received, elements: Elements) -> tuple[CodeableConcept, ...]:
    """All body sites of a resource. What qualifies a site is joined to it; a side of the resource stands alone."""
    raw = elements.raw
    sites: list[CodeableConcept] = []
    if "bodySite" in raw:
        for one in elements.one_or_more("bodySite"):
            sites += _site(reading, received, one, elements)
    if "bodyStructure" in raw:
        for one in elements.one_or_more("bodyStructure"):
            inner = one.get("reference") if isinstance(one, dict) else None
            sites += _structure(reading, received, inner if isinstance(inner, dict) else one, elements)
    extensions = _extensions(raw)
    for extension in extensions:
        if extension.get("url") in _BODY_STRUCTURE:
            sites += _structure(reading, received, extension.get("valueReference"), elements)
    for coding in _codings(raw.get("code")):
        extensions += _extensions(coding)
    sides = (_qualifier(extension, elements) for extension in extensions)
    sites += [side for side in sides if side is not None]
    return tuple(dict.fromkeys(sites)) if sites else ()


def _site(reading: Reading, received: Received, raw: object, elements: Elements) -> Iterator[CodeableConcept]:
    """A bodySite with what its extensions say of it."""
    concept = elements.concepts.read(raw, "bodySite", elements.faults)
    qualifiers: list[CodeableConcept] = []
    for element in (raw, *_codings(raw)):
        for extension in _extensions(element):
            if extension.get("url") in _BODY_STRUCTURE:
                yield from _structure(reading, received, extension.get("valueReference"), elements)
            elif (qualifier := _qualifier(extension, elements)) is not None:
                qualifiers.append(qualifier)
    joined = _joined(concept, qualifiers)
    if joined.codings or joined.text:
        yield joined


def _structure(
    reading: Reading, received: Received, reference: object, elements: Elements
) -> Iterator[CodeableConcept]:
    """The places of a BodyStructure: R4 says one `location`, R5 any number of `includedStructure`."""
    resource = reading.target(received, reference)
    if resource is None:
        words = display_of(reference)
        if words:
            yield CodeableConcept((), words)
        else:
            elements.fault("bodySite", "names a BodyStructure that was not sent")
        return
    if resource.get("modifierExtension") or resource.get("implicitRules") is not None:
        elements.fault("bodySite", "names a BodyStructure whose meaning something unknown here may change")
        return
    structure = elements.inside(resource, "BodyStructure")
    qualifiers = list(structure.concept_list("locationQualifier"))
    place = structure.concept("location")
    found = [_joined(place or CodeableConcept(), qualifiers)] if place or qualifiers else []
    for included in structure.children("includedStructure"):
        said = [included.concept("laterality"), *included.concept_list("qualifier")]
        place = included.concept("structure") or CodeableConcept()
        found.append(_joined(place, [one for one in said if one is not None]))
    description = structure.string("description")
    if not found and description:
        found.append(CodeableConcept((), description))
    yield from (site for site in found if site.codings or site.text)


def _joined(site: CodeableConcept, qualifiers: list[CodeableConcept]) -> CodeableConcept:
    """A place and what qualifies it, as one concept; words of a qualifier without a code join the text."""
    if not qualifiers:
        return site
    codings = dict.fromkeys((*site.codings, *(coding for one in qualifiers for coding in one.codings)))
    words = [one.text for one in qualifiers if one.text and not one.codings]
    text = ", ".join((site.words(), *words)) if words else site.text
    return CodeableConcept(tuple(codings), text.strip(", "))


def _qualifier(extension: dict[str, Any], elements: Elements) -> CodeableConcept | None:
    url = extension.get("url")
    if not isinstance(url, str) or not any(part in url.lower() for part in _QUALIFIERS):
        return None
    value = Elements(extension, elements.concepts, elements.faults, "bodySite.extension.")
    concept = value.concept("valueCodeableConcept")
    if concept is not None:
        return concept
    if value.has("valueCoding"):
        return value.concepts.coding(extension["valueCoding"], "bodySite.extension.valueCoding", value.faults)
    words = value.string("valueCode") or value.string("valueString")
    return CodeableConcept((), words) if words else None


def _extensions(raw: object) -> list[dict[str, Any]]:
    given = raw.get("extension") if isinstance(raw, dict) else None
    return [one for one in (given if isinstance(given, list) else [given]) if isinstance(one, dict)]


def _codings(raw: object) -> list[object]:
    given = raw.get("coding") if isinstance(raw, dict) else None
    return given if isinstance(given, list) else []
