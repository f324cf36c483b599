"""Whose chart it is, which entries are about somebody else, and what is known of the patient."""

from __future__ import annotations

import pytest

from service.core.chart import Kind, Subject
from service.fhir.refused import Case, Refused
from tests.fhir.reading import Object, ask, bundle, code, condition, patient, read, resource, words


def refused(body: object, *query: tuple[str, str]) -> Refused:
    with pytest.raises(Refused) as caught:
        ask(body, *query)
    return caught.value


def about(reference: object) -> Object:
    return condition(subject=reference)


def at(full_url: str, made: Object) -> Object:
    return {"fullUrl": full_url, "resource": made}


OURS = "Condition is ours"
ANOTHER = "Condition is another patient's"
LOST = "Condition is unreadable"


def fate(*entries: Object) -> str:
    """What became of the one Condition in a Bundle."""
    chart = ask(bundle(*entries)).chart
    if any(one.kind is Kind.CONDITION for one in chart.entries):
        return OURS
    return ANOTHER if any(one.source.type == "Condition" for one in chart.set_aside) else LOST


@pytest.mark.parametrize(
    "reference",
    [
        None,
        {},
        {"display": "Jane"},
        {"reference": "Patient/1"},
        {"reference": "Patient/1/_history/3"},
        {"reference": "http://server/fhir/Patient/1"},
        {"reference": "urn:uuid:1"},
        {"reference": "#p"},
        {"identifier": {"system": "mrn", "value": "7"}},
        {"identifier": {"system": "other", "value": "8"}},
        {"reference": "Patient?identifier=mrn|7"},
        "Patient/1",
    ],
)
def test_all_these_name_the_only_patient(reference: object) -> None:
    ours = patient(identifier=[{"system": "mrn", "value": "7"}])
    assert fate(ours, about(reference)) == OURS


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Patient/2"},
        {"reference": "http://server/fhir/Patient/2"},
        {"reference": "Group/1"},
        {"reference": "Device/1"},
        {"type": "Group", "display": "all"},
        {"identifier": {"system": "mrn", "value": "8"}},
    ],
)
def test_an_entry_about_somebody_else_is_set_aside(reference: object) -> None:
    ours = patient(identifier=[{"system": "mrn", "value": "7"}])
    assert fate(ours, about(reference)) == ANOTHER


def test_a_contained_patient_is_nobody_else_but_a_contained_group_is() -> None:
    inner = {"resourceType": "Patient", "id": "p"}
    assert fate(patient(), condition(subject={"reference": "#p"}, contained=[inner])) == OURS
    inner = {"resourceType": "Group", "id": "p"}
    assert fate(patient(), condition(subject={"reference": "#p"}, contained=[inner])) == ANOTHER


def test_two_absolute_addresses_with_one_id_are_two_patients() -> None:
    ours = at("http://a/fhir/Patient/1", patient())
    assert fate(ours, about({"reference": "http://a/fhir/Patient/1"})) == OURS
    assert fate(ours, about({"reference": "http://b/fhir/Patient/1"})) == ANOTHER
    assert fate(ours, at("http://a/fhir/Condition/c", about({"reference": "Patient/1"}))) == OURS


def test_a_patient_without_a_name_is_meant_by_any_reference() -> None:
    assert fate(patient(None), about({"reference": "Patient/77"})) == OURS


def test_names_that_can_not_be_compared_mean_the_patient_only_where_they_are_all_there_is() -> None:
    ours = at("urn:uuid:5f0c1f6e-0000-4000-8000-000000000001", patient(None))
    assert fate(ours, about({"reference": "Patient/77"})) == OURS
    by_name = resource("Procedure", "p", subject={"reference": "urn:uuid:5f0c1f6e-0000-4000-8000-000000000001"})
    assert fate(ours, about({"reference": "Patient/77"}), by_name) == LOST


def test_a_urn_is_compared_without_case() -> None:
    ours = at("urn:uuid:ABC", patient(None))
    assert fate(ours, about({"reference": "urn:uuid:abc"})) == OURS
    assert fate(ours, about({"reference": "urn:uuid:abd"})) == ANOTHER


def test_several_patients_need_a_subject() -> None:
    two = bundle(patient("1"), patient("2"), about({"reference": "Patient/2"}))
    fault = refused(two)
    assert fault.case is Case.SEVERAL_PATIENTS
    assert fault.issues[0].code == "multiple-matches"
    chart = ask(two, ("subject", "Patient/2")).chart
    assert chart.subject.source.reference == "Patient/2"
    assert len(chart.entries) == 1
    assert [one.source.reference for one in chart.set_aside] == ["Patient/1"]
    chart = ask(two, ("subject", "Patient/1")).chart
    assert [one.source.reference for one in chart.set_aside] == ["Patient/2", "Condition/c"]


@pytest.mark.parametrize("subject", ["Patient/3", "Group/1", "urn:uuid:3", "3"])
def test_a_subject_that_is_not_in_the_chart_is_refused(subject: str) -> None:
    assert refused(bundle(patient("1")), ("subject", subject)).case is Case.NO_PATIENT


def test_without_a_patient_the_one_that_all_entries_name_is_the_subject() -> None:
    chart = ask(bundle(about({"reference": "Patient/9"}), resource("Procedure", "p", subject=None))).chart
    assert (chart.subject.source.reference, chart.subject.source.position) == ("Patient/9", -1)
    assert len(chart.entries) == 2
    same = bundle(about({"reference": "http://a/Patient/9"}), resource("Procedure", subject={"reference": "Patient/9"}))
    assert len(ask(same).chart.entries) == 2


def test_a_patient_known_by_identifier_alone_has_no_reference() -> None:
    chart = ask(bundle(about({"identifier": {"system": "mrn", "value": "7"}}))).chart
    assert chart.subject.source.reference is None
    assert len(chart.entries) == 1


def test_without_a_patient_and_with_several_names_a_subject_is_needed() -> None:
    two = bundle(about({"reference": "Patient/1"}), resource("Procedure", "p", subject={"reference": "Patient/2"}))
    assert refused(two).case is Case.SEVERAL_PATIENTS
    assert len(ask(two, ("subject", "Patient/2")).chart.entries) == 1
    assert refused(bundle(condition(subject=None))).case is Case.NO_PATIENT


def test_records_that_are_linked_are_one_person() -> None:
    old = patient("1", link=[{"other": {"reference": "Patient/2"}, "type": "replaced-by"}])
    chart = ask(bundle(old, patient("2"), about({"reference": "Patient/1"}))).chart
    assert chart.subject.source.reference == "Patient/2"
    assert len(chart.entries) == 1
    assert [one.source.reference for one in chart.set_aside] == ["Patient/1"]


def test_a_patient_that_came_in_two_forms_is_one() -> None:
    one = at("http://a/Patient/1", patient(gender="male"))
    assert ask(bundle(one, patient())).chart.subject.gender == "male"


@pytest.mark.parametrize("type_", ["RelatedPerson", "Patient"])
def test_an_observation_whose_focus_is_somebody_else_is_set_aside(type_: str) -> None:
    seen = resource("Observation", "o", code=words("HIV test"), focus=[{"reference": f"{type_}/2"}])
    chart = read(seen)
    assert not chart.entries
    assert len(chart.set_aside) == 1
    about_us = {**seen, "focus": [{"reference": "Patient/1"}, {"reference": "Device/1"}]}
    assert len(read(about_us).entries) == 1


def subject(**elements: object) -> Subject:
    return ask(bundle(patient("1", **elements))).chart.subject


def extension(url: str, **value: object) -> Object:
    return {"url": url, **value}


class TestSubject:
    """The Patient as the rules need it."""

    def test_the_plain_elements(self) -> None:
        who = subject(gender="female", birthDate="1980-02-03")
        assert (who.gender, str(who.birth_date), who.deceased) == ("female", "1980-02-03", False)

    @pytest.mark.parametrize("value", [{"valueCode": "F"}, {"valueCodeableConcept": code("x", "F")}])
    def test_birth_sex(self, value: Object) -> None:
        url = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"
        assert subject(extension=[extension(url, **value)]).birth_sex == "female"

    @pytest.mark.parametrize(("type_", "sex"), [("Sex assigned at birth", "female"), ("Insurance", None)])
    def test_recorded_sex_counts_where_it_is_that_of_birth(self, type_: str, sex: str | None) -> None:
        parts = [
            extension("value", valueCodeableConcept=code("http://hl7.org/fhir/administrative-gender", "female")),
            extension("type", valueCodeableConcept=words(type_)),
        ]
        url = "http://hl7.org/fhir/StructureDefinition/individual-recordedSexOrGender"
        assert subject(extension=[extension(url, extension=parts)]).birth_sex == sex

    def test_sex_parameter_for_clinical_use(self) -> None:
        url = "http://hl7.org/fhir/StructureDefinition/patient-sexParameterForClinicalUse"
        parts = [extension("value", valueCodeableConcept=code("x", "female-typical"))]
        assert subject(extension=[extension(url, extension=parts)]).sex_parameter == "female-typical"

    @pytest.mark.parametrize("born", ["1900-01-01", "1753-01-01", "9999-12-31"])
    def test_a_placeholder_is_no_birth_date(self, born: str) -> None:
        chart = ask(bundle(patient(birthDate=born))).chart
        assert chart.subject.birth_date is None
        assert any("birthDate" in remark for remark in chart.remarks)

    def test_death(self) -> None:
        assert subject(deceasedBoolean=True).deceased
        assert not subject(deceasedBoolean=False).deceased
        died = subject(deceasedDateTime="2020-01-02")
        assert died.deceased
        assert str(died.deceased_at) == "2020-01-02"
        assert subject(deceasedDateTime="long ago").deceased

    def test_faults_are_told_without_their_value(self) -> None:
        chart = ask(bundle(patient(birthDate="SECRET", gender=5, active=False, modifierExtension=[{"url": "x"}]))).chart
        assert len(chart.remarks) == 4
        assert not any("SECRET" in remark for remark in chart.remarks)
