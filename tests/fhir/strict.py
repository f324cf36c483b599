"""A strict FHIR validator, independent of `fhir.resources`: it reads FHIR's own definitions (`specification/`).

It knows unknown elements, cardinality, types, choices, required codes, primitive formats, every invariant that
FHIR marks as an error (by fhirpathpy), references into `contained`, and what a narrative may hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import fhirpathpy
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models

from service.fhir.versions import FhirVersion

_PRIMITIVES = {
    "String": r"[\s\S]+",
    "string": r"[\s\S]+",
    "markdown": r"[\s\S]+",
    "xhtml": r"[\s\S]+",
    "code": r"[^\s]+( [^\s]+)*",
    "id": r"[A-Za-z0-9\-.]{1,64}",
    "uri": r"\S+",
    "url": r"\S+",
    "canonical": r"\S+",
    "date": r"\d{4}(-\d{2}(-\d{2})?)?",
    "dateTime": r"\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00)))?)?)?",
    "instant": r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))",
}
_NUMBERS = {"unsignedInt": 0, "positiveInt": 1, "integer": None}
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")

# Required codes that what we write uses, from the code systems of the specification. Others fail a test: add them.
_CODES = {
    "observation-status": "registered preliminary final amended corrected cancelled entered-in-error unknown",
    "narrative-status": "generated extensions additional empty",
    "device-nametype": "udi-label-name user-friendly-name patient-reported-name manufacturer-name model-name other "
    "registered-name",
    "publication-status": "draft active retired unknown",
    "FHIR-version": "4.0.1 4.3.0 5.0.0",
    "structure-definition-kind": "primitive-type complex-type resource logical",
    "type-derivation-rule": "specialization constraint",
    "extension-context-type": "fhirpath element extension",
    "discriminator-type": "value exists pattern type profile",
    "resource-slicing-rules": "closed open openAtEnd",
    "binding-strength": "required extensible preferred example",
    "codesystem-content-mode": "not-present example fragment complete supplement",
    "concept-map-equivalence": "relatedto equivalent equal wider subsumes narrower specializes inexact unmatched "
    "disjoint",
    "concept-map-relationship": "related-to equivalent source-is-narrower-than-target "
    "source-is-broader-than-target not-related-to",
    "filter-operator": "= is-a descendent-of is-not-a regex in not-in generalizes exists",
    "related-artifact-type": "documentation justification citation predecessor successor derived-from depends-on "
    "composed-of",
    "concept-property-type": "code Coding string integer boolean dateTime decimal",
    "operation-kind": "operation query",
    "operation-parameter-use": "in out",
    "search-xpath-usage": "normal phonetic nearby distance other",
    "search-processingmode": "normal phonetic other",
    "all-types": "Resource Element dateTime boolean Reference RiskAssessment Bundle Condition MedicationStatement "
    "Observation Procedure Immunization",
    "fhir-types": "Resource Element dateTime boolean Reference RiskAssessment CodeableConcept string code canonical "
    "Bundle Condition MedicationStatement Observation Procedure Immunization",
    "resource-types": "RiskAssessment CodeSystem ConceptMap PlanDefinition SearchParameter ValueSet "
    "StructureDefinition OperationDefinition",
    "version-independent-all-resource-types": "RiskAssessment",
    "capability-statement-kind": "instance capability requirements",
    "mimetypes": "json application/fhir+json",
    "restful-capability-mode": "client server",
    "type-restful-interaction": "read vread update patch delete history-instance history-type create search-type",
    "search-param-type": "number date string token reference composite quantity uri special",
    "bundle-type": "document message transaction batch batch-response searchset history collection",
    "search-entry-mode": "match include outcome",
    "iana-link-relations": "self next",
    "issue-severity": "fatal error warning information",
    "all-languages": "en",
}

# Looked at here, since fhirpathpy can't: references into `contained`, and the narrative.
_OURS = {"dom-3", "ref-1", "txt-1", "txt-2"}

_XHTML = "{http://www.w3.org/1999/xhtml}"
_TAGS = re.compile("div|p|br|h[1-6]|b|i|em|strong|small|ul|ol|li|dl|dt|dd|table|caption|thead|tbody|tr|th|td")
_ATTRIBUTES = {"lang", "{http://www.w3.org/XML/1998/namespace}lang", "scope", "align", "valign", "colspan"}


def faults(resource: dict[str, Any], version: FhirVersion) -> list[str]:
    """Everything that is wrong with the resource in this release, each with its place; empty where nothing is."""
    return [*_Validator(resource, version).resource(resource, resource.get("resourceType", "")), *_references(resource)]


@cache
def _specification(version: FhirVersion) -> dict[str, dict[str, Any]]:
    file = Path(__file__).parent / "specification" / f"{version.value}.json"
    read: dict[str, dict[str, Any]] = json.loads(file.read_text())
    return read


@cache
def _children(version: FhirVersion, path: str) -> dict[str, dict[str, Any]]:
    """The elements right below a path, by their JSON name, a choice by each of its names."""
    found = {}
    for name, definition in _specification(version).items():
        parent, _, last = name.rpartition(".")
        if parent != path:
            continue
        if last.endswith("[x]"):
            for type_ in definition["types"]:
                json_name = last[:-3] + type_[0].upper() + type_[1:]
                found[json_name] = {**definition, "path": name, "types": [type_], "choice": last}
        else:
            found[last] = {**definition, "path": name, "choice": last}
    return found


@cache
def _compiled(expression: str, version: FhirVersion) -> Any:
    spoken = re.sub(r"\.trace\('\w+'\)", "", expression).replace("hasValue()", "exists()")  # fhirpathpy has neither
    spoken = spoken.replace('contains(":")', "contains(':')")  # a slip of FHIR 5.0
    return fhirpathpy.compile(spoken, models["r5" if version is FhirVersion.R5 else "r4"])


class _Validator:
    def __init__(self, root: dict[str, Any], version: FhirVersion) -> None:
        self.root, self.version = root, version

    def resource(self, resource: dict[str, Any], where: str) -> Iterator[str]:
        type_ = resource.get("resourceType")
        if type_ not in _specification(self.version):
            yield f"{where}: {type_} is not in the trimmed specification"
            return
        content = {name: value for name, value in resource.items() if name != "resourceType"}
        yield from self.element(content, type_, where, resource)
        yield from self.invariants(type_, resource, where, resource)

    def element(self, content: dict[str, Any], path: str, where: str, inside: dict[str, Any]) -> Iterator[str]:
        children = _children(self.version, path)
        if not content:
            yield f"{where}: empty"
        for name, value in content.items():
            if name not in children:
                yield f"{where}.{name}: unknown"
            else:
                yield from self.values(value, children[name], f"{where}.{name}", inside)
        for choice, names in _choices(self.version, path).items():
            given = [name for name in names if name in content]
            if len(given) > 1:
                yield f"{where}.{choice}: {len(given)} values"
            if not given and any(children[name]["min"] for name in names):
                yield f"{where}.{choice}: missing"

    def values(self, value: Any, definition: dict[str, Any], where: str, inside: dict[str, Any]) -> Iterator[str]:
        if isinstance(value, list) != (definition["max"] not in ("0", "1")):
            yield f"{where}: a list, or none where one is due"
            return
        several = value if isinstance(value, list) else [value]
        if len(several) < max(definition["min"], 1):
            yield f"{where}: too few"
        for number, each in enumerate(several):
            at = f"{where}[{number}]" if isinstance(value, list) else where
            yield from self.value(each, definition, at, inside)
            yield from self.invariants(definition["path"], each, at, inside)

    def value(self, value: Any, definition: dict[str, Any], where: str, inside: dict[str, Any]) -> Iterator[str]:
        if "same as" in definition:
            yield from self.element(value, definition["same as"], where, inside)
            return
        (type_,) = definition["types"]
        if type_ in _PRIMITIVES or type_ in _NUMBERS or type_ == "boolean":
            yield from _primitive(value, type_, where)
            yield from _code(value, definition, where)
        elif not isinstance(value, dict):
            yield f"{where}: no object"
        elif type_ == "Resource":
            yield from self.resource(value, where)
        elif type_ in ("BackboneElement", "Element"):
            yield from self.element(value, definition["path"], where, inside)
        elif type_ not in _specification(self.version):
            yield f"{where}: {type_} is not in the trimmed specification"
        else:
            yield from self.element(value, type_, where, inside)
            yield from self.invariants(type_, value, where, inside)
            if type_ == "Extension" and ("extension" in value) == any(name.startswith("value") for name in value):
                yield f"{where}: ext-1"

    def invariants(self, path: str, value: Any, where: str, inside: dict[str, Any]) -> Iterator[str]:
        for key, expression in _specification(self.version)[path].get("invariants", {}).items():
            if key in _OURS or "memberOf(" in expression:  # needs a terminology server
                continue
            environment = {"resource": inside, "rootResource": self.root, "context": value}
            node = ResourceNode.create_node(value, path)  # type: ignore[no-untyped-call]
            held = _compiled(expression, self.version)(node, environment)
            if held not in ([True], []):
                yield f"{where}: {key}"


@cache
def _choices(version: FhirVersion, path: str) -> dict[str, list[str]]:
    """The JSON names of each element right below a path: several where it has a choice of types."""
    choices: dict[str, list[str]] = {}
    for name, definition in _children(version, path).items():
        choices.setdefault(definition["choice"], []).append(name)
    return choices


def _primitive(value: Any, type_: str, where: str) -> Iterator[str]:
    if type_ == "boolean":
        if not isinstance(value, bool):
            yield f"{where}: no boolean"
    elif type_ in _NUMBERS:
        least = _NUMBERS[type_]
        if not isinstance(value, int) or isinstance(value, bool) or (least is not None and value < least):
            yield f"{where}: no {type_}"
    elif not isinstance(value, str) or not re.fullmatch(_PRIMITIVES[type_], value):
        yield f"{where}: no {type_}"
    elif _FORBIDDEN.search(value) or value != value.strip():
        yield f"{where}: control characters, or white space around it"
    elif type_ == "xhtml":
        yield from _narrative(value, where)


def _code(value: Any, definition: dict[str, Any], where: str) -> Iterator[str]:
    if "codes" in definition:
        value_set = definition["codes"].rpartition("/")[2]
        if value not in _CODES.get(value_set, "").split():
            yield f"{where}: not a known code of {value_set}"


def _narrative(div: str, where: str) -> Iterator[str]:
    """txt-1, txt-2: only basic formatting, and some content."""
    try:
        root = ET.fromstring(div)  # noqa: S314 - our own text; a fault in it is what the test is after
    except ET.ParseError as fault:
        yield f"{where}: not well-formed, {fault}"
        return
    if root.tag != f"{_XHTML}div":
        yield f"{where}: no div"
    for element in root.iter():
        if not _TAGS.fullmatch(element.tag.removeprefix(_XHTML)) or not set(element.attrib) <= _ATTRIBUTES:
            yield f"{where}: {element.tag} with {sorted(element.attrib)}"
    if not "".join(root.itertext()).strip():
        yield f"{where}: empty"


def _references(root: dict[str, Any]) -> Iterator[str]:
    """dom-3 and ref-1: what is contained is referred to, and what is referred to as contained is there."""
    contained = {f"#{resource.get('id')}" for resource in root.get("contained", ())}
    local = {value for name, value in _strings(root) if name == "reference" and value.startswith("#")}
    yield from (f"contained {id_}: dom-3" for id_ in contained - local)
    yield from (f"reference {id_}: ref-1" for id_ in local - contained)


def _strings(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _strings(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each, name)
    elif isinstance(value, str):
        yield name, value
