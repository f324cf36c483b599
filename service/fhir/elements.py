"""The small FHIR shapes that a result is made of: references, codings, concepts. Alike in R4, R4B and R5."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from service.core.chart import CodeableConcept, Coding, Label, Source
from service.core.screening import Target
from service.fhir.canonical import code_system
from service.fhir.primitives import absolute_uri, code, plain, sentence

Element: TypeAlias = dict[str, object]

# Inside, a system is the lists' short key (`mappings/systems.csv`); outside, it is its URI again.
SYSTEM_URIS: Final[Mapping[str, str]] = {
    "absent-unknown": "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips",
    "atc": "http://www.whocc.no/atc",
    "cpt": "http://www.ama-assn.org/go/cpt",
    "cvx": "http://hl7.org/fhir/sid/cvx",
    "data-absent-reason": "http://terminology.hl7.org/CodeSystem/data-absent-reason",
    "dmd": "https://dmd.nhs.uk",
    "edqm": "http://standardterms.edqm.eu",
    "icd-10": "http://hl7.org/fhir/sid/icd-10",
    "icd-10-cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "icd-10-pcs": "http://www.cms.gov/Medicare/Coding/ICD10",
    "icd-9-cm": "http://hl7.org/fhir/sid/icd-9-cm",
    "loinc": "http://loinc.org",
    "mdc": "urn:iso:std:iso:11073:10101",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "snomed": "http://snomed.info/sct",
    "v2-0078": "http://terminology.hl7.org/CodeSystem/v2-0078",
    "v3-act-code": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "v3-act-reason": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "v3-confidentiality": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
    "v3-interpretation": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
    "v3-observation-value": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "v3-route": "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration",
}

_RESOURCE_TYPE: Final = re.compile(r"[A-Z][A-Za-z]+")


def element(**values: object) -> Element:
    """An element of what has a value: FHIR knows no empty string, list or object, and no null."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def own_coding(system: str, of: str, display: str = "", version: str = "") -> Element:
    """A code of one of our own code systems."""
    return element(system=code_system(system), version=version, code=of, display=display)


def reference(source: Source) -> Element:
    """A reference to an entry, as its sender can resolve it; else what it is and where it stood."""
    address = usable_reference(source.reference)
    if address:
        return {"reference": address}
    type_ = source.type if _RESOURCE_TYPE.fullmatch(source.type) else ""
    return element(type=type_, display=whereabouts(source))


def whereabouts(source: Source) -> str:
    """An entry in words: its address, or what it is and where it stood."""
    address = usable_reference(source.reference)
    if address:
        return address
    what = sentence(source.type)[:64] or "resource"
    if source.position < 0:
        return f"{what} that the entries name"
    return f"{what} at position {source.position} of the entries received (the first is 0)"


def usable_reference(address: str | None) -> str:
    """The address where it may stand in `Reference.reference`; else empty.

    `#x` would point into the result itself, and there is nothing there.
    """
    if not address or address.startswith("#") or plain(address) != address or len(address.split()) != 1:
        return ""
    return address


def distinct(sources: Iterable[Source]) -> list[Source]:
    """Each entry once, in order of first mention."""
    first: dict[str | int, Source] = {}
    for source in sources:
        first.setdefault(source.reference or source.position, source)
    return list(first.values())


def target_concept(target: Target) -> Element:
    """The target as it was given or ordered."""
    return concept(target.given, target.name)


def concept(given: CodeableConcept, otherwise: str = "") -> Element:
    """A CodeableConcept as it arrived. `otherwise` is its text where it has none."""
    return element(
        coding=[coding for coding in map(_coding, given.codings) if coding],
        text=plain(given.text) or plain(otherwise) or plain(given.words()),
    )


def label(given: Label) -> Element:
    """A security label as it arrived. What FHIR would not take as a code is kept as words."""
    valid = code(given.code)
    return element(
        system=absolute_uri(given.system),
        code=valid,
        display=plain(given.display) or ("" if valid else plain(given.code)),
    )


def _coding(given: Coding) -> Element:
    """A coding as it arrived; empty where its system or code can't be written: a bare code says nothing."""
    system = absolute_uri(SYSTEM_URIS.get(given.system, given.system))
    valid = code(given.code)
    if not (system and valid):
        return {}
    return element(system=system, code=valid, display=plain(given.display))
