"""MedicationStatement and MedicationRequest of R4 and R5: the drug, whether it is taken, when it ends."""

from __future__ import annotations

from typing import Any

import pytest

from service.core.chart import CodeableConcept, Coding, Entry, Kind, Label, Medicine
from service.core.dates import Period
from tests.fhir.reading import SNOMED, Object, code, condition, content, read, resource, words
from tests.fhir.test_read_conditions import MASKED, span

ASPIRIN = code(SNOMED, "387458008", "Aspirin")
ASPIRIN_READ = CodeableConcept((Coding("snomed", "387458008", "Aspirin"),))
MEDICATION = {"resourceType": "Medication", "id": "m", "code": ASPIRIN, "form": words("tablet")}


def request(**elements: object) -> Object:
    return resource("MedicationRequest", "r", **{"status": "active", "intent": "order", **elements})


def statement(**elements: object) -> Object:
    return resource("MedicationStatement", "s", **{"status": "active", **elements})


def entry(made: Object, *others: Object) -> Entry:
    (only,) = read(made, *others).entries
    return only


def asked(*others: Object, **elements: object) -> Medicine:
    given = {"medicationCodeableConcept": ASPIRIN, **elements}
    return content(request(**given), Medicine, *others)


def stated(**elements: object) -> Medicine:
    given = {"medicationCodeableConcept": ASPIRIN, **elements}
    return content(statement(**given), Medicine)


class TestDrug:
    """Which drug it is, in every form."""

    @pytest.mark.parametrize(
        "named",
        [
            {"medicationCodeableConcept": ASPIRIN},
            {"medicationReference": {"reference": "Medication/m"}},
            {"medicationReference": {"reference": "#m"}, "contained": [MEDICATION]},
            {"medicationReference": {"reference": "#m"}, "contained": [{**MEDICATION, "id": "#m"}]},
            {"medicationReference": {"identifier": {"system": "s", "value": "7"}}},
            {"medication": {"concept": ASPIRIN}},
            {"medication": {"reference": {"reference": "Medication/m"}}},
            {"medication": {"reference": "Medication/m"}},
        ],
    )
    def test_a_code_or_a_medication(self, named: dict[str, Any]) -> None:
        medication = {**MEDICATION, "identifier": [{"system": "s", "value": "7"}]}
        for made in (request(**named), statement(**named)):
            one = entry(made, medication)
            assert (one.kind, one.code) == (Kind.MEDICINE, ASPIRIN_READ)

    def test_a_medication_by_full_url(self) -> None:
        stands = {"fullUrl": "urn:uuid:7", "resource": {**MEDICATION, "id": None}}
        assert entry(request(medicationReference={"reference": "urn:uuid:7"}), stands).code == ASPIRIN_READ

    def test_form_and_ingredients_come_from_the_medication(self) -> None:
        made = request(medicationReference={"reference": "#m"}, contained=[MEDICATION])
        one = content(made, Medicine)
        assert (one.form, one.ingredients) == (CodeableConcept((), "tablet"), ())
        for item in ({"itemCodeableConcept": ASPIRIN}, {"item": {"concept": ASPIRIN}}):
            plain = {"resourceType": "Medication", "id": "m", "ingredient": [item], "doseForm": words("gel")}
            made = request(medicationReference={"reference": "#m", "display": "pill"}, contained=[plain])
            one = content(made, Medicine)
            assert one.ingredients == (ASPIRIN_READ,)
            assert one.form == CodeableConcept((), "gel")
            assert entry(made).code == CodeableConcept((), "pill")

    def test_a_missing_medication_is_known_by_its_display(self) -> None:
        one = entry(request(medicationReference={"reference": "Medication/x", "display": "Aspirin"}))
        assert one.code == CodeableConcept((), "Aspirin")
        read_ = one.content()
        assert isinstance(read_, Medicine)
        assert read_.unresolved == "Medication/x"

    def test_a_missing_medication_without_words_is_left_to_the_recogniser(self) -> None:
        one = entry(request(medicationReference={"reference": "Medication/x"}))
        assert one.code == CodeableConcept()

    @pytest.mark.parametrize(
        "named",
        [
            {"medicationCodeableConcept": "Aspirin"},
            {"medicationCodeableConcept": MASKED},
            {"_medicationCodeableConcept": MASKED},
            {"medicationReference": {}},
            {"medication": "Aspirin"},
        ],
    )
    def test_a_drug_that_can_not_be_read_is_unreadable(self, named: dict[str, Any]) -> None:
        assert [one.kind for one in read(request(**named)).unreadable] == [Kind.MEDICINE]

    def test_a_medication_that_can_not_be_relied_on_bars_its_entry(self) -> None:
        barred = {**MEDICATION, "modifierExtension": [{"url": "x"}]}
        assert entry(request(medicationReference={"reference": "Medication/m"}), barred).barred

    def test_an_entry_is_as_confidential_as_its_medication(self) -> None:
        labelled = {**MEDICATION, "meta": {"security": [{"system": "s", "code": "R"}]}}
        one = entry(request(medicationReference={"reference": "Medication/m"}), labelled)
        assert one.source.labels == (Label("s", "R"),)

    def test_a_malformed_part_of_the_code_is_told(self) -> None:
        one = entry(request(medicationCodeableConcept={"coding": [5], "text": "Aspirin"}))
        assert one.code == CodeableConcept((), "Aspirin")
        assert one.content().faults == ("medicationCodeableConcept.coding holds something that is no Coding",)

    def test_references_that_go_round_in_circles_end(self) -> None:
        made = request(
            medicationReference={"reference": "MedicationRequest/r"},
            reasonReference=[{"reference": "MedicationRequest/r"}],
        )
        assert entry(made).code == CodeableConcept()
        assert content(made, Medicine).reasons == ()


class TestTaking:
    """Status, intent and what R5 says of adherence."""

    def test_statuses(self) -> None:
        assert (asked().status, asked().intent, asked().request) == ("active", "order", True)
        assert (stated().status, stated().intent, stated().request) == ("active", None, False)
        assert stated(status=None).status is None
        assert stated(status="Brewing").status == "brewing"
        assert stated(status=None, _status=MASKED).faults == ("status is masked",)

    @pytest.mark.parametrize(
        ("elements", "reported"),
        [
            ({}, False),
            ({"reportedBoolean": True}, True),
            ({"reportedBoolean": False}, False),
            ({"reportedReference": {"reference": "Patient/1"}}, True),
            ({"reported": True}, True),
            ({"reported": False, "informationSource": [{"display": "Jane"}]}, False),
            ({"informationSource": [{"display": "Jane"}]}, True),
        ],
    )
    def test_reported(self, elements: dict[str, Any], reported: bool) -> None:  # noqa: FBT001 - a column of the table
        assert asked(**elements).reported is reported

    def test_an_order_not_to_give_it(self) -> None:
        assert asked(doNotPerform=True).do_not_perform
        assert not asked(doNotPerform=False).do_not_perform

    def test_adherence_is_the_leaf(self) -> None:
        assert stated(adherence={"code": code("x", "stopped-as-directed")}).adherence == "stopped-as-directed"
        assert stated(adherence={}).faults
        assert stated().adherence is None

    @pytest.mark.parametrize("old", [{"taken": "n"}, {"wasNotTaken": True}])
    def test_an_element_of_an_older_version_puts_the_status_in_doubt(self, old: dict[str, Any]) -> None:
        made = statement(medicationCodeableConcept=ASPIRIN, **old)
        modern = condition(clinicalStatus=code("x", "active"))
        (medicine,) = (one for one in read(made, modern).entries if one.kind is Kind.MEDICINE)
        assert any("status" in fault for fault in medicine.content().faults)

    def test_dates(self) -> None:
        period = {"start": "2020-01-01", "end": "2020-02-01"}
        whole = Period(start=span("2020-01-01"), end=span("2020-02-01"))
        assert stated(effectivePeriod=period).effective == whole
        assert stated(effectiveTiming={"repeat": {"boundsPeriod": period}}).effective == whole
        assert stated(effectiveDateTime="2020-01-01").effective == Period(start=span("2020-01-01"))
        assert asked(effectiveDosePeriod=period).effective == whole
        assert stated(dateAsserted="2020-01-01").asserted == span("2020-01-01")
        assert asked(authoredOn="2020-01-01").asserted == span("2020-01-01")

    def test_route_and_words_of_the_dosage(self) -> None:
        dosages = [
            {"route": words("oral"), "text": "daily"},
            {"route": words("oral"), "patientInstruction": "with food"},
        ]
        for one in (asked(dosageInstruction=dosages), stated(dosage=dosages)):
            assert one.route == (CodeableConcept((), "oral"),)
            assert one.dosage_text == "daily; with food"

    def test_reasons_of_either_version(self) -> None:
        problem = condition("c", code=ASPIRIN)
        reference = {"reference": "Condition/c"}
        for given in ({"reasonReference": [reference]}, {"reason": [{"reference": reference}]}):
            made = request(medicationCodeableConcept=words("x"), **given)
            (medicine,) = (one for one in read(made, problem).entries if one.kind is Kind.MEDICINE)
            read_ = medicine.content()
            assert isinstance(read_, Medicine)
            assert read_.reasons == (ASPIRIN_READ,)
        assert asked(reasonCode=[words("pain")]).reasons == (CodeableConcept((), "pain"),)
        assert asked(reason=[{"concept": words("pain")}]).reasons == (CodeableConcept((), "pain"),)
        assert asked(reasonReference=[{"reference": "Condition/x", "display": "pain"}]).reasons == (
            CodeableConcept((), "pain"),
        )

    def test_who_recorded_it(self) -> None:
        assert asked(requester={"display": "Dr Lee"}).recorder == "Dr Lee"
        assert stated(informationSource={"reference": "Patient/1"}).recorder == "the patient"
        assert asked(requester=MASKED).recorder == ""


def days(value: object, unit: str = "d") -> Object:
    return {"value": value, "system": "http://unitsofmeasure.org", "code": unit}


class TestSupply:
    """When it ends by itself (clinical rules, section 3.2)."""

    def end(self, **elements: object) -> str:
        ends = asked(**{"authoredOn": "2026-01-01", **elements}).supply_ends
        return str(ends) if ends is not None else ""

    def test_no_end_is_stated(self) -> None:
        assert self.end() == ""
        assert self.end(dosageInstruction=[{"text": "daily"}]) == ""

    def test_all_repeats_count(self) -> None:
        assert self.end(dispenseRequest={"expectedSupplyDuration": days(30)}) == "2026-01-31"
        repeated = {"expectedSupplyDuration": days(30), "numberOfRepeatsAllowed": 2}
        assert self.end(dispenseRequest=repeated) == "2026-04-01"

    @pytest.mark.parametrize(
        ("value", "unit", "end"), [(2, "wk", "2026-01-15"), (1, "mo", "2026-02-01"), (36, "h", "2026-01-03")]
    )
    def test_units_of_time(self, value: int, unit: str, end: str) -> None:
        assert self.end(dispenseRequest={"expectedSupplyDuration": days(value, unit)}) == end
        assert self.end(dispenseRequest={"expectedSupplyDuration": {"value": 2, "unit": "Weeks"}}) == "2026-01-15"
        assert self.end(dispenseRequest={"expectedSupplyDuration": {"value": 2, "unit": "bottles"}}) == ""

    def test_the_latest_end_counts(self) -> None:
        both = {"expectedSupplyDuration": days(30), "validityPeriod": {"end": "2026-06-30"}}
        assert self.end(dispenseRequest=both) == "2026-06-30"
        both = {"expectedSupplyDuration": days(300), "validityPeriod": {"end": "2026-06-30"}}
        assert self.end(dispenseRequest=both) == "2026-10-28"

    @pytest.mark.parametrize(
        "bounds",
        [
            {"boundsPeriod": {"start": "2026-01-01", "end": "2026-01-11"}},
            {"boundsDuration": days(10)},
            {"boundsRange": {"low": days(5), "high": days(10)}},
        ],
    )
    def test_the_bounds_of_the_dosage(self, bounds: Object) -> None:
        dosage = {"timing": {"repeat": bounds}}
        assert self.end(dosageInstruction=[dosage]) == "2026-01-11"
        assert self.end(dosageInstruction=[dosage, {"text": "then as needed"}]) == ""

    def test_without_a_start_a_duration_has_no_end(self) -> None:
        assert self.end(authoredOn=None, dispenseRequest={"expectedSupplyDuration": days(30)}) == ""
        started = {"expectedSupplyDuration": days(30), "validityPeriod": {"start": "2026-02-01"}}
        assert self.end(authoredOn=None, dispenseRequest=started) == "2026-03-03"

    @pytest.mark.parametrize("value", [1e300, -5, 10**30, "30", True])
    def test_absurd_durations_do_not_leave_the_calendar(self, value: object) -> None:
        asked(authoredOn="9999-12-30", dispenseRequest={"expectedSupplyDuration": days(value)})
