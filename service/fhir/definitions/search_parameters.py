"""The search parameters that FHIR itself does not define."""

from __future__ import annotations

from service.fhir.canonical import HEADLINE_SEARCH, structure
from service.fhir.definitions.metadata import published
from service.fhir.elements import Element
from service.fhir.versions import FhirVersion


def search_parameters(release: FhirVersion) -> list[Element]:
    """`headline` of stored results, for one FHIR release."""
    head = published(
        "SearchParameter",
        HEADLINE_SEARCH,
        title="Headline of a result",
        description="The headline of a result: the worst over all targets. (`risk` finds any prediction.)",
    )
    if release is not FhirVersion.R5:
        del head["title"]  # new in R5
    usage = {"processingMode": "normal"} if release is FhirVersion.R5 else {"xpathUsage": "normal"}
    return [
        {
            **head,
            "code": "headline",
            "base": ["RiskAssessment"],
            "type": "token",
            "expression": f"RiskAssessment.extension.where(url = '{structure('headline')}').value",
            **usage,
        }
    ]
