"""A code or word that says nothing ends an entry early: only where nothing else of the entry could say more."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

import pytest

from tests.vignettes.dialects import Request
from tests.vignettes.runner import run

_WARFARIN: Final = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "11289"}]}


def _asked(medication: dict[str, Any], reference: dict[str, str]) -> Request:
    resources = [
        {"resourceType": "Patient", "id": "1", "gender": "male", "birthDate": "1958-04-01"},
        {"resourceType": "Medication", "id": "m", **medication},
        {
            "resourceType": "MedicationRequest",
            "id": "r",
            "status": "active",
            "intent": "order",
            "subject": {"reference": "Patient/1"},
            "medicationReference": reference,
        },
    ]
    chart = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}
    return Request(
        body=json.dumps(chart).encode(), content_type="application/fhir+json", query=(("as-of", "2026-03-02"),)
    )


@pytest.mark.parametrize(
    ("medication", "reference"),
    [
        ({}, {"reference": "Medication/m"}),
        ({}, {"reference": "Medication/m", "display": "House mixture"}),
        ({"code": {"text": "House mixture"}}, {"reference": "Medication/m"}),
        ({"code": {"text": "House mixture"}}, {"reference": "Medication/m", "display": "House mixture"}),
    ],
)
def test_ingredients_speak_where_the_medicine_has_words_that_no_list_knows(
    medication: dict[str, Any], reference: dict[str, str]
) -> None:
    screening = run(_asked(medication | {"ingredient": [{"itemCodeableConcept": _WARFARIN}]}, reference))
    assert [finding.rule for finding in screening.findings] == ["blood-thinner"]


def test_a_drug_named_only_by_a_reference_that_leads_nowhere_is_not_lost() -> None:
    screening = run(_asked({}, {"reference": "Medication/warfarin", "display": "see list"}))
    assert "blood-thinner" in {*(f.rule for f in screening.findings), *(q.rule for q in screening.questions)}


@pytest.mark.parametrize(("status", "asked"), [("active", ["unreadable-entry"]), ("entered-in-error", [])])
def test_a_drug_that_nobody_sent_is_an_open_question(status: str, asked: list[str]) -> None:
    request = _asked({}, {"reference": "Medication/7"})
    body = request.body.replace(b'"active"', f'"{status}"'.encode())
    questions = run(replace(request, body=body)).questions
    assert [question.rule for question in questions if question.rule != "problem-list-missing"] == asked
