"""The canonical addresses of everything this project defines in FHIR."""

from __future__ import annotations

from typing import Final

BASE: Final = "https://needlewise.org/fhir"

SCREENING_SYSTEM: Final = f"{BASE}/screening"  # of a result's identifier, a UUID
PROFILE: Final = "dry-needling-risk-assessment"
OPERATION: Final = "RiskAssessment-screen"
HEADLINE_SEARCH: Final = "RiskAssessment-headline"


def structure(name: str) -> str:
    """The canonical of one of our StructureDefinitions; of an extension it is its `url`."""
    return f"{BASE}/StructureDefinition/{name}"


def code_system(name: str) -> str:
    """The canonical of one of our CodeSystems."""
    return f"{BASE}/CodeSystem/{name}"


def topic(code: str) -> str:
    """The code of a rule or headline as every EHR takes it: letters and digits.

    >>> topic("blood-thinner")
    'bloodthinner'
    """
    return "".join(filter(str.isalnum, code))


def value_set(name: str) -> str:
    """The canonical of one of our ValueSets."""
    return f"{BASE}/ValueSet/{name}"


def search_parameter(name: str) -> str:
    """The canonical of one of our SearchParameters."""
    return f"{BASE}/SearchParameter/{name}"


def plan(pack: str) -> str:
    """The canonical of a rule pack's PlanDefinition."""
    return f"{BASE}/PlanDefinition/{pack}"


def operation(name: str) -> str:
    """The canonical of one of our OperationDefinitions."""
    return f"{BASE}/OperationDefinition/{name}"
