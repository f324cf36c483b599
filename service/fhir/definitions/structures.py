"""The StructureDefinitions: the profile of a result, and each of its extensions. Differentials, without snapshots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from service.fhir.canonical import PROFILE, structure, value_set
from service.fhir.definitions.extension_table import EXTENSIONS, Extension, Part
from service.fhir.definitions.metadata import RELEASES, published
from service.fhir.definitions.profile import constraints
from service.fhir.elements import Element, element
from service.fhir.versions import FhirVersion

_CORE: Final = "http://hl7.org/fhir/StructureDefinition"
_BY_URL: Final = {"discriminator": [{"type": "value", "path": "url"}], "ordered": False, "rules": "closed"}


def structure_definitions(version: FhirVersion) -> list[Element]:
    """The profile and every extension, for one FHIR release."""
    return [_profile(version), *(_extension(extension, version) for extension in EXTENSIONS)]


def _profile(version: FhirVersion) -> Element:
    return {
        **published(
            "StructureDefinition",
            PROFILE,
            title="Dry-needling risk assessment",
            description="What a chart says for and against dry needling: a headline for each target, findings, open "
            "questions, notes, and an account of the input. Categories of a rule pack, never probabilities.",
        ),
        "fhirVersion": RELEASES[version],
        "kind": "resource",
        "abstract": False,
        "type": "RiskAssessment",
        "baseDefinition": f"{_CORE}/RiskAssessment",
        "derivation": "constraint",
        "differential": {"element": list(constraints())},
    }


def _extension(extension: Extension, version: FhirVersion) -> Element:
    return {
        **published("StructureDefinition", extension.name, title=extension.title, description=extension.description),
        "fhirVersion": RELEASES[version],
        "kind": "complex-type",
        "abstract": False,
        "context": [{"type": "element", "expression": context} for context in extension.contexts],
        "type": "Extension",
        "baseDefinition": f"{_CORE}/Extension",
        "derivation": "constraint",
        "differential": {"element": list(_elements(extension))},
    }


def _elements(extension: Extension) -> Iterator[Element]:
    yield {
        "id": "Extension",
        "path": "Extension",
        "short": extension.title,
        "definition": extension.description,
        "min": 0,
        "max": "*",
    }
    yield from _inside(extension, "Extension", "Extension", structure(extension.name))


def _inside(of: Extension | Part, id_: str, path: str, url: str) -> Iterator[Element]:
    """The elements inside an extension, nested or not: its parts, its url, its value."""
    if of.parts:
        yield element(id=f"{id_}.extension", path=f"{path}.extension", slicing=_BY_URL, min=_least(of.parts), max="*")
        for part in of.parts:
            yield from _part(part, f"{id_}.extension:{part.name}", f"{path}.extension")
    else:
        yield {"id": f"{id_}.extension", "path": f"{path}.extension", "max": "0"}
    yield {"id": f"{id_}.url", "path": f"{path}.url", "fixedUri": url}
    yield _value(of, f"{id_}.value[x]", f"{path}.value[x]")


def _part(part: Part, id_: str, path: str) -> Iterator[Element]:
    yield {"id": id_, "path": path, "sliceName": part.name, "short": part.short, "min": part.min, "max": part.max}
    yield from _inside(part, id_, path, part.name)


def _value(of: Extension | Part, id_: str, path: str) -> Element:
    if of.parts:
        return {"id": id_, "path": path, "max": "0"}
    bound = {"strength": "required", "valueSet": value_set(of.value_set)} if of.value_set else None
    return element(id=id_, path=path, min=1, type=[{"code": of.type}], binding=bound)


def _least(parts: Iterable[Part]) -> int:
    return sum(part.min for part in parts)
