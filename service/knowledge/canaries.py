"""The synthetic patients of `mappings/canaries.yaml`: one for each rule, which that rule must speak about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from service.knowledge.tables import mappings_folder
from service.knowledge.yaml_lines import Lined, load_yaml

CANARIES: Final = "canaries.yaml"
_WITH_PATIENT: Final = frozenset({"AllergyIntolerance", "Immunization"})  # the others say `subject`


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """A synthetic patient: what is asked, and the chart as a Bundle of FHIR R4."""

    rule: str
    as_of: str
    target: str
    electrical_stimulation: bool
    chart: Mapping[str, object] = field(repr=False)


def load_canaries(folder: Path | None = None) -> Mapping[str, Canary]:
    """The canaries by their rule; raises MappingError with file and line on a bad one."""
    top = load_yaml(mappings_folder(folder) / CANARIES)
    top.only("as-of", "target", "patient", "canaries")
    found: dict[str, Canary] = {}
    for each in top.get_as("canaries", list):
        if not isinstance(each, Lined):
            raise top.fault("each of 'canaries' must be a mapping")
        each.only("rule", "target", "patient", "electrical-stimulation", "chart")
        rule = each.get_as("rule", str)
        if rule in found:
            raise each.fault(f"{rule} has a canary already")
        patient = {**top.get_as("patient", Lined), **each.get_as("patient", Lined, Lined())}
        found[rule] = Canary(
            rule=rule,
            as_of=top.get_as("as-of", str),
            target=each.get_as("target", str, top.get_as("target", str)),
            electrical_stimulation=each.get_as("electrical-stimulation", bool, default=False),
            chart=_bundle(patient, each),
        )
    return found


def _bundle(patient: dict[str, object], canary: Lined) -> dict[str, object]:
    reference = {"reference": f"Patient/{patient.get('id')}"}
    resources: list[dict[str, object]] = [patient]
    for number, resource in enumerate(canary.get_as("chart", list), start=1):
        if not isinstance(resource, Lined):
            raise canary.fault("each of 'chart' must be a FHIR resource")
        type_ = resource.get_as("resourceType", str)
        whose = "patient" if type_ in _WITH_PATIENT else "subject"
        resources.append({"id": f"canary-{number}", whose: reference, **resource})
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}
