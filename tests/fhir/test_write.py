"""A Screening as a RiskAssessment: contract, section 4, sentence by sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.core.chart import CodeableConcept, Coding, Label
from service.core.screening import Headline, Note, NoteKind, PackUsed, Screening, Target, TypeCount
from service.fhir.canonical import BASE
from service.fhir.validate import InvalidResourceError, validate
from service.fhir.versions import FhirVersion
from service.fhir.write import risk_assessment
from tests.fhir.conformance import profile_faults
from tests.fhir.screenings import (
    ANTIRETROVIRAL,
    CELLULITIS,
    DIABETES,
    PAST_HEPATITIS,
    PREGNANCY_UNKNOWN,
    entry,
    full,
    screening,
    target,
)
from tests.fhir.strict import faults
from tests.vignettes.runner import packs

UUID = "0b2f8a4e-6c0e-4a54-9d0b-0a7a2c8d5f10"
EVERY_RELEASE = pytest.mark.parametrize("version", FhirVersion)


def written(of: Screening, version: FhirVersion = FhirVersion.R4, **more: Any) -> dict[str, Any]:
    return risk_assessment(
        of, version, **{"identifier": UUID, "resource_id": None, "software_version": "1.2.3", **more}
    )


def extensions(element: dict[str, Any], name: str) -> list[Any]:
    """The values of an extension; the parts of one that is nested."""
    found = [
        each for each in element.get("extension", ()) if each["url"] in (name, f"{BASE}/StructureDefinition/{name}")
    ]
    return [each.get("extension") or next(value for key, value in each.items() if key != "url") for each in found]


def predictions(result: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each for each in result["prediction"] if extensions(each, "prediction-kind") == [kind]]


def parts(nested: list[dict[str, Any]]) -> list[tuple[str, object]]:
    return [(part["url"], next(value for key, value in part.items() if key != "url")) for part in nested]


@EVERY_RELEASE
@pytest.mark.parametrize("headline", Headline)
@pytest.mark.parametrize("targets", [(None,), (target(),), (target(), target("right upper trapezius"))])
def test_every_result_is_valid_and_conforms_to_its_profile(
    version: FhirVersion, headline: Headline, targets: tuple[Target | None, ...]
) -> None:
    result = written(screening(headline, targets=targets), version)
    assert faults(result, version) == []
    assert profile_faults(result, version, [*packs().values()]) == []


@EVERY_RELEASE
def test_a_result_with_everything_in_it_is_valid_and_conforms_to_its_profile(version: FhirVersion) -> None:
    result = written(full(), version)
    assert faults(result, version) == []
    assert profile_faults(result, version, [*packs().values()]) == []


def test_it_is_about_the_patient_the_order_and_the_moment() -> None:
    result = written(full())
    assert result["subject"] == {"reference": "Patient/1"}
    assert result["basedOn"] == {"reference": "ServiceRequest/order"}
    assert result["encounter"] == {"reference": "Encounter/5"}
    assert result["occurrenceDateTime"] == "2026-03-02T10:30:00+01:00"
    assert result["identifier"] == [{"system": f"{BASE}/screening", "value": UUID}]
    assert result["code"]["coding"][0]["code"] == "dry-needling-safety"
    assert result["meta"]["profile"] == [f"{BASE}/StructureDefinition/dry-needling-risk-assessment"]


def test_without_order_or_encounter_neither_is_there() -> None:
    assert not {"basedOn", "encounter", "basis", "mitigation"} & written(screening()).keys()


def test_only_a_stored_result_has_an_id() -> None:
    assert "id" not in written(screening())
    assert written(screening(), resource_id="abc")["id"] == "abc"


@pytest.mark.parametrize("headline", Headline)
def test_it_is_preliminary_only_where_data_are_insufficient(headline: Headline) -> None:
    preliminary = headline is Headline.INSUFFICIENT_DATA
    assert written(screening(headline))["status"] == ("preliminary" if preliminary else "final")


def test_the_headline_is_the_worst_over_all_targets() -> None:
    result = written(full())
    (headline,) = extensions(result, "headline")
    assert headline["coding"][0]["code"] == "contraindicated-at-site"
    assert [each["qualitativeRisk"]["coding"][0]["code"] for each in predictions(result, "headline")] == [
        "contraindicated-at-site",
        "insufficient-data",
    ]


def test_the_device_is_contained_and_performs() -> None:
    r4, r5 = (written(screening(), version) for version in (FhirVersion.R4, FhirVersion.R5))
    assert r4["performer"]["reference"] == r5["performer"]["reference"] == "#device"
    assert r4["contained"][0]["deviceName"] == [{"name": "Needlewise", "type": "user-friendly-name"}]
    assert r5["contained"][0]["name"] == [{"value": "Needlewise", "type": "user-friendly-name"}]
    assert r4["contained"][0]["version"] == r5["contained"][0]["version"] == [{"value": "1.2.3"}]


def test_each_pack_is_named_with_its_version_and_what_is_switched_off() -> None:
    used = (
        PackUsed(id="default", version="1.0.0", title="Default pack", switched_off=("anemia", "hiv")),
        PackUsed(id="extended", version="0.9.0", title="Extended pack"),
    )
    result = written(replace(screening(), packs=used))
    assert [parts(each) for each in extensions(result, "rule-pack")] == [
        [("id", "default"), ("version", "1.0.0"), ("switched-off", "anemia"), ("switched-off", "hiv")],
        [("id", "extended"), ("version", "0.9.0")],
    ]
    assert [(each["code"], each["version"]) for each in result["method"]["coding"]] == [
        ("default", "1.0.0"),
        ("extended", "0.9.0"),
    ]


def test_the_account_names_the_state_of_each_list_and_the_fate_of_each_entry() -> None:
    (account,) = extensions(written(screening()), "account")
    lists = [dict(parts(each["extension"])) for each in account if each["url"] == "list"]
    entries = [dict(parts(each["extension"])) for each in account if each["url"] == "entries"]
    assert lists[0] == {"kind": "conditions", "state": "received", "count": 2}
    assert [each["kind"] for each in lists] == [
        "conditions",
        "medicines",
        "observations",
        "procedures",
        "immunizations",
        "allergies",
        "orders",
    ]
    assert entries[1] == {
        "type": "Condition",
        "used": 1,
        "noted": 1,
        "set-aside": 0,
        "not-matched": 0,
        "unreadable": 0,
        "not-read": 0,
    }


def test_a_type_that_is_no_code_is_counted_as_unknown() -> None:
    odd = (
        TypeCount(type="unknown", unreadable=1),
        TypeCount(type=" Con\ndition", unreadable=2),
        TypeCount(type="x" * 500, not_read=3),
    )
    (account,) = extensions(written(replace(screening(), entries=odd)), "account")
    entries = [dict(parts(each["extension"])) for each in account if each["url"] == "entries"]
    assert [(each["type"], each["unreadable"], each["not-read"]) for each in entries] == [
        ("unknown", 3, 3),
    ]


def test_a_headline_says_what_it_is_about_and_why() -> None:
    place = target("left gastrocnemius", Coding("snomed", "6757004", "Gastrocnemius"))
    (headline,) = predictions(written(screening(Headline.PRECAUTION, targets=(place,))), "headline")
    assert headline["outcome"] == {"text": "Harm from dry needling of the left gastrocnemius"}
    assert headline["rationale"] == "Why, in one sentence."
    assert extensions(headline, "target") == [
        {
            "coding": [{"system": "http://snomed.info/sct", "code": "6757004", "display": "Gastrocnemius"}],
            "text": "left gastrocnemius",
        }
    ]


def test_a_target_keeps_its_text_and_the_codings_that_can_be_written() -> None:
    given = CodeableConcept((Coding("house list", "17"), Coding("", "18"), Coding("urn:oid:1.2.3", "19")), "L calf!")
    place = Target(given=given, name="left calf", place=None)
    (headline,) = predictions(written(screening(targets=(place,))), "headline")
    assert extensions(headline, "target") == [
        {"coding": [{"system": "urn:oid:1.2.3", "code": "19"}], "text": "L calf!"}
    ]


def test_without_a_target_there_is_one_headline_in_all() -> None:
    (headline,) = predictions(written(screening()), "headline")
    assert headline["outcome"] == {"text": "Harm from dry needling"}
    assert extensions(headline, "target") == []


def test_a_finding_says_all_that_is_known_of_it() -> None:
    (finding,) = predictions(written(screening(findings=[CELLULITIS])), "finding")
    assert finding["outcome"] == {"text": CELLULITIS.harm}
    assert finding["qualitativeRisk"]["coding"][0]["code"] == "contraindicated-at-site"
    assert finding["rationale"] == CELLULITIS.sentence
    assert extensions(finding, "rule") == [{"system": f"{BASE}/CodeSystem/rule", "code": "skin-lesion-at-site"}]
    assert extensions(finding, "target") == [{"text": "left gastrocnemius"}]
    assert extensions(finding, "evidence") == [{"reference": "urn:uuid:0b2f8a4e-6c0e-4a54-9d0b-0a7a2c8d5f10"}]
    assert extensions(finding, "certainty") == ["matched-on-words", "side-not-recorded"]
    assert extensions(finding, "action") == [CELLULITIS.action]
    assert extensions(finding, "ends-when") == [CELLULITIS.ends_when]


def test_a_question_says_what_was_seen_its_ceiling_and_what_to_ask() -> None:
    (question,) = predictions(written(screening(questions=[ANTIRETROVIRAL])), "question")
    assert question["qualitativeRisk"]["coding"][0]["code"] == "insufficient-data"
    assert question["rationale"] == ANTIRETROVIRAL.sentence
    assert extensions(question, "ceiling") == ["contraindicated"]
    assert extensions(question, "ask") == [ANTIRETROVIRAL.ask]


def test_headlines_come_before_findings_and_findings_before_questions() -> None:
    kinds = [extensions(each, "prediction-kind")[0] for each in written(full())["prediction"]]
    assert kinds == ["headline", "headline", "finding", "finding", "question", "question"]


def test_no_prediction_has_a_number() -> None:
    assert not any("probability" in name for each in written(full())["prediction"] for name in each)


def test_a_note_says_its_kind_its_rule_and_its_evidence() -> None:
    (note,) = written(screening(notes=[PAST_HEPATITIS]))["note"]
    assert note["text"] == PAST_HEPATITIS.text
    assert extensions(note, "note-kind") == ["note"]
    assert extensions(note, "rule") == [{"system": f"{BASE}/CodeSystem/rule", "code": "hepatitis-c"}]
    assert extensions(note, "evidence") == [{"reference": "Condition/hcv"}, {"reference": "Observation/hcv-rna"}]
    assert note.keys() == {"extension", "text"}, "no time: the clock is never read"


def test_a_note_is_one_line_and_no_markup() -> None:
    hostile = Note(kind=NoteKind.SET_ASIDE, text="Text:\n# Heading\n<img src=x> and 3 < 4 <80")
    (note,) = written(screening(notes=[hostile]))["note"]
    assert note["text"] == "Text: # Heading \\<img src=x> and 3 < 4 <80"


def test_a_note_without_words_is_none() -> None:
    assert "note" not in written(screening(notes=[Note(kind=NoteKind.NOTE, text=" \x00")]))


def test_basis_holds_every_entry_behind_a_finding_or_question_once_and_no_other() -> None:
    twice = replace(DIABETES, evidence=(*DIABETES.evidence, *CELLULITIS.evidence))
    result = written(screening(findings=[CELLULITIS, twice], questions=[ANTIRETROVIRAL], notes=[PAST_HEPATITIS]))
    assert result["basis"] == [
        {"reference": "urn:uuid:0b2f8a4e-6c0e-4a54-9d0b-0a7a2c8d5f10"},
        {"reference": "Condition/diabetes"},
        {"reference": "MedicationRequest/prep"},
        {
            "type": "MedicationRequest",
            "display": "MedicationRequest at position 4 of the entries received (the first is 0)",
        },
    ]


@pytest.mark.parametrize("address", ["#x", "", "two words", "null\x00", "  "])
def test_what_cannot_be_a_reference_is_told_by_type_and_position(address: str) -> None:
    finding = replace(DIABETES, evidence=(entry(address, 7),))
    (reference,) = written(screening(findings=[finding]))["basis"]
    assert reference.keys() == {"type", "display"}
    assert "position 7" in reference["display"]


def test_an_entry_that_says_no_type_has_no_type() -> None:
    finding = replace(DIABETES, evidence=(entry(None, 7, "unknown"),))
    assert written(screening(findings=[finding]))["basis"] == [
        {"display": "unknown at position 7 of the entries received (the first is 0)"}
    ]


def test_mitigation_is_what_to_do_in_plain_sentences_most_important_first() -> None:
    result = written(screening(actions=["Do not needle", "Ask for the last dose.", "Is it healed?"]))
    assert result["mitigation"] == "Do not needle. Ask for the last dose. Is it healed?"


def test_security_labels_are_carried_each_once() -> None:
    restricted = Label("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "R", "restricted")
    odd = Label("not a uri", " very secret ", "")
    result = written(replace(screening(), labels=(restricted, odd, restricted)))
    assert result["meta"]["security"] == [
        {"system": restricted.system, "code": "R", "display": "restricted"},
        {"display": "very secret"},
    ]
    assert faults(result, FhirVersion.R4) == []


@pytest.mark.parametrize(
    ("as_of", "moment"),
    [
        ("2026", "2026"),
        ("2026-03", "2026-03"),
        ("2026-03-02", "2026-03-02"),
        ("2026-03-02T09:30Z", "2026-03-02T09:30:00Z"),
        ("2026-03-02T09:30:00-05:00", "2026-03-02T09:30:00-05:00"),
        ("2026-03-02T09:30:00+00:00", "2026-03-02T09:30:00Z"),
        ("2026-03-02T09:30:00+18:00", "2026-03-01T15:30:00Z"),
        ("2026-03-02T09:30:00", "2026-03-02"),
        ("0001-01-01", "0001-01-01"),
    ],
)
def test_as_of_is_written_as_exactly_as_it_was_said(as_of: str, moment: str) -> None:
    result = written(screening(as_of=as_of))
    assert result["occurrenceDateTime"] == moment
    assert faults(result, FhirVersion.R4) == []


@EVERY_RELEASE
def test_the_same_screening_gives_the_same_result_but_for_its_identifiers(version: FhirVersion) -> None:
    first, second = written(full(), version, resource_id="1"), written(full(), version, identifier="2", resource_id="2")
    first["id"] = first["identifier"] = second["id"] = second["identifier"] = None
    assert first == second


def test_r4_and_r5_say_the_same() -> None:
    r4, r5 = (written(full(), version) for version in (FhirVersion.R4, FhirVersion.R5))
    del r4["contained"], r5["contained"]
    assert r4 == r5


@EVERY_RELEASE
def test_what_fhir_resources_refuses_is_a_bug_whose_text_repeats_no_value(version: FhirVersion) -> None:
    wrong = {"resourceType": "RiskAssessment", "status": "final", "subject": {"reference": ["Jane Roe"]}}
    with pytest.raises(InvalidResourceError, match=r"subject\.reference: string_type") as raised:
        validate(wrong, version)
    assert "Jane" not in str(raised.value)


def test_questions_without_evidence_have_none() -> None:
    (question,) = predictions(written(screening(questions=[PREGNANCY_UNKNOWN])), "question")
    assert extensions(question, "evidence") == []
