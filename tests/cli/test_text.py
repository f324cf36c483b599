"""The result as text: what a reader sees first, and that nothing of the Screening is missing."""

from dataclasses import replace

import pytest

from service.cli.text import write_text
from service.core.chart import CodeableConcept, Kind, Source, Subject
from service.core.dates import parse_span
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
    PackUsed,
    Screening,
    Target,
    TypeCount,
)

MEDICINE = Source(3, "MedicationStatement", "MedicationStatement/12")
NAMELESS = Source(7, "Condition", None)
CALF = Target(given=CodeableConcept((), "left calf"), name="left calf", place=None)
AS_OF = parse_span("2026-03-02")
assert AS_OF is not None

SCREENING = Screening(
    subject=Subject(source=Source(0, "Patient", "Patient/joe")),
    as_of=AS_OF,
    packs=(PackUsed(id="default", version="1.2.3", title="Founding rules", switched_off=("anemia",)),),
    judgements=(
        Judgement(target=CALF, headline=Headline.CONTRAINDICATED_AT_SITE, why="A skin lesion lies there."),
        Judgement(target=replace(CALF, name="neck"), headline=Headline.PRECAUTION, why="A blood thinner is taken."),
    ),
    findings=(
        Finding(
            rule="blood-thinner",
            category=Category.PRECAUTION,
            target=None,
            evidence=(MEDICINE, NAMELESS),
            certainty=(Certainty.CODED, Certainty.MATCHED_ON_WORDS),
            harm="Bruise",
            sentence="Apixaban is taken: a sentence that is long enough to be wrapped over more than one line.",
            action="Press after removal.",
            ends_when="It ends three days after the last dose.",
        ),
    ),
    questions=(
        OpenQuestion(
            rule="pregnancy",
            ceiling=Category.CONTRAINDICATED,
            target=CALF,
            evidence=(),
            harm="Miscarriage is feared",
            sentence="No current answer is recorded.",
            ask="Ask whether she could be pregnant.",
        ),
    ),
    notes=(
        Note(kind=NoteKind.SET_ASIDE, text="About somebody else.", evidence=(MEDICINE,)),
        Note(kind=NoteKind.NOT_RECEIVED, text="The problem list was not received."),
        Note(kind=NoteKind.REMINDER, text="Look at the skin."),
    ),
    actions=("Press after removal.", "Ask whether she could be pregnant.", "Look the chart up."),
    lists=(ListState(kind=Kind.CONDITION, state="not-received", count=0),),
    entries=(TypeCount(type="Patient", used=1), TypeCount(type="Claim", not_read=40, unreadable=2)),
    order=Source(1, "ServiceRequest", "ServiceRequest/9"),
)

EXPECTED = """\
CONTRAINDICATED AT SITE: left calf
  A skin lesion lies there.
PRECAUTION: neck
  A blood thinner is taken.

Patient/joe, for ServiceRequest/9, judged for 2026-03-02 by
rule pack default 1.2.3 (switched off: anemia).

Findings
  1. precaution: blood thinner
     Apixaban is taken: a sentence that is long enough to be
     wrapped over more than one line.
     Could happen: Bruise
     What to do:   Press after removal.
     Ends when:    It ends three days after the last dose.
     Evidence:     MedicationStatement/12, Condition (entry
                   7) (coded, matched on words)

Open questions
  1. up to contraindicated: pregnancy (left calf)
     No current answer is recorded.
     Ask:          Ask whether she could be pregnant.
     Could happen: Miscarriage is feared

What else to do, most important first
  1. Look the chart up.

Reminders
   - Look at the skin.

Not received
   - The problem list was not received.

Set aside
   - About somebody else. [MedicationStatement/12]

What came in
   Lists: conditions not received (0)
   - 1 Patient: 1 used
   - 42 Claim: 2 unreadable, 40 not read
"""


def test_a_result_reads_from_the_headline_down() -> None:
    assert write_text(SCREENING, width=60) == EXPECTED


def test_colour_is_only_around_headlines_and_titles() -> None:
    coloured = write_text(SCREENING, width=60, colour=True)
    assert "\x1b[31mCONTRAINDICATED AT SITE: left calf\x1b[0m" in coloured
    plain = coloured
    for code in ("\x1b[31m", "\x1b[33m", "\x1b[1m", "\x1b[0m"):
        plain = plain.replace(code, "")
    assert plain == EXPECTED


@pytest.mark.parametrize("width", [1, 40, 72, 1_000])
def test_lines_keep_to_the_width_within_reason(width: int) -> None:
    lines = write_text(SCREENING, width=width).splitlines()
    assert max(map(len, lines)) <= min(max(width, 42), 100)


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\x07", "\u202e", "\r", "\x9b31m", "\u200b", "\x00"])
def test_chart_text_can_t_steer_the_terminal(hostile: str) -> None:
    finding = replace(SCREENING.findings[0], sentence=f"left{hostile}calf")
    text = write_text(replace(SCREENING, findings=(finding,)), width=80)
    assert hostile not in text
    assert not [character for character in text if character < " " and character != "\n"]
