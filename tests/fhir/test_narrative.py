"""The narrative: complete, in order, fit to be filed, and safe to show whatever the chart says."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from service.core.screening import Headline, Note, NoteKind
from service.fhir.narrative import narrative
from service.fhir.versions import FhirVersion
from service.fhir.write import risk_assessment
from tests.fhir.screenings import (
    ANTIRETROVIRAL,
    CELLULITIS,
    DIABETES,
    PAST_HEPATITIS,
    REMINDER,
    entry,
    full,
    screening,
    target,
)
from tests.fhir.strict import faults

_HOSTILE = '</div><script>alert("x")</script> & \x00\x1b[31m \u202eesrever\u202c \ud800 <!-- ]]> left'


def blocks(div: str) -> list[str]:
    """The words of each heading, paragraph, table row and list item, in order."""
    root = ET.fromstring(div)  # noqa: S314 - our own text
    wanted = ("h2", "h3", "h4", "p", "tr", "li")
    return ["".join(each.itertext()).strip() for each in root.iter() if each.tag.rpartition("}")[2] in wanted]


def test_one_target_stands_in_the_heading_with_its_headline_and_why() -> None:
    told = blocks(narrative(screening(Headline.PRECAUTION, targets=[target()]), software_version="1"))
    assert told[:2] == ["Dry needling of the left gastrocnemius: Precaution", "Why, in one sentence."]


def test_without_a_target_the_heading_names_none() -> None:
    assert blocks(narrative(screening(), software_version="1"))[0] == "Dry needling: No known contraindication"


def test_of_several_targets_the_worst_is_the_heading_and_each_has_its_line() -> None:
    told = blocks(narrative(full(), software_version="1"))
    assert told[0] == "Dry needling: Contraindicated at this site"
    assert told[3:5] == [
        "left gastrocnemiusContraindicated at this siteCellulitis of the calf.",
        "right upper trapeziusInsufficient dataAn antiretroviral without a diagnosis.",
    ]


def test_sections_stand_in_the_order_in_which_a_clinician_reads() -> None:
    root = ET.fromstring(narrative(full(), software_version="1"))  # noqa: S314 - our own text
    headings = [each.text for each in root.iter() if each.tag.endswith("}h3")]
    assert headings == [
        "Findings (2)",
        "Open questions (2)",
        "What else to do",
        "What no chart can tell",
        "Notes",
        "What was received",
    ]


def test_every_finding_question_and_note_is_there_in_its_own_words() -> None:
    of = full()
    told = "\n".join(blocks(narrative(of, software_version="1")))
    said = [judgement.why for judgement in of.judgements]
    said += [words for each in of.findings for words in (each.sentence, each.harm, each.action, each.ends_when)]
    said += [words for each in of.questions for words in (each.sentence, each.harm, each.ask)]
    said += [note.text for note in of.notes]
    said += of.actions
    assert [words for words in said if words not in told] == []


def test_what_to_do_is_said_once() -> None:
    div = narrative(full(), software_version="1")
    assert div.count(DIABETES.action) == div.count(CELLULITIS.action) == div.count(ANTIRETROVIRAL.ask) == 1


def test_it_says_whose_chart_for_when_and_under_which_rules() -> None:
    told = blocks(narrative(full(), software_version="1.2.3"))
    about = next(block for block in told if block.startswith("Patient:"))
    assert "Patient/1, female, born 1994-07-15" in about
    assert "2026-03-02T10:30:00+01:00" in about
    assert "Default pack (default 1.0.0)" in about
    assert "Rules switched off at this site: anemia" in about
    assert "ServiceRequest/order" in about
    assert told[-1] == "Written by Needlewise 1.2.3."


def test_what_is_not_known_of_the_patient_is_left_out() -> None:
    plain = screening()
    unknown = replace(
        plain, subject=replace(plain.subject, gender=None, birth_date=None, source=entry(None, -1, "Patient"))
    )
    assert "Patient: Patient that the entries name" in "".join(blocks(narrative(unknown, software_version="1")))


def test_a_preliminary_result_says_so() -> None:
    told = narrative(screening(Headline.INSUFFICIENT_DATA), software_version="1")
    assert "preliminary, until the open questions are answered" in told
    assert "preliminary" not in narrative(screening(), software_version="1")


def test_which_lists_were_received_and_which_not_is_told_of_each() -> None:
    told = blocks(narrative(screening(), software_version="1"))
    at = told.index("What was received")
    assert told[at + 1 : at + 10] == [
        "ListHow it arrivedEntries",
        "ProblemsReceived2",
        "MedicinesThe chart says there are none0",
        "ObservationsNot received0",
        "ProceduresNot received: refused or failed0",
        "ImmunizationsSearched, none found0",
        "AllergiesIncomplete: cut off1",
        "OrdersReceived1",
        "What became of the 9 entries received:",
    ]


def test_that_nothing_was_found_is_said_and_not_left_to_be_guessed() -> None:
    told = blocks(narrative(screening(), software_version="1"))
    at = told.index("Findings (0)")
    assert told[at : at + 4] == [
        "Findings (0)",
        "Nothing that a rule reads was established by what was received.",
        "Open questions (0)",
        "None.",
    ]


def test_the_reminder_of_what_no_chart_can_tell_is_there() -> None:
    told = blocks(narrative(screening(), software_version="1"))
    assert told[told.index("What no chart can tell") + 1] == REMINDER.text


@pytest.mark.parametrize("of", [full(), *(screening(headline) for headline in Headline)])
def test_it_never_says_safe(of: object) -> None:
    assert "safe" not in narrative(of, software_version="1").lower()  # type: ignore[arg-type]


def test_many_entries_behind_one_note_are_named_up_to_a_few_and_counted() -> None:
    many = replace(PAST_HEPATITIS, evidence=tuple(entry(f"Condition/{number}", number) for number in range(300)))
    (told,) = [
        block
        for block in blocks(narrative(screening(notes=[many]), software_version="1"))
        if block.startswith(many.text)
    ]
    assert told.endswith("(Condition/0, Condition/1, Condition/2 and 297 more)")


def test_an_entry_is_named_without_the_address_of_its_server() -> None:
    far = replace(DIABETES, evidence=(entry("https://ehr.example.org/fhir/r4/Condition/17"), entry("urn:oid:1.2")))
    assert "Rests\u00a0onCondition/17, urn:oid:1.2" in blocks(
        narrative(screening(findings=[far]), software_version="1")
    )


@pytest.mark.parametrize("version", FhirVersion)
def test_hostile_words_of_the_chart_are_words(version: FhirVersion) -> None:
    hostile = screening(
        targets=[target(_HOSTILE)],
        findings=[replace(DIABETES, sentence=_HOSTILE, target=target(_HOSTILE), evidence=(entry(None, 1, _HOSTILE),))],
        questions=[replace(ANTIRETROVIRAL, sentence=_HOSTILE, ask=_HOSTILE)],
        notes=[Note(kind=NoteKind.NOT_MATCHED, text=_HOSTILE, evidence=(entry(_HOSTILE),))],
        actions=[_HOSTILE],
    )
    hostile = replace(hostile, subject=replace(hostile.subject, gender=_HOSTILE))
    result = risk_assessment(hostile, version, identifier="1", resource_id=None, software_version="1")
    assert faults(result, version) == []
    root = ET.fromstring(str(result["text"]["div"]))  # type: ignore[index]  # noqa: S314 - our own text
    assert '</div><script>alert("x")</script> & [31m esrever <!-- ]]> left' in "".join(root.itertext())


def test_a_chart_cannot_turn_the_direction_of_a_sentence_around() -> None:
    spoof = Note(kind=NoteKind.NOTE, text="\u202e.detacidniartnoc \u2066toN\u2069\u202c \u05e9\u05dc\u05d5\u05dd")
    told = narrative(screening(notes=[spoof]), software_version="1")
    assert ".detacidniartnoc toN \u05e9\u05dc\u05d5\u05dd" in told
