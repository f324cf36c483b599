"""Every published definition, to be read by id or searched."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from service.core.packs import Pack
from service.fhir.definitions.capability import DEFINITIONS, SEARCHED_BY
from service.fhir.definitions.codes import code_systems, value_sets
from service.fhir.definitions.operation import operation_definitions
from service.fhir.definitions.structures import structure_definitions
from service.fhir.elements import Element, element
from service.fhir.refused import Case, Issue, Refused
from service.fhir.versions import FhirVersion

# Known on every FHIR path; the web looks at them.
_EVERYWHERE: Final = ("_format", "_pretty")

_NAME: Final = re.compile(r"[A-Za-z0-9_:.-]{1,40}")


def definitions(type_: str, version: FhirVersion, *, packs: Sequence[Pack], stores: bool = False) -> list[Element]:
    """Every definition of one type, sorted by id; none for a type that is not published.

    `packs`: those of this installation; rules and packs are codes. `stores`: whether results are stored.
    """
    match type_:
        case "CodeSystem":
            found = code_systems(packs)
        case "ValueSet":
            found = value_sets(packs)
        case "StructureDefinition":
            found = structure_definitions(version)
        case "OperationDefinition":
            found = operation_definitions(version, stores=stores)
        case _:
            found = []
    return sorted(found, key=lambda definition: str(definition["id"]))


def conformance_resource(
    type_: str, id_: str, version: FhirVersion, *, packs: Sequence[Pack], stores: bool = False
) -> Element | None:
    """The definition with this id; None where there is none."""
    found = definitions(type_, version, packs=packs, stores=stores)
    return next((definition for definition in found if definition["id"] == id_), None)


def conformance_search(
    type_: str,
    query: Sequence[tuple[str, str]],
    version: FhirVersion,
    *,
    packs: Sequence[Pack],
    base: str,
    stores: bool = False,
) -> Element | None:
    """The searchset Bundle for a type and a query; None for a type that is not published.

    `base`: the endpoint's own base, without a slash at its end. Raises Refused for a parameter that is not
    offered, or is given twice.
    """
    if type_ not in DEFINITIONS:
        return None
    asked = _asked(query)
    found = [
        definition
        for definition in definitions(type_, version, packs=packs, stores=stores)
        if all(str(definition[name.removeprefix("_")]) in values for name, values in asked.items())
    ]
    return element(
        resourceType="Bundle",
        type="searchset",
        total=len(found),
        link=[{"relation": "self", "url": _self_link(base, type_, asked)}],
        entry=[
            {"fullUrl": f"{base}/{type_}/{definition['id']}", "resource": definition, "search": {"mode": "match"}}
            for definition in found
        ],
    )


def _asked(query: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """The search parameters with their alternatives: FHIR separates them by a comma."""
    counts = Counter(name for name, _ in query)
    issues = [Issue("value", f"{_shown(name)} {fault}") for name in counts if (fault := _fault(name, counts[name]))]
    if issues:
        raise Refused(Case.BAD_PARAMETER, *issues)
    return {name: value.split(",") for name, value in query if name in SEARCHED_BY}


def _fault(name: str, count: int) -> str:
    if name not in SEARCHED_BY and name not in _EVERYWHERE:
        return f"is no search parameter here: known are {', '.join((*SEARCHED_BY, *_EVERYWHERE))}"
    return "is given more than once" if count > 1 else ""


def _shown(name: str) -> str:
    """A parameter's name as an error may repeat it: a sender may have put anything there."""
    return name if _NAME.fullmatch(name) else "a parameter with an unreadable name"


def _self_link(base: str, type_: str, asked: dict[str, list[str]]) -> str:
    query = urlencode({name: ",".join(values) for name, values in asked.items()})
    return f"{base}/{type_}?{query}" if query else f"{base}/{type_}"
