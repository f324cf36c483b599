"""Whatever the Screening: R4 and R5 that two validators accept, and nothing in it left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from service.core.chart import CodeableConcept, Coding, Kind, Label, Source
from service.core.screening import (
    Category,
    Certainty,
    Finding,
    Headline,
    Judgement,
    ListState,
    Note,
    NoteKind,
    OpenQuestion,
    Screening,
    Target,
    TypeCount,
)
from service.fhir.definitions.vocabulary import LIST_STATE
from service.fhir.primitives import sentence
from service.fhir.versions import FhirVersion
from service.fhir.write import risk_assessment
from tests.fhir.screenings import screening, span
from tests.fhir.strict import faults

# What a chart may say: any character at all, lone surrogates and controls with them.
_ANY = st.text(st.characters(exclude_categories=()), max_size=20)
# What a sentence holds: never nothing, since the pack's words are around the chart's.
_WORDS = _ANY.map(lambda text: f"Seen: {text}.")
_RULES = st.sampled_from(["hepatitis-b", "pregnancy", "skin-lesion-at-site"])


def tuples(of: st.SearchStrategy[Any], least: int = 0, most: int = 2) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, min_size=least, max_size=most).map(tuple)


_SOURCES = st.builds(
    Source,
    position=st.integers(-1, 99),
    type=st.sampled_from(["Condition", "Observation", "unknown"]) | _ANY,
    reference=st.none()
    | st.sampled_from(["Condition/1", "#x", "urn:uuid:0b2f8a4e-6c0e-4a54-9d0b-0a7a2c8d5f10"])
    | _ANY,
)
_CODINGS = st.builds(Coding, system=st.sampled_from(["snomed", "urn:oid:1.2"]) | _ANY, code=_ANY, display=_ANY)
_TARGETS = st.builds(
    Target,
    given=st.builds(CodeableConcept, tuples(_CODINGS), _WORDS),
    name=_WORDS,
    place=st.none(),
)
_FINDINGS = st.builds(
    Finding,
    rule=_RULES,
    category=st.sampled_from(Category),
    target=st.none() | _TARGETS,
    evidence=tuples(_SOURCES, 1),
    certainty=tuples(st.sampled_from(Certainty)),
    harm=_WORDS,
    sentence=_WORDS,
    action=_WORDS | st.just(""),
    ends_when=_WORDS | st.just(""),
)
_QUESTIONS = st.builds(
    OpenQuestion,
    rule=_RULES,
    ceiling=st.sampled_from(Category),
    target=st.none() | _TARGETS,
    evidence=tuples(_SOURCES),
    harm=_WORDS,
    sentence=_WORDS,
    ask=_WORDS,
)
_NOTES = st.builds(
    Note, kind=st.sampled_from(NoteKind), text=_WORDS, rule=st.none() | _RULES, evidence=tuples(_SOURCES)
)
_COUNTS = st.integers(0, 5)
_TYPES = st.builds(
    TypeCount,
    type=st.sampled_from(["Condition", "Patient"]) | _ANY,
    used=_COUNTS,
    noted=_COUNTS,
    set_aside=_COUNTS,
    not_matched=_COUNTS,
    unreadable=_COUNTS,
    not_read=_COUNTS,
)


@st.composite
def screenings(draw: st.DrawFn) -> Screening:
    """Any result, likely or not."""
    plain = screening(
        findings=draw(tuples(_FINDINGS)),
        questions=draw(tuples(_QUESTIONS)),
        notes=draw(tuples(_NOTES)),
        actions=draw(tuples(_WORDS)),
        as_of=draw(st.sampled_from(["2026-03-02", "2026-03", "2026-03-02T10:00:00-03:30", "9999-12-31T00:00:00Z"])),
    )
    judgements = st.builds(Judgement, target=st.none() | _TARGETS, headline=st.sampled_from(Headline), why=_WORDS)
    states = st.sampled_from([concept.code for concept in LIST_STATE.concepts])
    return replace(
        plain,
        subject=replace(plain.subject, source=draw(_SOURCES), gender=draw(st.none() | _ANY)),
        judgements=draw(tuples(judgements, 1)),
        lists=tuple(ListState(kind=kind, state=draw(states), count=draw(_COUNTS)) for kind in Kind),
        entries=draw(tuples(_TYPES)),
        order=draw(st.none() | _SOURCES),
        encounter=draw(st.none() | _ANY),
        labels=draw(tuples(st.builds(Label, _ANY, _ANY, _ANY))),
        as_of=plain.as_of if draw(st.booleans()) else span("2024-02-29T23:59:60+14:00"),
    )


@given(screenings(), st.sampled_from(FhirVersion))
def test_any_screening_is_written_as_valid_fhir_and_nothing_is_left_out(of: Screening, version: FhirVersion) -> None:
    result: dict[str, Any] = risk_assessment(of, version, identifier="1", resource_id=None, software_version="1")
    assert faults(result, version) == []
    assert len(result["prediction"]) == len(of.judgements) + len(of.findings) + len(of.questions)
    assert len(result.get("note", ())) == len(of.notes)
    told = "".join(ET.fromstring(result["text"]["div"]).itertext())  # noqa: S314 - our own text
    for words in _said(of):
        assert sentence(words) in told
    rationales = {each["rationale"] for each in result["prediction"]}
    assert {sentence(each.sentence) for each in of.findings} <= rationales
    assert {sentence(each.sentence) for each in of.questions} <= rationales


@settings(max_examples=50)
@given(screenings(), st.sampled_from(FhirVersion))
def test_writing_changes_nothing_and_repeats_itself(of: Screening, version: FhirVersion) -> None:
    first = risk_assessment(of, version, identifier="1", resource_id=None, software_version="1")
    assert risk_assessment(of, version, identifier="1", resource_id=None, software_version="1") == first


def _said(of: Screening) -> list[str]:
    said = [judgement.why for judgement in of.judgements]
    said += [words for each in of.findings for words in (each.sentence, each.harm, each.action, each.ends_when)]
    said += [words for each in of.questions for words in (each.sentence, each.harm, each.ask)]
    said += [note.text for note in of.notes]
    return [*said, *of.actions]
