"""Every published definition: made once for each FHIR release, and kept as the bytes it is served in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple

import orjson

from service.core.code_sets import Lists
from service.core.packs import Pack
from service.fhir.definitions.capability import DEFINITIONS
from service.fhir.definitions.code_sets import concept_code_system, concept_value_set, concept_value_sets
from service.fhir.definitions.codes import code_systems, packs_version, value_sets
from service.fhir.definitions.concept_maps import concept_maps
from service.fhir.definitions.operation import operation_definitions
from service.fhir.definitions.plans import plan_definitions
from service.fhir.definitions.search_parameters import search_parameters
from service.fhir.definitions.structures import structure_definitions
from service.fhir.elements import Element
from service.fhir.versions import FhirVersion

# Types with definitions made of the lists, which take a second to read.
_LISTED: Final = frozenset({"CodeSystem", "ConceptMap", "PlanDefinition", "ValueSet"})
# What FHIR leaves out of a summary: all that is large.
_DETAILS: Final = frozenset({"action", "compose", "concept", "copyright", "differential", "group", "parameter"})
_SUBSETTED: Final = {
    "tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}]
}


class Definition(NamedTuple):
    """A definition as it is served, and what it is searched by."""

    type: str
    found_by: Mapping[str, str]  # search parameter → value
    body: bytes
    summary: bytes

    @property
    def id(self) -> str:
        """The last segment of its canonical."""
        return self.found_by["_id"]


class Catalogue:
    """All definitions of one installation. The lists are loaded when a definition is first asked for."""

    def __init__(self, packs: Sequence[Pack], load: Callable[[], Lists], *, stores: bool = False) -> None:
        """Take the packs of this installation; `stores`: whether results are stored."""
        self._packs = packs
        self._load = load
        self._stores = stores
        self._shared: dict[bytes, bytes] = {}  # most definitions are alike in all releases
        self._made: dict[tuple[str, FhirVersion], Mapping[str, Definition]] = {}

    @cached_property
    def _lists(self) -> Lists:
        return self._load()

    def of_type(self, type_: str, release: FhirVersion) -> Mapping[str, Definition]:
        """The definitions of a type by their ids, in their order; empty for a type that is not published."""
        made = self._made.get((type_, release))
        if made is None:
            made = self._made[type_, release] = self._make(type_, release)
        return made

    def package(self, release: FhirVersion, *, base: str) -> bytes:
        """A collection Bundle of them all. `base`: the endpoint's own, without a slash at its end."""
        found = [each for type_ in DEFINITIONS for each in self.of_type(type_, release).values()]
        entries = (
            b'{"fullUrl":' + orjson.dumps(address(each, base)) + b',"resource":' + each.body + b"}" for each in found
        )
        return b'{"resourceType":"Bundle","type":"collection","entry":[' + b",".join(entries) + b"]}"

    def _make(self, type_: str, release: FhirVersion) -> Mapping[str, Definition]:
        lists = self._lists if type_ in _LISTED else None
        resources = definitions(type_, release, packs=self._packs, lists=lists, stores=self._stores)
        made = (self._keep(_definition(resource)) for resource in resources)
        return {each.id: each for each in sorted(made, key=lambda each: each.id)}

    def _keep(self, definition: Definition) -> Definition:
        body, summary = (self._shared.setdefault(each, each) for each in (definition.body, definition.summary))
        return definition._replace(body=body, summary=summary)


def definitions(
    type_: str, release: FhirVersion, *, packs: Sequence[Pack], lists: Lists | None = None, stores: bool = False
) -> list[Element]:
    """Every definition of one type; without lists those of the interface alone.

    `packs`: those of this installation; rules and packs are codes. `stores`: whether results are stored.
    """
    version = packs_version(packs)
    match type_:
        case "CodeSystem":
            return [*code_systems(packs), *([concept_code_system(lists, version)] if lists else [])]
        case "ValueSet":
            listed = [concept_value_set(version), *concept_value_sets(lists, version)] if lists else []
            return [*value_sets(packs), *listed]
        case "StructureDefinition":
            return structure_definitions(release)
        case "SearchParameter":
            return search_parameters(release)
        case "OperationDefinition":
            return operation_definitions(release, stores=stores)
        case "ConceptMap" if lists:
            return list(concept_maps(lists, packs, release, version))
        case "PlanDefinition" if lists:
            return list(plan_definitions(packs, lists, release))
        case _:
            return []


def address(definition: Definition, base: str) -> str:
    """Where this endpoint serves the definition."""
    return f"{base}/{definition.type}/{definition.id}"


def _definition(resource: Element) -> Definition:
    type_ = str(resource["resourceType"])
    summary = {name: value for name, value in resource.items() if name not in _DETAILS}
    return Definition(
        type_,
        {name: str(resource[name.removeprefix("_")]) for name in ("_id", "url", "name", "version")},
        orjson.dumps(resource),
        orjson.dumps({"resourceType": type_, "id": resource["id"], "meta": _SUBSETTED, **summary}),
    )
