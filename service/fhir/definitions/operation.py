"""The OperationDefinitions of `$screen` and `$package`."""

from __future__ import annotations

from typing import Final

from service.fhir.canonical import OPERATION
from service.fhir.definitions.metadata import published
from service.fhir.elements import Element
from service.fhir.versions import FhirVersion

CODE: Final = "screen"
PACKAGE: Final = "package"

_ALLOWED_TYPE: Final = "http://hl7.org/fhir/StructureDefinition/operationdefinition-allowed-type"
_PATIENT: Final = "http://hl7.org/fhir/StructureDefinition/Patient"

_COMMENT: Final = (
    "POST a Parameters resource, or a Bundle as the body itself: it is the `chart` then. Beside a Bundle the other "
    "parameters may stand in the query string, under the same names (`target=left gastrocnemius`, "
    "`target=http://snomed.info/sct|6757004`, `as-of=2026-03-02`, `pack=default`, `subject=Patient/123`, "
    "`electrical-stimulation=true`; `target` and `pack` may be repeated). That is more than FHIR grants: there a body "
    "that is not Parameters goes without a query string. What is in the chart and cannot be used is accounted for in "
    "the result, and is never a reason to refuse the rest."
)


def operation_definitions(version: FhirVersion, *, stores: bool) -> list[Element]:
    """`$screen` and `$package`, for one FHIR release. `stores`: whether `$screen` stores its results."""
    return [
        {
            **published(
                "OperationDefinition",
                OPERATION,
                title="Screen a chart for dry needling",
                description="A chart in, one RiskAssessment out: what the chart says for and against dry needling at "
                "the targets, what it leaves open, and how the input was used.",
            ),
            "kind": "operation",
            "affectsState": stores,
            "code": CODE,
            "comment": _COMMENT,
            "resource": ["RiskAssessment"],
            "system": False,
            "type": True,
            "instance": False,
            "parameter": _parameters(version),
        },
        {
            **published(
                "OperationDefinition",
                PACKAGE,
                title="Everything the service knows, in one Bundle",
                description="A collection of every definition under this endpoint: value sets, code systems, concept "
                "maps, rule packs, profiles and operations, to be loaded by others.",
            ),
            "kind": "operation",
            "affectsState": False,
            "code": PACKAGE,
            "comment": "GET, without parameters.",
            "system": True,
            "type": False,
            "instance": False,
            "parameter": [
                {
                    "name": "return",
                    "use": "out",
                    "min": 1,
                    "max": "1",
                    "documentation": "The collection. It is the bare Bundle, not wrapped in Parameters.",
                    "type": "Bundle",
                }
            ],
        },
    ]


def _parameters(version: FhirVersion) -> list[Element]:
    return [
        _in("chart", "Resource", "The chart: a Bundle, or single resources.", least=1, most="*"),
        _in(
            "target",
            ("CodeableConcept", "string"),
            "Where the needle goes; replaces what the orders in the chart say.",
            most="*",
            version=version,
        ),
        _in("as-of", "dateTime", "The moment to judge for. Default: now."),
        _in(
            "pack",
            ("code", "canonical"),
            "A rule pack, at most one of them a base pack. Default: as the service is set.",
            most="*",
            version=version,
        ),
        {
            **_in("subject", "Reference", "The patient. Needed when the chart holds several."),
            "targetProfile": [_PATIENT],
        },
        _in("electrical-stimulation", "boolean", "Whether current goes through the needles."),
        {
            "name": "return",
            "use": "out",
            "min": 1,
            "max": "1",
            "documentation": "The result. It is the bare resource, not wrapped in Parameters.",
            "type": "RiskAssessment",
        },
    ]


def _in(
    name: str,
    type_: str | tuple[str, ...],
    documentation: str,
    *,
    least: int = 0,
    most: str = "1",
    version: FhirVersion = FhirVersion.R4,
) -> Element:
    """A parameter. A choice of types is `Element` with the types allowed, which R5 has an element for."""
    parameter: Element = {"name": name, "use": "in", "min": least, "max": most, "documentation": documentation}
    if isinstance(type_, str):
        return {**parameter, "type": type_}
    if version is FhirVersion.R5:
        return {**parameter, "type": "Element", "allowedType": list(type_)}
    allowed = [{"url": _ALLOWED_TYPE, "valueUri": each} for each in type_]
    return {"extension": allowed, **parameter, "type": "Element"}
