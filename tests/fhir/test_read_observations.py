"""Observation: values in every form, flags, ranges, components; and ServiceRequest with its details."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from service.core.chart import CodeableConcept, Coding, Kind, Observation, Order, Quantity
from service.fhir.refused import Case, Refused
from service.fhir.versions import FhirVersion
from tests.fhir.reading import (
    LOINC,
    SNOMED,
    Object,
    ask,
    bundle,
    code,
    condition,
    content,
    patient,
    read,
    resource,
    words,
)
from tests.fhir.test_read_conditions import MASKED, span

UCUM = "http://unitsofmeasure.org"


def seen(**elements: object) -> Observation:
    made = resource("Observation", "o", **{"status": "final", "code": code(LOINC, "718-7"), **elements})
    return content(made, Observation)


class TestValues:
    """A value is read as what it is, and a number keeps its digits."""

    @pytest.mark.parametrize(
        ("quantity", "read_"),
        [
            ({"value": 7.1, "system": UCUM, "code": "g/dL", "unit": "grams"}, Quantity(Decimal("7.1"), "g/dL")),
            ({"value": 71, "code": "g/L"}, Quantity(Decimal(71), "g/L")),
            ({"value": 0.1, "unit": "g/dL"}, Quantity(Decimal("0.1"), "g/dL")),
            ({"value": 1, "system": SNOMED, "code": "258795003", "unit": "g/dL"}, Quantity(Decimal(1), "g/dL")),
            ({"value": 20, "comparator": "<", "code": "1"}, Quantity(Decimal(20), "1", "<")),
            ({"value": 20}, Quantity(Decimal(20), "")),
        ],
    )
    def test_quantities(self, quantity: Object, read_: Quantity) -> None:
        assert seen(valueQuantity=quantity).quantity == read_

    @pytest.mark.parametrize("value", [True, "7.1", [], {}])
    def test_what_is_no_number_is_a_fault(self, value: object) -> None:
        one = seen(valueQuantity={"value": value})
        assert one.quantity is None
        assert one.faults == ("valueQuantity.value is no number",)

    def test_other_values(self) -> None:
        assert seen(valueCodeableConcept=words("positive")).concept == CodeableConcept((), "positive")
        assert seen(valueString=" not detected ").text == "not detected"
        assert seen(valueBoolean=False).truth is False
        assert seen(valueInteger=7).quantity == Quantity(Decimal(7), "")
        assert seen(valueDateTime="2026-08").date == span("2026-08")

    @pytest.mark.parametrize("name", ["valueRange", "valueRatio", "valueReference", "valueAttachment"])
    def test_a_kind_of_value_that_is_not_read_is_told(self, name: str) -> None:
        assert seen(**{name: {"low": {}}}).faults == (f"{name} is a kind of value that is not read",)

    def test_why_there_is_no_value(self) -> None:
        assert seen().absent_reason == ""
        assert (
            seen(
                dataAbsentReason=code("http://terminology.hl7.org/CodeSystem/data-absent-reason", "masked")
            ).absent_reason
            == "masked"
        )
        assert seen(valueQuantity=MASKED).absent_reason == "masked"
        assert seen(_valueString=MASKED).absent_reason == "masked"

    def test_flags_and_range(self) -> None:
        one = seen(
            interpretation=[code("x", "L")],
            referenceRange=[
                {"low": {"value": 1, "unit": "g"}, "high": {"value": 2, "unit": "g"}},
                {"low": {"value": 0, "unit": "g"}, "appliesTo": [words("children")]},
            ],
        )
        assert one.interpretation == (CodeableConcept((Coding("x", "L"),)),)
        assert one.reference_range == (Quantity(Decimal(1), "g"), Quantity(Decimal(2), "g"))
        assert seen(referenceRange=[{"low": {"value": 1}}, {"low": {"value": 2}}]).reference_range == (None, None)

    @pytest.mark.parametrize(
        ("when", "first", "last"),
        [
            ({"effectiveDateTime": "2026-01"}, "2026-01-01", "2026-01-31"),
            ({"effectiveInstant": "2026-01-02T10:00:00Z"}, "2026-01-02", "2026-01-02"),
            ({"effectivePeriod": {"start": "2026-01-02", "end": "2026-01-04"}}, "2026-01-02", "2026-01-04"),
            ({"effectiveTiming": {"event": ["2026-01-02", "2026-01-05"]}}, "2026-01-02", "2026-01-05"),
        ],
    )
    def test_when(self, when: dict[str, Any], first: str, last: str) -> None:
        effective = seen(**when).effective
        assert effective is not None
        assert (str(effective.first), str(effective.last)) == (first, last)

    def test_components_stand_under_the_status_and_date_of_the_whole(self) -> None:
        parts = [
            {"code": words("systolic"), "valueQuantity": {"value": 120, "unit": "mm[Hg]"}},
            {"code": words("secret"), "modifierExtension": [{"url": "x"}], "valueString": "x"},
        ]
        one = seen(component=parts, effectiveDateTime="2026-01-02")
        ((name, part),) = one.components
        assert name == CodeableConcept((), "systolic")
        assert (part.status, part.effective) == ("final", span("2026-01-02"))
        assert part.quantity == Quantity(Decimal(120), "mm[Hg]")
        assert one.faults == ("component has a modifierExtension that is not known here",)

    def test_what_an_entry_may_say_beside_its_code_is_known_before_it_is_read(self) -> None:
        def parts(**more: object) -> tuple[CodeableConcept, ...]:
            (entry,) = read(resource("Observation", "o", code=code(LOINC, "1"), **more)).entries
            return entry.parts

        assert parts() == ()
        assert parts(component=[{"code": words("systolic")}, 5]) == (CodeableConcept((), "systolic"),)
        assert parts(valueCodeableConcept=words("positive")) == (CodeableConcept((), "positive"),)


def ordered(*others: Object, **elements: object) -> Order:
    made = resource(
        "ServiceRequest", "r", **{"status": "active", "intent": "order", "code": words("Dry needling"), **elements}
    )
    return content(made, Order, *others)


class TestOrders:
    """ServiceRequest: everything that may name the place, the side, or current."""

    def test_the_code_of_either_version(self) -> None:
        for given in (
            words("Dry needling"),
            {"concept": words("Dry needling")},
            {"reference": {"display": "Dry needling"}},
        ):
            (entry,) = read(resource("ServiceRequest", "r", code=given)).entries
            assert (entry.kind, entry.code) == (Kind.ORDER, CodeableConcept((), "Dry needling"))

    def test_status_and_what_it_stands_in(self) -> None:
        one = ordered(doNotPerform=True, encounter={"reference": "Encounter/7"})
        assert (one.status, one.intent, one.do_not_perform, one.encounter) == ("active", "order", True, "Encounter/7")

    @pytest.mark.parametrize(
        ("elements", "details"),
        [
            ({"orderDetail": [words("left")]}, ["left"]),
            ({"note": [{"text": "left side"}]}, ["left side"]),
            ({"patientInstruction": "left"}, ["left"]),
            ({"patientInstruction": [{"instructionMarkdown": "left"}]}, ["left"]),
            ({"orderDetail": [{"parameter": [{"code": words("side"), "valueString": "left"}]}]}, ["side: left"]),
            ({"orderDetail": [{"parameter": [{"code": words("current"), "valueBoolean": True}]}]}, ["current"]),
            ({"orderDetail": [{"parameter": [{"code": words("current"), "valueBoolean": False}]}]}, []),
            (
                {"orderDetail": [{"parameter": [{"code": words("current"), "valueQuantity": {"value": 2}}]}]},
                ["current"],
            ),
            ({"orderDetail": [{"parameter": [{"code": words("side")}]}]}, []),
        ],
    )
    def test_details(self, elements: dict[str, Any], details: list[str]) -> None:
        assert [detail.text for detail in ordered(**elements).details] == details

    def test_a_coded_parameter_keeps_its_code(self) -> None:
        parameter = {"code": words("side"), "valueCodeableConcept": code(SNOMED, "7771000", "Left")}
        assert ordered(orderDetail=[{"parameter": [parameter]}]).details == (
            CodeableConcept((Coding("snomed", "7771000", "Left"),), "side: Left"),
        )

    def test_an_r5_body_structure(self) -> None:
        calf = {"resourceType": "BodyStructure", "id": "b", "includedStructure": [{"structure": words("calf")}]}
        for given in ({"reference": "BodyStructure/b"}, {"reference": {"reference": "BodyStructure/b"}}):
            assert ordered(calf, bodyStructure=given).body_sites == (CodeableConcept((), "calf"),)


class TestVersion:
    """The FHIR version: declared, else told by the content, else 4.0 (FH-21, FH-123)."""

    R4 = resource("MedicationRequest", "m", medicationCodeableConcept=words("x"))
    R5 = resource("MedicationRequest", "n", medication={"concept": words("x")})

    def version(self, *resources: Object, declared: str = "") -> FhirVersion:
        content_type = f"application/fhir+json; fhirVersion={declared}" if declared else None
        return ask(bundle(patient(), *resources), content_type=content_type).version

    def test_content_tells_where_nothing_is_declared(self) -> None:
        assert self.version() is FhirVersion.R4
        assert self.version(self.R4) is FhirVersion.R4
        assert self.version(self.R5) is FhirVersion.R5
        assert self.version(resource("Procedure", occurrenceDateTime="2020", code=words("x"))) is FhirVersion.R5
        assert self.version(resource("ServiceRequest", code={"concept": words("x")})) is FhirVersion.R5

    def test_what_is_declared_counts(self) -> None:
        assert self.version(self.R4, declared="4.3") is FhirVersion.R4B
        assert self.version(self.R4, declared="5.0") is FhirVersion.R5

    def test_a_contradiction_is_told_and_nothing_is_lost(self) -> None:
        for made, declared in (((self.R5,), "4.0"), ((self.R4,), "5.0"), ((self.R4, self.R5), "4.0")):
            asked = ask(bundle(patient(), *made), content_type=f"application/fhir+json; fhirVersion={declared}")
            assert len(asked.chart.entries) == len(made)
            assert asked.chart.remarks

    @pytest.mark.parametrize(
        "old",
        [
            [resource("MedicationOrder", "o")],
            [resource("ProcedureRequest", "o")],
            [resource("MedicationStatement", "o", taken="y", medicationCodeableConcept=words("x"))],
            [condition(one, clinicalStatus="active") for one in "abc"],
        ],
    )
    def test_a_chart_of_an_older_version_is_refused_and_told_so(self, old: list[Object]) -> None:
        with pytest.raises(Refused) as refused:
            self.version(*old)
        assert refused.value.case is Case.NOT_A_CHART
        assert refused.value.issues[0].code == "not-supported"

    def test_a_slip_is_no_older_version(self) -> None:
        assert self.version(condition(clinicalStatus="active")) is FhirVersion.R4
        modern = condition("m", clinicalStatus=code("x", "active"))
        chart = ask(bundle(patient(), modern, resource("MedicationOrder", "o"))).chart
        assert [one.reason for one in chart.unreadable] == ["it comes from a FHIR version before 4.0"]
