"""What a code says, whatever a chart wraps around it."""

from __future__ import annotations

import pytest

from service.core.chart import Coding
from service.core.knowledge import Knowledge, Listed
from service.core.places import Side
from service.core.words import normalise


def said(knowledge: Knowledge, system: str, code: str) -> set[tuple[str, str]]:
    """Concepts and meanings of a condition code."""
    return set(knowledge.conditions.find(Coding(system, code)))


@pytest.mark.parametrize(
    ("system", "code", "expected"),
    [
        ("icd-10-cm", "E11.9", {("diabetes-type-2", "disease")}),
        ("icd-10-cm", "e119", {("diabetes-type-2", "disease")}),
        ("snomed", "44054006", {("diabetes-type-2", "disease")}),
        ("icd-10-cm", "O24.01", {("diabetes-type-1", "disease"), ("pregnancy", "disease")}),
        ("icd-10-cm", "O24.011", {("diabetes-type-1", "disease"), ("pregnancy", "disease")}),
        ("icd-10-cm", "O24.02", {("diabetes-type-1", "disease"), ("end-of-pregnancy", "ended")}),
        ("icd-10-cm", "Z22.51", {("hepatitis-b-chronic", "carrier-state")}),
        ("icd-10", "Z22.5", {("viral-hepatitis-unspecified", "carrier-state")}),
        ("icd-10-cm", "B18.1", {("hepatitis-b-chronic", "disease")}),
        ("icd-10-cm", "E10.A1", {("prediabetes", "disease")}),
        ("icd-9-cm", "250.01", {("diabetes-type-1", "disease")}),
        ("icd-10-cm", "Z83.3", {("diabetes-unspecified", "family-history")}),
        ("icd-10-cm", "Z29.81", {("hiv-pre-exposure-prophylaxis", "status")}),
        ("icd-10-cm", "R75", {("hiv", "possible")}),
    ],
)
def test_a_condition_code_says_its_concepts(
    knowledge: Knowledge, system: str, code: str, expected: set[tuple[str, str]]
) -> None:
    """All rows of the longest listed code apply, however the code is written."""
    assert said(knowledge, system, code) == expected


def test_the_longest_prefix_wins(knowledge: Knowledge) -> None:
    """Polycythemia vera is D45; the pregnancy that ended at birth is not the pregnancy of its heading."""
    assert said(knowledge, "icd-10-cm", "O99.01") >= {("anemia", "disease"), ("pregnancy", "disease")}
    assert said(knowledge, "icd-10-cm", "O99.03") == {("anemia", "disease"), ("postpartum", "ended")}


def test_codes_taken_out_of_a_prefix_say_nothing(knowledge: Knowledge) -> None:
    """A row of concept `none` wins like any other."""
    excluded = [
        row
        for row in (knowledge.conditions.find(Coding("icd-10-cm", code)) for code in ("D47.2", "E88.A", "L20.84"))
        if ("none", "excluded") in row
    ]
    assert all(len(row) == 1 for row in excluded)


def test_a_code_is_read_with_its_system(knowledge: Knowledge) -> None:
    """2106-3 is a pregnancy test in LOINC and a race category in the CDC code system."""
    assert knowledge.observations.find(Coding("loinc", "2106-3"))[0].concept == "pregnancy-test"
    assert knowledge.observations.find(Coding("urn:oid:2.16.840.1.113883.6.238", "2106-3")) == ()
    assert said(knowledge, "icd-10-cm", "R65.20") != said(knowledge, "icd-10", "R65.2")


def test_a_snomed_code_that_is_not_listed_has_not_matched(knowledge: Knowledge) -> None:
    """There is no subsumption, not even by shape."""
    assert said(knowledge, "snomed", "4405400") == set()


@pytest.mark.parametrize(
    ("code", "concept", "meaning"),
    [
        ("Z39.1", "lactation", "status"),
        ("Z39.0", "postpartum", "ended"),
        ("Z39.2", "postpartum", "ended"),
        ("N95.1", "menopause", "possible"),
        ("Z90.712", "absent-cervix-only", "status"),
        ("Z3A.20", "gestational-age", "status"),
        ("O72.1", "end-of-pregnancy", "ended"),
    ],
)
def test_what_answers_the_pregnancy_question_is_told_apart(
    knowledge: Knowledge, code: str, concept: str, meaning: str
) -> None:
    """Lactation, a cervix alone, a climacteric and a gestational age are no answers; care after delivery is one."""
    assert said(knowledge, "icd-10-cm", code) == {(concept, meaning)}


@pytest.mark.parametrize(
    "display",
    [
        "Supervision of high risk pregnancy with history of previous cesarean section",
        "Antenatal care: history of stillbirth",
        "No antenatal care: subject unaware of pregnancy",
        "Pregnancy on oral contraceptive",
        "Retained intrauterine contraceptive device in pregnancy",
    ],
)
def test_a_present_pregnancy_with_something_past_is_a_pregnancy(knowledge: Knowledge, display: str) -> None:
    """The source lists filed these as history, negative or contraception only."""
    listed = knowledge.condition_names.whole(normalise(display))
    assert listed is not None
    assert Listed("pregnancy", "disease") in listed


@pytest.mark.parametrize(
    ("code", "concept"),
    [
        ("35367011000001102", "cancer"),  # medicated chewing-gum
        ("283648001", "cancer"),  # sewing needle in finger
        ("1163224003", "cancer-metastatic"),  # pressure injury stage IV
        ("431857002", "cancer-metastatic"),  # chronic kidney disease stage 4
        ("430191008", "cancer-in-situ"),  # management of noninvasive ventilation
        ("15487002", "end-of-pregnancy"),  # Mohs' technique
        ("386235000", "end-of-pregnancy"),  # childbirth preparation
        ("268624000", "dermatitis"),  # acute paranoid reaction
        ("102931001", "cancer"),
    ],
)
def test_faults_of_the_source_lists_stay_out(knowledge: Knowledge, code: str, concept: str) -> None:
    """Words found inside other words, grades of other diseases, things and procedures."""
    assert concept not in {row.concept for row in knowledge.conditions.find(Coding("snomed", code))}


def test_a_fear_is_not_the_event(knowledge: Knowledge) -> None:
    """Fear of heart attack was listed as a heart attack."""
    assert said(knowledge, "snomed", "102931001") == {("myocardial-infarction-acute", "fear")}


def test_places_inside_codes_have_region_and_side(knowledge: Knowledge) -> None:
    """L03.115 is cellulitis of the right lower limb; the seventh character is not part of the match."""
    place = knowledge.condition_places.find(Coding("icd-10-cm", "L03.115"))[0]
    assert (place.regions, place.side) == (frozenset({"lower limb"}), Side.RIGHT)
    open_side = knowledge.condition_places.find(Coding("icd-10-cm", "L03.119"))[0]
    assert open_side.side is None


def test_no_known_problems_and_no_information_are_opposites(knowledge: Knowledge) -> None:
    """Both systems of the International Patient Summary, for each list."""
    find = knowledge.none_known.find
    assert find(Coding("snomed", "160245001")) == (Listed("conditions", "none-known"),)
    assert find(Coding("absent-unknown", "no-medication-info")) == (Listed("medicines", "no-information"),)
    assert find(Coding("snomed", "1287211007")) == (Listed("any", "no-information"),)


@pytest.mark.parametrize(
    "address",
    [
        "http://snomed.info/sct",
        "http://snomed.info/sct/",
        "https://snomed.info/sct",
        "urn:oid:2.16.840.1.113883.6.96",
        "2.16.840.1.113883.6.96",
        "http://snomed.info/sct/731000124108",
    ],
)
def test_a_system_has_many_addresses(knowledge: Knowledge, address: str) -> None:
    """Slashes, https, OIDs and editions are the same SNOMED CT."""
    assert knowledge.systems[address] == "snomed"


def test_systems_without_a_list_are_unknown(knowledge: Knowledge) -> None:
    """NDC and ICD-10-GM: their entries are read by their words."""
    assert "http://hl7.org/fhir/sid/ndc" not in knowledge.systems
    assert "http://fhir.de/CodeSystem/bfarm/icd-10-gm" not in knowledge.systems
    assert {"snomed", "icd-10-cm", "loinc", "rxnorm", "dmd"} <= knowledge.known_systems
