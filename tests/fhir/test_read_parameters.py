"""The question beside the chart, in Parameters and in the query string (contract 3)."""

from __future__ import annotations

from typing import Any

import pytest

from service.core.chart import CodeableConcept, Coding
from service.fhir.refused import Case, Refused
from tests.fhir.reading import SNOMED, ask, bundle, code, patient

CHART = {"name": "chart", "resource": bundle(patient())}


def parameters(*given: object) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": list(given)}


def refused(body: object, *query: tuple[str, str]) -> Refused:
    with pytest.raises(Refused) as caught:
        ask(body, *query)
    return caught.value


def test_a_bundle_alone_asks_for_nothing() -> None:
    asked = ask(bundle(patient()))
    assert (asked.targets, asked.as_of, asked.packs, asked.electrical_stimulation) == ((), None, (), None)


def test_all_parameters_are_read_from_parameters() -> None:
    asked = ask(
        parameters(
            CHART,
            {"name": "target", "valueString": "left gastrocnemius"},
            {"name": "target", "valueCodeableConcept": code(SNOMED, "6174004")},
            {"name": "as-of", "valueDateTime": "2026-03-02"},
            {"name": "pack", "valueCode": "extended"},
            {"name": "pack", "valueCanonical": "https://needlewise.org/fhir/PlanDefinition/default|1.0"},
            {"name": "subject", "valueReference": {"reference": "Patient/1"}},
            {"name": "electrical-stimulation", "valueBoolean": False},
        )
    )
    assert asked.targets == (
        CodeableConcept((), "left gastrocnemius"),
        CodeableConcept((Coding("snomed", "6174004"),)),
    )
    assert str(asked.as_of) == "2026-03-02"
    assert asked.packs == ("extended", "https://needlewise.org/fhir/PlanDefinition/default|1.0")
    assert asked.electrical_stimulation is False


def test_all_parameters_are_read_from_the_query() -> None:
    asked = ask(
        bundle(patient()),
        ("target", "left gastrocnemius"),
        ("target", "http://snomed.info/sct|6174004"),
        ("as-of", "2026-03-02T10:00:00 02:00"),
        ("pack", "extended"),
        ("pack", "extended"),
        ("subject", "Patient/1"),
        ("electrical-stimulation", "true"),
        ("_format", "json"),
        ("_pretty", "true"),
    )
    assert asked.targets == (
        CodeableConcept((), "left gastrocnemius"),
        CodeableConcept((Coding("snomed", "6174004"),)),
    )
    assert asked.as_of is not None
    assert asked.as_of.instant is not None  # the "+" of the zone arrived as a blank
    assert asked.packs == ("extended",)
    assert asked.electrical_stimulation is True


@pytest.mark.parametrize("target", ["trapezius | upper part", "left|right side", "neck"])
def test_a_bar_between_words_is_no_code(target: str) -> None:
    assert ask(bundle(patient()), ("target", target)).targets == (CodeableConcept((), target),)


@pytest.mark.parametrize(
    "query",
    [
        [("colour", "red")],
        [("as-of", "yesterday")],
        [("as-of", "2026-02-30")],
        [("as-of", "")],
        [("as-of", "2026-03-02"), ("as-of", "2026-03-02")],
        [("subject", "Patient/1"), ("subject", "Patient/2")],
        [("electrical-stimulation", "yes")],
        [("electrical-stimulation", "true"), ("electrical-stimulation", "false")],
        [("target", " ")],
        [("_format", "json"), ("_format", "json")],
        [("_pretty", "maybe")],
        [("chart", "x")],
        [("asof", "2026-03-02")],
    ],
)
def test_a_query_that_is_not_understood_is_refused(query: list[tuple[str, str]]) -> None:
    fault = refused(bundle(patient()), *query)
    assert fault.case is Case.BAD_PARAMETER
    assert query[0][0] in fault.issues[0].diagnostics


@pytest.mark.parametrize(
    "parameter",
    [
        {"name": "colour", "valueString": "red"},
        {"name": "as-of", "valueString": "2026-03-02"},
        {"name": "as-of", "valueDateTime": "02.03.2026"},
        {"name": "as-of", "valueDateTime": 2026},
        {"name": "target", "valueString": " "},
        {"name": "target", "valueString": "a", "valueCodeableConcept": {"text": "a"}},
        {"name": "target", "valueCodeableConcept": {"coding": "x"}},
        {"name": "target", "valueCodeableConcept": {}},
        {"name": "target", "part": []},
        {"name": "pack", "valueString": "default"},
        {"name": "pack", "valueCode": ""},
        {"name": "subject", "valueString": "Patient/1"},
        {"name": "subject", "valueReference": {}},
        {"name": "electrical-stimulation", "valueBoolean": "true"},
        {"name": "electrical-stimulation", "valueString": "true"},
        {"name": "chart", "valueString": "x"},
        {"valueString": "x"},
        "target",
    ],
)
def test_a_parameter_of_another_form_is_refused_with_its_place(parameter: object) -> None:
    fault = refused(parameters(CHART, parameter))
    assert fault.case is Case.BAD_PARAMETER
    assert fault.issues[0].expression.startswith("Parameters.parameter[1]")


def test_single_parameters_may_not_repeat_also_across_body_and_query() -> None:
    as_of = {"name": "as-of", "valueDateTime": "2026-03-02"}
    assert refused(parameters(CHART, as_of, as_of)).case is Case.BAD_PARAMETER
    assert refused(parameters(CHART, as_of), ("as-of", "2026-03-02")).case is Case.BAD_PARAMETER


def test_all_faults_are_told_at_once_and_never_a_value() -> None:
    fault = refused(
        parameters({"name": "as-of", "valueDateTime": "SECRET"}, {"name": "target", "valueInteger": 1}, CHART),
        ("pack", ""),
        ("colour", "SECRET"),
    )
    assert len(fault.issues) == 4
    assert not any("SECRET" in issue.diagnostics for issue in fault.issues)


def test_a_name_that_can_not_be_shown_is_not_repeated() -> None:
    long = "x" * 500
    assert long not in refused(bundle(patient()), (long, "1")).issues[0].diagnostics
    assert "\n" not in refused(bundle(patient()), ("a\nb", "1")).issues[0].diagnostics


def test_at_most_a_hundred_faults_are_told() -> None:
    assert len(refused(parameters(*[{}] * 500)).issues) == 100


@pytest.mark.parametrize("given", [[], [{"name": "target", "valueString": "neck"}]])
def test_parameters_without_a_chart_are_refused(given: list[object]) -> None:
    fault = refused(parameters(*given))
    assert fault.case is Case.NO_CHART
    assert fault.issues[0].code == "required"


def test_several_charts_are_one_and_single_resources_count_as_entries() -> None:
    chart = ask(
        parameters(
            CHART,
            {"name": "chart", "resource": {"resourceType": "Condition", "code": {"text": "x"}}},
            {"name": "chart", "resource": bundle({"resourceType": "Procedure", "code": {"text": "y"}})},
        )
    ).chart
    assert [entry.source.position for entry in chart.entries] == [1, 2]


@pytest.mark.parametrize(
    "body", [[], "x", 1, None, {}, {"resourceType": 5}, patient(), {"resourceType": "OperationOutcome"}]
)
def test_another_body_is_no_chart_and_told_how_to_be_one(body: object) -> None:
    fault = refused(body)
    assert fault.case is Case.NOT_A_CHART
    assert "Bundle" in fault.issues[0].diagnostics


def test_the_bundle_keeps_its_identifier() -> None:
    identifier = {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:7"}
    assert ask(bundle(patient(), identifier=identifier)).bundle_identifier == "urn:ietf:rfc:3986|urn:uuid:7"
    assert ask(bundle(patient())).bundle_identifier is None


def test_a_target_of_characters_that_no_text_may_hold_is_empty() -> None:
    for fault in (
        refused(bundle(patient()), ("target", "\x00\x07")),
        refused(parameters(CHART, {"name": "target", "valueString": "\x07"})),
        refused(parameters(CHART, {"name": "target", "valueCodeableConcept": {"coding": [{"display": "\x07"}]}})),
    ):
        assert fault.case is Case.BAD_PARAMETER
        assert "is empty" in fault.issues[0].diagnostics
