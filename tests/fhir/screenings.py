"""Screenings built by hand: dull defaults (nothing found), and a test names only what matters to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from service.core.chart import CodeableConcept, Coding, Kind, Source, Subject
from service.core.dates import Span, parse_span
from service.core.screening import (
    Category,
    Certainty,
    Change,
    ChangeKind,
    Code,
    Finding,
    Headline,
    Judgement,
    ListState,
    Note,
    NoteKind,
    OpenQuestion,
    PackUsed,
    Screening,
    Target,
    TypeCount,
)


def span(written: str) -> Span:
    read = parse_span(written)
    assert read is not None
    return read


def entry(reference: str | None, position: int = 1, type_: str = "Condition") -> Source:
    return Source(position=position, type=type_, reference=reference)


def target(name: str = "left gastrocnemius", *codings: Coding) -> Target:
    return Target(given=CodeableConcept(codings, name), name=name, place=None)


DIABETES = Finding(
    rule="diabetes",
    category=Category.PRECAUTION,
    target=None,
    evidence=(entry("Condition/diabetes"),),
    certainty=(Certainty.CODED,),
    harm="Infection, slow healing, unnoticed injury where feeling is lost, low blood sugar mistaken for a faint",
    sentence="Type 2 diabetes mellitus is recorded (active, since 2019-05-02).",
    action="Check feeling and skin at the area before and after.",
    ends_when="The problem list says that it is resolved.",
    changes=(
        Change(
            kind=ChangeKind.RESOLVED, headline=Headline.CONTRAINDICATED_AT_SITE, entries=(entry("Condition/diabetes"),)
        ),
    ),
)
CELLULITIS = Finding(
    rule="skin-lesion-at-site",
    category=Category.CONTRAINDICATED_AT_SITE,
    target=target(),
    evidence=(entry("urn:uuid:0b2f8a4e-6c0e-4a54-9d0b-0a7a2c8d5f10", 2),),
    certainty=(Certainty.MATCHED_ON_WORDS, Certainty.SIDE_NOT_RECORDED),
    harm="Spreading infection, slow healing, worse skin disease",
    sentence='Active skin lesion in the area to be needled ("cellulitis of calf", recorded 2026-02-25).',
    action="Do not needle through or beside it. Look at the skin first; another area may be used if it is healthy.",
    ends_when="The entry is closed.",
)
PREGNANCY_UNKNOWN = OpenQuestion(
    rule="pregnancy",
    ceiling=Category.CONTRAINDICATED,
    target=None,
    evidence=(),
    harm="Miscarriage or early labour is feared; harm has not been shown",
    sentence="The patient is 31 years old and female, and nothing says whether she is pregnant now.",
    ask="Ask whether the patient could be pregnant before needling, and record the answer.",
    ends_when="If not pregnant is recorded today, the result would be: contraindicated at this site.",
    changes=(
        Change(
            kind=ChangeKind.ANSWER,
            headline=Headline.CONTRAINDICATED_AT_SITE,
            code=Code("http://loinc.org", "82810-3", "Pregnancy status"),
            value=Code("http://loinc.org", "LA26683-5", "Not pregnant"),
        ),
    ),
    routine=True,
)
ANTIRETROVIRAL = OpenQuestion(
    rule="hiv",
    ceiling=Category.CONTRAINDICATED,
    target=None,
    evidence=(entry("MedicationRequest/prep", 3, "MedicationRequest"), entry(None, 4, "MedicationRequest")),
    harm="Infection of the clinician or another person through a needlestick",
    sentence="On an antiretroviral with no diagnosis on the list: treatment, PrEP, PEP or hepatitis B therapy.",
    ask="Ask what it is for.",
    changes=(
        Change(
            kind=ChangeKind.STOPPED,
            headline=Headline.CONTRAINDICATED_AT_SITE,
            entries=(entry("MedicationRequest/prep", 3, "MedicationRequest"), entry(None, 4, "MedicationRequest")),
            on=date(2026, 3, 17),
        ),
        Change(kind=ChangeKind.RECEIVED, headline=Headline.CONTRAINDICATED_AT_SITE, of_list=Kind.MEDICINE),
    ),
)
REMINDER = Note(
    kind=NoteKind.REMINDER,
    text="No chart can tell it: look at the skin, ask about pregnancy and fear of needles, take consent.",
)
LUNG = Note(kind=NoteKind.SITE_HAZARD, text="Right upper trapezius: over or beside the lung; accessory nerve.")
PAST_HEPATITIS = Note(
    kind=NoteKind.NOTE,
    rule="hepatitis-c",
    text="Past hepatitis C with proof of cure: not a contraindication in this pack.",
    evidence=(entry("Condition/hcv", 5), entry("Observation/hcv-rna", 6, "Observation")),
)

LISTS = (
    ListState(kind=Kind.CONDITION, state="received", count=2),
    ListState(kind=Kind.MEDICINE, state="none-known", count=0),
    ListState(kind=Kind.OBSERVATION, state="not-received", count=0),
    ListState(kind=Kind.PROCEDURE, state="failed", count=0),
    ListState(kind=Kind.IMMUNIZATION, state="empty", count=0),
    ListState(kind=Kind.ALLERGY, state="incomplete", count=1),
    ListState(kind=Kind.ORDER, state="received", count=1),
)
ENTRIES = (
    TypeCount(type="AllergyIntolerance", not_matched=1),
    TypeCount(type="Condition", used=1, noted=1),
    TypeCount(type="Patient", used=1),
    TypeCount(type="Provenance", not_read=4),
    TypeCount(type="ServiceRequest", noted=1),
)


def screening(  # noqa: PLR0913 - a builder: all but what matters to a test is left out
    headline: Headline = Headline.NO_KNOWN_CONTRAINDICATION,
    *,
    targets: Sequence[Target | None] = (None,),
    findings: Sequence[Finding] = (),
    questions: Sequence[OpenQuestion] = (),
    notes: Sequence[Note] = (REMINDER,),
    actions: Sequence[str] = (),
    as_of: str = "2026-03-02",
) -> Screening:
    """A result with this headline for each target; nothing checks that it follows from the findings."""
    return Screening(
        subject=Subject(source=entry("Patient/1", 0, "Patient"), gender="female", birth_date=span("1994-07-15")),
        as_of=span(as_of),
        packs=(PackUsed(id="default", version="1.0.0", title="Default pack"),),
        judgements=tuple(Judgement(target=each, headline=headline, why="Why, in one sentence.") for each in targets),
        findings=tuple(findings),
        questions=tuple(questions),
        notes=tuple(notes),
        actions=tuple(actions),
        lists=LISTS,
        entries=ENTRIES,
    )


def full() -> Screening:
    """A result in which every element that a RiskAssessment may carry is there."""
    here, there = CELLULITIS.target, target("right upper trapezius", Coding("snomed", "31764008", "Trapezius muscle"))
    assert here is not None
    built = screening(
        findings=(CELLULITIS, DIABETES),
        questions=(ANTIRETROVIRAL, PREGNANCY_UNKNOWN),
        notes=(
            PAST_HEPATITIS,
            LUNG,
            Note(
                kind=NoteKind.SET_ASIDE,
                text="Hepatitis B: refuted.",
                rule="hepatitis-b",
                evidence=(entry("Condition/9", 9),),
            ),
            Note(kind=NoteKind.NOT_MATCHED, text="1 entry was read and matched nothing: AllergyIntolerance."),
            Note(kind=NoteKind.NOT_RECEIVED, text="Observations were not received.", evidence=()),
            REMINDER,
        ),
        actions=(CELLULITIS.action, ANTIRETROVIRAL.ask, DIABETES.action, "Fewer needles, clean technique"),
        as_of="2026-03-02T10:30:00+01:00",
    )
    order = entry("ServiceRequest/order", 7, "ServiceRequest")
    return replace(
        built,
        judgements=(
            Judgement(target=here, headline=Headline.CONTRAINDICATED_AT_SITE, why="Cellulitis of the calf."),
            Judgement(target=there, headline=Headline.INSUFFICIENT_DATA, why="An antiretroviral without a diagnosis."),
        ),
        packs=(PackUsed(id="default", version="1.0.0", title="Default pack", switched_off=("anemia",)),),
        order=order,
        encounter="Encounter/5",
        labels=(),
    )
