"""The last look at what goes out: `fhir.resources` must accept it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, Final

import orjson
from pydantic import BaseModel, ValidationError

from service.fhir.versions import FhirVersion

# fhir.resources has R5 at its root and no plain R4; R4B's models of what we write are those of R4.
_PACKAGES: Final[Mapping[FhirVersion, str]] = {
    FhirVersion.R4: "fhir.resources.R4B",
    FhirVersion.R4B: "fhir.resources.R4B",
    FhirVersion.R5: "fhir.resources",
}

_PLAIN: Final = frozenset({"valueCode", "valueUnsignedInt"})
_CODED: Final = frozenset({"valueCoding", "valueCodeableConcept"})
_CODED_ELEMENTS: Final = frozenset({"qualitativeRisk", "code", "method"})  # with codes of our own alone


class InvalidResourceError(Exception):
    """What we wrote is not valid FHIR: a bug of ours. The text names places and kinds of fault, never values."""


def validate(resource: Mapping[str, Any], version: FhirVersion) -> None:
    """Raise `InvalidResourceError` where `fhir.resources` refuses the resource.

    Its own text is not passed on: it repeats the patient's data.
    """
    _validate(resource, resource["resourceType"], version)


def validate_result(result: Mapping[str, Any], version: FhirVersion) -> None:
    """`validate` for a RiskAssessment, with what recurs in every result looked at once: coded extensions, the Device.

    To fhir.resources one Extension costs as much as a whole prediction, and the account of a chart has a
    hundred. What holds the chart's words or references is looked at every time; a reference that many
    extensions repeat, once among the others.
    """
    rest = _Rest(version)
    checked = rest.of(result)
    _accept_contained(version, orjson.dumps(checked.pop("contained")))
    for name in ("prediction", "note"):
        if name in result:
            checked[name] = [rest.of(part) for part in result[name]]
    references = {orjson.dumps(each): each for each in (*result.get("basis", ()), *rest.references)}
    if references:
        checked["basis"] = list(references.values())
    validate(checked, version)


class _Rest:
    """What is left of elements when that is taken out which is known to be valid, and the references in it."""

    __slots__ = ("_version", "references")

    def __init__(self, version: FhirVersion) -> None:
        self._version = version
        self.references: list[Mapping[str, Any]] = []  # of extensions, still to be looked at

    def of(self, element: Mapping[str, Any]) -> dict[str, Any]:
        """The element without what is known."""
        rest = dict(element)
        extensions = [extension for extension in rest.pop("extension", ()) if not self._is_known(extension)]
        for name in _CODED_ELEMENTS & rest.keys():
            _accept_concept(self._version, orjson.dumps(rest.pop(name)))
        return {**rest, "extension": extensions} if extensions else rest

    def _is_known(self, extension: Mapping[str, Any]) -> bool:
        """Whether the extension is coded throughout, or a reference; then its frame is valid, or this raises."""
        if "extension" in extension:  # the account and the packs
            return all(map(self._is_known, extension["extension"]))
        url, (kind, value) = extension["url"], [*extension.items()][-1]
        if kind == "valueReference":
            self.references.append(value)
            _accept(self._version, url, kind)
            return True
        if kind in _PLAIN or (kind, url) == ("valueString", "version"):
            _accept(self._version, url, kind, value)
            return True
        if kind in _CODED and "text" not in value:  # a target is a CodeableConcept with the caller's words
            coding = value if kind == "valueCoding" else value["coding"][0]
            _accept(self._version, url, kind, *coding.items())
            return True
        return False


@lru_cache(maxsize=4096)
def _accept(version: FhirVersion, url: str, kind: str, *value: Any) -> None:  # noqa: ANN401 - codes, counts, or items
    written: Any
    if kind == "valueReference":
        written = {"reference": "Patient/1"}  # the reference itself is looked at elsewhere
    elif kind in _PLAIN or kind == "valueString":
        (written,) = value
    else:
        coding = dict(value)
        written = coding if kind == "valueCoding" else {"coding": [coding]}
    _validate({"url": url, kind: written}, "Extension", version)


@lru_cache(maxsize=16)
def _accept_concept(version: FhirVersion, concept: bytes) -> None:
    _validate(orjson.loads(concept), "CodeableConcept", version)


@lru_cache(maxsize=16)
def _accept_contained(version: FhirVersion, contained: bytes) -> None:
    for resource in orjson.loads(contained):
        validate(resource, version)


def _validate(element: Mapping[str, Any], type_: str, version: FhirVersion) -> None:
    try:
        _model(_PACKAGES[version], type_).model_validate(element)
    except ValidationError as refused:
        faults = [
            f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in refused.errors(include_input=False)
        ]
        raise InvalidResourceError(f"{type_} for FHIR {version.value}: {'; '.join(faults)}") from None


@cache
def _model(package: str, type_: str) -> type[BaseModel]:
    """One model, imported when it is first needed: all of a release takes seconds and 100 MB."""
    model: type[BaseModel] = getattr(import_module(f"{package}.{type_.lower()}"), type_)
    return model
