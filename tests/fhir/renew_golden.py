"""The golden files: what is written out, one per shape. `python -m tests.fhir.renew_golden` renews them; read the diff.

A narrative stands in a file of its own, one element a line, so that a diff of it can be read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from service.fhir.definitions.capability import capability_statement, offered
from service.fhir.definitions.catalogue import definitions
from service.fhir.versions import FhirVersion
from service.fhir.write import risk_assessment
from tests.fhir.screenings import full, screening

FOLDER = Path(__file__).parent / "golden"


def golden() -> dict[str, str]:
    """What each golden file should hold."""
    files: dict[str, str] = {}
    for name, of in (("everything", full()), ("nothing-found", screening())):
        for version in (FhirVersion.R4, FhirVersion.R5):
            result: dict[str, Any] = risk_assessment(
                of,
                version,
                identifier="0b2f8a4e-6c0e-4a54-9d0b-0a7a2c8d5f10",
                resource_id=None,
                software_version="1.2.3",
            )
            files[f"{name}.html"] = result["text"]["div"].replace("><", ">\n<") + "\n"
            result["text"]["div"] = f"see {name}.html"
            files[f"{name}.{version.name}.json"] = _json(result)
    for type_, id_ in (
        ("StructureDefinition", "account"),
        ("StructureDefinition", "certainty"),
        ("StructureDefinition", "dry-needling-risk-assessment"),
        ("CodeSystem", "headline"),
    ):
        files[f"{type_}.{id_}.R4.json"] = _json(_definition(type_, id_, FhirVersion.R4))
    for version in (FhirVersion.R4, FhirVersion.R5):
        operation = _definition("OperationDefinition", "RiskAssessment-screen", version)
        files[f"OperationDefinition.{version.name}.json"] = _json(operation)
    files["CapabilityStatement.R4.json"] = _json(
        capability_statement(
            FhirVersion.R4,
            software_version="1.2.3",
            date="2026-11-24",
            url="https://needle.example.org/fhir",
            offered=offered(stores=False),
        )
    )
    return files


def _definition(type_: str, id_: str, version: FhirVersion) -> object:
    (found,) = (each for each in definitions(type_, version, packs=[]) if each["id"] == id_)
    return found


def _json(resource: object) -> str:
    return json.dumps(resource, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write every golden file, and take away what is none any more."""
    wanted = golden()
    for old in FOLDER.iterdir():
        if old.name not in wanted:
            old.unlink()
    for name, content in wanted.items():
        (FOLDER / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
