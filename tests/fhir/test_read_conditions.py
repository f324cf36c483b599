"""Condition, Procedure, Immunization, AllergyIntolerance: codes, statuses, dates, places."""

from __future__ import annotations

from typing import Any

import pytest

from service.core.chart import Allergy, CodeableConcept, Coding, Condition, Entry, Immunization, Kind, Procedure
from service.core.dates import Period, Span, parse_span
from tests.fhir.reading import (
    SNOMED,
    Object,
    all_contents,
    code,
    condition,
    content,
    contents,
    read,
    resource,
    words,
)

MASKED = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]}


def span(written: str) -> Span:
    read_ = parse_span(written)
    assert read_ is not None
    return read_


def said(**elements: object) -> Condition:
    return content(condition("c", **elements), Condition)


def entry(**elements: object) -> Entry:
    (only,) = read(condition("c", **elements)).entries
    return only


class TestCodes:
    """The code of an entry is read for every entry, before anything else."""

    def test_known_systems_get_their_short_key_however_they_are_written(self) -> None:
        for system in (SNOMED, f"{SNOMED}/", f" {SNOMED}", f"{SNOMED}|2024", "urn:oid:2.16.840.1.113883.6.96"):
            assert entry(code=code(system, "86406008", "HIV")).code == CodeableConcept(
                (Coding("snomed", "86406008", "HIV"),)
            )

    def test_other_systems_stay_as_sent(self) -> None:
        assert entry(code=code("urn:local", "7")).code.codings == (Coding("urn:local", "7"),)
        assert entry(code={"coding": [{"code": "7"}]}).code.codings == (Coding("", "7"),)

    def test_all_codings_and_the_text_are_kept(self) -> None:
        both = {"coding": [{"system": SNOMED, "code": "1"}, {"display": "Hep B"}, {}], "text": " hepatitis "}
        assert entry(code=both).code == CodeableConcept((Coding("snomed", "1"), Coding("", "", "Hep B")), "hepatitis")

    def test_one_code_with_other_words_is_another_concept(self) -> None:
        chart = read(*(condition(one, code={**code(SNOMED, "1", one), "text": one}) for one in ("a", "b", "a")))
        assert [one.code.words() for one in chart.entries] == ["a", "b", "a"][: len(chart.entries)]

    def test_an_object_where_a_list_is_due_is_read_and_told(self) -> None:
        one = entry(code={"coding": {"system": SNOMED, "code": "1"}})
        assert one.code.codings == (Coding("snomed", "1"),)
        assert one.content().faults == ("code.coding is an object where a list is due",)

    def test_a_malformed_coding_leaves_the_others(self) -> None:
        one = entry(code={"coding": [{"system": SNOMED, "code": 86406008}, None], "text": "HIV"})
        assert one.code == CodeableConcept((), "HIV")
        assert any("code.coding.code" in fault for fault in one.content().faults)

    @pytest.mark.parametrize(
        ("made", "why"),
        [
            ("Diabetes", "code is no CodeableConcept"),
            ([], "code is no CodeableConcept"),
            ({"coding": "x"}, "code.coding is no list"),
            ({"coding": [{"system": SNOMED, "code": 86406008}]}, "code.coding.code is no string"),
            ({"text": 5}, "code.text is no string"),
            (MASKED, "code is masked"),
            (code("http://terminology.hl7.org/CodeSystem/data-absent-reason", "masked", "Masked"), "code is masked"),
            (code("http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "UNK"), "code is unknown"),
        ],
    )
    def test_an_entry_whose_code_can_not_be_read_is_unreadable(self, made: object, why: str) -> None:
        chart = read(condition(code=made))
        assert [(one.kind, one.reason) for one in chart.unreadable] == [(Kind.CONDITION, why)]

    def test_a_missing_code_is_left_to_the_recogniser(self) -> None:
        assert entry(code=None).code == CodeableConcept()

    def test_words_beside_an_absent_code_count(self) -> None:
        absent = code("http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "OTH")
        assert entry(code={**absent, "text": "Haemophilia A"}).code == CodeableConcept((), "Haemophilia A")


class TestStatuses:
    """Statuses are codes, whatever their system and form."""

    @pytest.mark.parametrize(
        "made",
        [
            code("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
            code("http://old", "Active"),
            {"coding": [{"code": "active"}]},
            {"coding": [{"system": SNOMED, "code": "55561003", "display": "Active"}]},
            {"coding": [{"system": SNOMED, "code": "55561003"}, {"code": "active"}]},
            {"text": "active"},
            "active",
            " ACTIVE ",
        ],
    )
    def test_active_in_any_form(self, made: object) -> None:
        assert said(clinicalStatus=made).clinical_status == "active"

    def test_absent_is_absent(self) -> None:
        assert (said().clinical_status, said().verification_status, said().faults) == (None, None, ())

    def test_an_unknown_code_is_passed_on(self) -> None:
        assert said(verificationStatus=code("x", "Maybe")).verification_status == "maybe"

    def test_codes_that_contradict_each_other_are_a_fault(self) -> None:
        one = said(clinicalStatus={"coding": [{"code": "active"}, {"code": "resolved"}]})
        assert one.clinical_status is None
        assert one.faults == ("clinicalStatus holds codes that contradict each other",)

    @pytest.mark.parametrize(
        "elements",
        [{"clinicalStatus": MASKED}, {"_clinicalStatus": MASKED}, {"clinicalStatus": None, "_clinicalStatus": MASKED}],
    )
    def test_masked_does_not_vanish(self, elements: dict[str, Any]) -> None:
        assert said(**elements).faults == ("clinicalStatus is masked",)

    @pytest.mark.parametrize("made", [5, [], {}, {"coding": []}])
    def test_what_is_no_status_is_a_fault(self, made: object) -> None:
        one = said(clinicalStatus=made)
        assert one.clinical_status is None
        assert one.faults
        assert all(fault.startswith("clinicalStatus") for fault in one.faults)

    def test_null_is_absent_and_told(self) -> None:
        one = content({**condition(), "clinicalStatus": None}, Condition)
        assert one.clinical_status is None
        assert one.faults == ("an element is null, which FHIR does not know: it counts as absent",)

    def test_a_partial_copy_says_so_and_its_missing_statuses_are_not_known(self) -> None:
        one = said(meta={"tag": [{"code": "SUBSETTED"}]}, clinicalStatus="active")
        assert any("SUBSETTED" in fault for fault in one.faults)
        assert [fault for fault in one.faults if "Status" in fault] == [
            "verificationStatus may have been left out of a partial copy"
        ]


class TestDates:
    """When it began, ended, and was written down."""

    def test_plain_dates(self) -> None:
        one = said(onsetDateTime="2020-03", abatementDateTime="2021-01-01T10:00:00+01:00", recordedDate="2020-04-01")
        assert one.onset == span("2020-03")
        assert one.abatement == span("2021-01-01T10:00:00+01:00")
        assert one.recorded == span("2020-04-01")

    @pytest.mark.parametrize(
        ("period", "first", "last"),
        [
            ({"start": "2020", "end": "2021-05"}, "2020-01-01", "2021-05-31"),
            ({"start": "2020-02-01"}, "2020-02-01", "2020-02-01"),
            ({"end": "2020-02-01"}, "2020-02-01", "2020-02-01"),
        ],
    )
    def test_a_period_covers_its_whole_span(self, period: Object, first: str, last: str) -> None:
        onset = said(onsetPeriod=period).onset
        assert onset is not None
        assert (str(onset.first), str(onset.last)) == (first, last)

    def test_a_year_in_words_is_a_date(self) -> None:
        assert said(onsetString="since 2019").onset == span("2019")
        assert said(onsetString="childhood").onset is None
        assert said(onsetString="2019 or 2020").onset is None

    @pytest.mark.parametrize(
        "end",
        [{"abatementBoolean": True}, {"abatementAge": {"value": 30}}, {"abatementString": "after treatment"}],
    )
    def test_an_end_may_be_said_without_a_date(self, end: dict[str, Any]) -> None:
        assert (said(**end).abated, said(**end).abatement) == (True, None)

    @pytest.mark.parametrize("end", [{"abatementBoolean": False}, {"abatementString": "ongoing"}, {}])
    def test_no_end_is_no_end(self, end: dict[str, Any]) -> None:
        assert not said(**end).abated

    @pytest.mark.parametrize("made", ["2020-13-01", "yesterday", 20200101, {}, True])
    def test_what_is_no_date_is_a_fault_that_does_not_repeat_it(self, made: object) -> None:
        one = said(onsetDateTime=made)
        assert one.onset is None
        assert one.faults == ("onsetDateTime is no FHIR date",)

    def test_an_asserted_date_is_the_recorded_one_where_there_is_none(self) -> None:
        url = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"
        assert said(extension=[{"url": url, "valueDateTime": "2020-01-02"}]).recorded == span("2020-01-02")


def test_a_time_without_a_zone_is_uncertain_and_told() -> None:
    one = said(recordedDate="2020-01-02T10:00:00")
    assert one.recorded is not None
    assert (str(one.recorded.first), str(one.recorded.last)) == ("2020-01-01", "2020-01-03")
    assert one.faults == ("recordedDate has a time without a zone, and is uncertain by fourteen hours",)


class TestPlaces:
    """Every form in which a place and its side are given (FH-130)."""

    LEFT = Coding("snomed", "7771000")
    LEFT_CODE = code(SNOMED, "7771000")

    def sites(self, *others: Object, **elements: object) -> tuple[CodeableConcept, ...]:
        return content(condition("c", code=words("x"), **elements), Condition, *others).body_sites

    def test_a_second_coding_and_a_second_site_stay_as_sent(self) -> None:
        assert self.sites(bodySite=[code(SNOMED, "1"), self.LEFT_CODE]) == (
            CodeableConcept((Coding("snomed", "1"),)),
            CodeableConcept((self.LEFT,)),
        )

    def test_an_expression_stays_as_sent(self) -> None:
        assert self.sites(bodySite=[code(SNOMED, "1:272741003=7771000")])[0].codings[0].code == "1:272741003=7771000"

    @pytest.mark.parametrize(
        "url",
        [
            "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-laterality-qualifier",
            "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-body-location-qualifier",
        ],
    )
    def test_a_qualifier_joins_its_site(self, url: str) -> None:
        qualified = {**code(SNOMED, "1"), "extension": [{"url": url, "valueCodeableConcept": self.LEFT_CODE}]}
        assert self.sites(bodySite=[qualified, code(SNOMED, "2")]) == (
            CodeableConcept((Coding("snomed", "1"), self.LEFT)),
            CodeableConcept((Coding("snomed", "2"),)),
        )
        worded = {"text": "breast", "extension": [{"url": url, "valueCodeableConcept": words("left")}]}
        assert self.sites(bodySite=[worded]) == (CodeableConcept((), "breast, left"),)

    def test_a_side_of_the_code_or_the_resource_stands_alone(self) -> None:
        side = {"url": "http://fhir.de/StructureDefinition/seitenlokalisation", "valueCoding": {"code": "L"}}
        one = condition("c", code={"coding": [{"system": "icd", "code": "1", "extension": [side]}]})
        assert content(one, Condition).body_sites == (CodeableConcept((Coding("", "L"),)),)

    @pytest.mark.parametrize(
        "structure",
        [
            {"location": code(SNOMED, "1"), "locationQualifier": [code(SNOMED, "7771000")]},
            {"includedStructure": [{"structure": code(SNOMED, "1"), "laterality": code(SNOMED, "7771000")}]},
        ],
    )
    def test_a_body_structure_of_either_version(self, structure: Object) -> None:
        url = "http://hl7.org/fhir/StructureDefinition/bodySite"
        joined = (CodeableConcept((Coding("snomed", "1"), self.LEFT)),)
        made = {"resourceType": "BodyStructure", "id": "b", **structure}
        inside = [{"url": url, "valueReference": {"reference": "#b"}}]
        beside = [{"url": url, "valueReference": {"reference": "BodyStructure/b"}}]
        assert self.sites(extension=inside, contained=[made]) == joined
        assert self.sites(made, extension=beside) == joined
        assert self.sites(made, bodySite=[{"extension": beside}]) == joined
        assert self.sites(made, bodyStructure={"reference": "BodyStructure/b"}) == joined

    def test_a_body_structure_that_was_not_sent_is_a_fault(self) -> None:
        one = said(bodyStructure={"reference": "BodyStructure/b"})
        assert one.faults == ("bodySite names a BodyStructure that was not sent",)
        assert said(bodyStructure={"display": "left calf"}).body_sites == (CodeableConcept((), "left calf"),)


def test_severity_stage_and_recorder() -> None:
    doctor = {"resourceType": "Practitioner", "id": "d", "name": [{"given": ["Ann"], "family": "Lee"}]}
    made = condition(
        "c", severity=words("mild"), stage=[{"summary": words("IV")}], recorder={"reference": "Practitioner/d"}
    )
    one = content(made, Condition, doctor)
    assert (one.severity, one.stages, one.recorder) == ("mild", (CodeableConcept((), "IV"),), "Ann Lee")
    assert said(participant=[{"actor": {"display": "Dr Lee"}}]).recorder == "Dr Lee"
    assert said(asserter={"reference": "Patient/1"}).recorder == "the patient"


@pytest.mark.parametrize("stem", ["performed", "occurrence"])
def test_a_procedure_of_either_version(stem: str) -> None:
    day = span("2020-01-02")
    made = resource("Procedure", "p", code=words("x"), status="completed")
    assert content({**made, f"{stem}DateTime": "2020-01-02"}, Procedure).performed == Period(start=day, end=day)
    period = {"start": "2020-01-02"}
    assert content({**made, f"{stem}Period": period}, Procedure).performed == Period(start=day, end=None)
    assert content({**made, f"{stem}String": "in 2020"}, Procedure).performed.start == span("2020")
    assert content(made, Procedure).status == "completed"


def test_an_immunization_and_an_allergy() -> None:
    vaccine = resource("Immunization", "i", vaccineCode=words("x"), status="completed", occurrenceDateTime="2020")
    allergy = resource("AllergyIntolerance", "a", code=words("y"), verificationStatus=code("x", "confirmed"))
    chart = read(vaccine, allergy)
    assert [one.kind for one in chart.entries] == [Kind.IMMUNIZATION, Kind.ALLERGY]
    assert contents(chart, Immunization)[0].occurrence == span("2020")
    assert contents(chart, Allergy)[0].verification_status == "confirmed"


def test_contents_are_read_only_when_asked_for_and_always_the_same() -> None:
    chart = read(condition(onsetDateTime="x"))
    assert all_contents(chart) == all_contents(chart)
