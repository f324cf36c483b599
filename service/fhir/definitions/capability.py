"""The CapabilityStatement: what works at this endpoint, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from service.fhir.canonical import (
    HEADLINE_SEARCH,
    OPERATION,
    PROFILE,
    code_system,
    operation,
    search_parameter,
    structure,
)
from service.fhir.definitions.metadata import PUBLISHER, RELEASES
from service.fhir.definitions.operation import CODE
from service.fhir.elements import Element, element
from service.fhir.versions import FHIR_JSON, FhirVersion


class Offer(NamedTuple):
    """What works for one resource type."""

    type: str
    interactions: tuple[str, ...] = ()
    search_parameters: Mapping[str, str] = {}  # name → type
    operations: Mapping[str, str] = {}  # code → canonical of its definition
    profiles: tuple[str, ...] = ()


# The definitions are read by id, and searched by these.
SEARCHED_BY: Final[Mapping[str, str]] = {"_id": "token", "url": "uri", "name": "string", "version": "token"}
DEFINITIONS: Final = (
    "CodeSystem",
    "ConceptMap",
    "OperationDefinition",
    "PlanDefinition",
    "SearchParameter",
    "StructureDefinition",
    "ValueSet",
)
_HTTP: Final = {"system": "http://terminology.hl7.org/CodeSystem/message-transport", "code": "http"}
_EVENT: Final = f"A chart is screened for the event {code_system('message-event')}|screen-dry-needling."

# What is stored is searched by these.
RESULTS_BY: Final[Mapping[str, str]] = {
    "_id": "token",
    "identifier": "token",
    "subject": "reference",
    "patient": "reference",
    "date": "date",
    "method": "token",
    "risk": "token",
    "headline": "token",
}
_DEFINED: Final[Mapping[str, str]] = {"headline": search_parameter(HEADLINE_SEARCH)}
EVENTS_BY: Final[Mapping[str, str]] = {"_id": "token", "patient": "reference", "date": "date", "agent": "reference"}


def offered(*, stores: bool) -> tuple[Offer, ...]:
    """What works. `stores`: whether results are stored, and so can be read."""
    screening = Offer("RiskAssessment", operations={CODE: operation(OPERATION)}, profiles=(structure(PROFILE),))
    return (
        *(Offer(type_, interactions=("read", "search-type"), search_parameters=SEARCHED_BY) for type_ in DEFINITIONS),
        *(_stored(screening) if stores else (screening,)),
    )


def _stored(screening: Offer) -> tuple[Offer, ...]:
    reading = ("read", "search-type")
    return (
        screening._replace(interactions=reading, search_parameters=RESULTS_BY),
        Offer("AuditEvent", interactions=reading, search_parameters=EVENTS_BY),
    )


def capability_statement(
    version: FhirVersion,
    *,
    software_version: str,
    date: str,
    url: str,
    offered: Sequence[Offer],
    rest: Mapping[str, object] | None = None,
) -> Element:
    """The CapabilityStatement of this endpoint in one FHIR release.

    `date`: a FHIR dateTime, when what is offered changed last. `url`: the endpoint's own base. `rest`: what the
    endpoint has beside resource types (`security`, `interaction`, `operation`).
    """
    return {
        "resourceType": "CapabilityStatement",
        "name": "Needlewise",
        "title": "Needlewise: dry-needling screening",
        "status": "active",
        "date": date,
        "publisher": PUBLISHER,
        "description": "Screens a chart for reasons not to needle, or to needle with care, and answers with one "
        "RiskAssessment. FHIR 4.0, 4.3 and 5.0 are read and written; this statement is for one of them: ask for "
        "another with `fhirVersion` in `Accept`.",
        "kind": "instance",
        "software": {"name": "Needlewise", "version": software_version},
        "implementation": {"description": "Needlewise", "url": url},
        "fhirVersion": RELEASES[version],
        "format": ["json", FHIR_JSON],
        "rest": [element(mode="server", resource=[_resource(offer) for offer in offered]) | dict(rest or {})],
    }


def messaging(url: str) -> list[Element]:
    """What a CapabilityStatement says of messages. `url`: the endpoint's own base."""
    return [{"endpoint": [{"protocol": _HTTP, "address": f"{url}/$process-message"}], "documentation": _EVENT}]


def _resource(offer: Offer) -> Element:
    return element(
        type=offer.type,
        supportedProfile=list(offer.profiles),
        interaction=[{"code": code} for code in offer.interactions],
        searchParam=[
            element(name=name, definition=_DEFINED.get(name), type=type_)
            for name, type_ in offer.search_parameters.items()
        ],
        operation=[{"name": name, "definition": canonical} for name, canonical in offer.operations.items()],
    )
