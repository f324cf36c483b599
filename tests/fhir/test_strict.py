"""The validator of these tests is code, too: each kind of fault planted here is seen."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from service.fhir.versions import FhirVersion
from service.fhir.write import risk_assessment
from tests.fhir.conformance import profile_faults
from tests.fhir.screenings import full
from tests.fhir.strict import faults
from tests.vignettes.runner import packs

_CODE = {"url": "https://needlewise.org/fhir/StructureDefinition/certainty", "valueCode": "coded"}


def written(version: FhirVersion = FhirVersion.R4) -> dict[str, Any]:
    return deepcopy(risk_assessment(full(), version, identifier="1", resource_id=None, software_version="1.0"))


def spoilt(path: str, value: object) -> dict[str, Any]:
    """The result with one value replaced; None takes it away."""
    result = written()
    *parents, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    parent: Any = result
    for step in parents:
        parent = parent[step]
    if value is None:
        del parent[last]
    else:
        parent[last] = value
    return result


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("reasons", ["unknown element"]),
        ("status", None),
        ("status", "done"),
        ("subject", None),
        ("basis", []),
        ("mitigation", ""),
        ("mitigation", "with \x00 inside"),
        ("mitigation", " blanks around "),
        ("subject", {}),
        ("prediction", {"rationale": "no list"}),
        ("occurrencePeriod", {"start": "2026-03-02"}),
        ("occurrenceDateTime", "2026-03-02T10:30"),
        ("contained", None),
        ("performer/reference", "#nobody"),
        ("performer", None),
        ("contained/0/name", [{"value": "Needlewise", "type": "user-friendly-name"}]),
        ("text/div", "<div>no name space</div>"),
        ("text/div", '<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>'),
        ("text/div", '<div xmlns="http://www.w3.org/1999/xhtml"><p onclick="x">x</p></div>'),
        ("text/div", '<div xmlns="http://www.w3.org/1999/xhtml"> </div>'),
        ("text/div", '<div xmlns="http://www.w3.org/1999/xhtml">&nbsp;</div>'),
        ("extension/0", {"url": "https://example.org/empty"}),
        ("extension/2/extension/0/extension/2/valueUnsignedInt", -1),
        ("prediction/0/probabilityDecimal", 200),
        ("contained/0/meta", {"versionId": "1"}),
    ],
)
def test_a_planted_fault_against_fhir_is_seen(path: str, value: object) -> None:
    assert faults(written(), FhirVersion.R4) == []
    assert faults(spoilt(path, value), FhirVersion.R4) != []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("extension/0/url", "https://needlewise.org/fhir/StructureDefinition/unheard-of"),
        ("extension/0", _CODE),
        ("extension/0/valueCodeableConcept/coding/0/code", "fine"),
        ("extension/1/extension/0", {"url": "unheard-of", "valueCode": "x"}),
        ("extension/1/extension/0/valueCode", "no-such-pack"),
        ("extension/2/extension/0/extension/1/valueCode", "lost"),
        ("extension/2/extension/0/extension/2", {"url": "count", "valueInteger": 1}),
        ("prediction/0/extension", [_CODE]),
        ("prediction/0/extension/0/valueCode", "hunch"),
        ("prediction/0/rationale", None),
        ("prediction/0/probabilityDecimal", 50),
        ("identifier/0/system", "https://example.org"),
        ("code/coding/0/code", "something-else"),
        ("mitigation", None),
    ],
)
def test_a_planted_fault_against_the_profile_is_seen(path: str, value: object) -> None:
    installed = list(packs().values())
    assert profile_faults(written(), FhirVersion.R4, installed) == []
    seen = profile_faults(spoilt(path, value), FhirVersion.R4, installed)
    assert bool(seen) == (path != "mitigation"), "what the profile leaves free is no fault"


def test_releases_are_told_apart() -> None:
    assert faults(written(FhirVersion.R5), FhirVersion.R4) != []
    assert faults(written(FhirVersion.R4), FhirVersion.R5) != []
