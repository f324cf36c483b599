"""What would change an answer is true: the stated change, made to the chart, gives the stated headline."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from service.core.screening import ChangeKind, Headline, Screening
from service.fhir.versions import FhirVersion
from service.fhir.write import risk_assessment
from tests.builders import screened, taking, told
from tests.core.test_vignettes import VIGNETTES
from tests.vignettes.changed import changed, stated
from tests.vignettes.dialects import Request, tell
from tests.vignettes.grammar import Vignette
from tests.vignettes.lexicon import CannotSay
from tests.vignettes.runner import run

DIALECT = "snomed"


def _request(vignette: Vignette) -> Request | None:
    try:
        return tell(vignette, DIALECT)
    except CannotSay:
        return None


TOLD = [(vignette, request) for vignette in VIGNETTES if (request := _request(vignette)) is not None]


def _written(screening: Screening) -> list[dict[str, Any]]:
    """Findings and questions as callers read them."""
    made = risk_assessment(
        screening,
        FhirVersion.R4,
        identifier="00000000-0000-4000-8000-000000000000",
        resource_id=None,
        software_version="1",
    )
    return [each for each in made["prediction"] if _kind(each) != "headline"]  # type: ignore[attr-defined]


def _kind(prediction: dict[str, Any]) -> str:
    return str(next(e["valueCode"] for e in prediction["extension"] if e["url"].endswith("/prediction-kind")))


@pytest.mark.parametrize(("vignette", "request_"), TOLD, ids=[f"{v.section}: {v.title}" for v, _ in TOLD])
def test_the_stated_change_gives_the_stated_headline(vignette: Vignette, request_: Request) -> None:
    screening = run(request_, vignette.packs)
    for prediction in _written(screening):
        changes = list(stated(prediction))
        assert changes, "nothing is said to change it"
        for change in changes:
            after = run(changed(request_, change, vignette.as_of), vignette.packs)
            assert after.headline.code == change.headline, change


def test_what_is_taken_now_is_told_with_the_day_after_its_washout() -> None:
    (finding,) = screened(told(taking("apixaban 5 mg oral tablet"))).findings
    (change,) = finding.changes
    assert (change.kind, change.on, change.headline) == (
        ChangeKind.STOPPED,
        date(2026, 3, 6),
        Headline.NO_KNOWN_CONTRAINDICATION,
    )
    assert finding.ends_when.endswith(
        "If it has been stopped and is recorded so, the result from 2026-03-06 on would be: no known contraindication."
    )


def test_what_ends_by_itself_is_told_with_its_day() -> None:
    stopped = told("statement: warfarin 3 mg oral tablet, stopped, until 2026-02-28")
    (finding,) = screened(stopped).findings
    assert (finding.until, [change.kind for change in finding.changes]) == (date(2026, 3, 5), [ChangeKind.DATE])
    assert "From 2026-03-06 on, if nothing else changes" in finding.ends_when


def test_the_headline_that_follows_is_that_of_the_whole_chart() -> None:
    both = told("condition: Type 2 diabetes mellitus, active", "condition: HIV infection, active")
    hiv, diabetes = screened(both).findings
    assert [change.headline for change in hiv.changes] == [Headline.PRECAUTION]
    assert [change.headline for change in diabetes.changes] == [Headline.CONTRAINDICATED]


def test_a_finding_that_becomes_a_question_is_told_with_what_leaves_none() -> None:
    (finding,) = screened(told("condition: Chronic hepatitis C, active")).findings
    assert [(change.kind, change.headline) for change in finding.changes] == [
        (ChangeKind.RESOLVED, Headline.INSUFFICIENT_DATA),
        (ChangeKind.REFUTED, Headline.NO_KNOWN_CONTRAINDICATION),
    ]


def test_a_routine_question_is_closed_by_the_answer_that_a_card_records() -> None:
    (question,) = screened(told(patient="31 female")).questions
    (change,) = question.changes
    assert change.kind is ChangeKind.ANSWER
    assert (change.code and change.code.code, change.value and change.value.code) == ("82810-3", "LA26683-5")
    assert question.ends_when == "If not pregnant is recorded today, the result would be: no known contraindication."


def test_several_targets_are_told_the_same_change() -> None:
    chart = told("condition: Malignant neoplasm of breast, active", target=("left calf", "right calf"))
    findings = screened(chart).findings
    assert [finding.rule for finding in findings] == ["cancer-elsewhere", "cancer-elsewhere"]
    assert findings[0].changes == findings[1].changes
