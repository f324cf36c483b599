"""What an Observation says: the test, its outcome, and what keeps it from deciding (clinical rules, section 3.3)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache, lru_cache
from typing import Final

from service.core.chart import CodeableConcept, Entry, Observation
from service.core.dates import Span, is_after
from service.core.facts import Aside, ConditionFact, Doubt, Fate, Outcome, ResultFact, Standing, Told
from service.core.knowledge import Knowledge, Listed, Test
from service.core.places import Place
from service.core.recognise.frame import Frame
from service.core.recognise.naming import quoted
from service.core.recognise.placing import places_of_body_sites
from service.core.recognise.values import answers, flags, in_reference_range, measured, outcome_of, said
from service.core.recognise.wording import Match, read_words
from service.core.screening import Certainty
from service.core.words import REMEMBERED, normalise

_DECIDES: Final = frozenset({"final", "amended", "corrected"})
_NO_RESULT: Final = frozenset({"cancelled", "entered-in-error"})

# How a number of this kind is read, cut off the concept: "hepatitis-b-dna-log" is a hepatitis B DNA.
_WAYS: Final = (
    "-quantitative-other-units",
    "-quantitative-urine",
    "-quantitative-mass",
    "-quantitative-log",
    "-quantitative",
    "-ifcc",
    "-molar",
    "-ratio",
    "-log",
)

# Families whose numbers say "found" or "not found", whatever their size.
_PRESENCE: Final = frozenset({"viral-load", "log10", "mass-per-volume"})
_NO_SCALE: Final = "index"


def observation_told(code: CodeableConcept, knowledge: Knowledge, tests: frozenset[str]) -> Told | None:
    """What a code alone tells: most of a chart are vital signs and tests that no rule reads. None: read the rest."""
    test = test_of(code, knowledge)
    if test is not None:
        return None if base_test(test.concept) in tests else Told(Fate.NOTED, code.words(), "unused-test")
    if knowledge.knows_a_system(code.codings):
        return Told(Fate.NOT_MATCHED, "", "known-system")  # only counted
    return None if _has_words(code) else Told(Fate.UNREADABLE, "", "no-known-code-no-words")


def recognise_observation(entry: Entry, frame: Frame) -> tuple[list[ResultFact], list[ConditionFact]] | Aside:
    """The results of one Observation and its components, diagnoses stated as its value, or why it gives none."""
    knowledge = frame.knowledge
    test = test_of(entry.code, knowledge)
    content = _content(entry)
    name = quoted(entry.code.words())
    if content.status in _NO_RESULT:
        return Aside(source=entry.source, fate=Fate.SET_ASIDE, name=name, reason=content.status or "")
    facts = [_fact(entry, entry.code, content, test, frame)] if test else []
    for code, component in content.components:
        part = test_of(code, knowledge)
        if part is not None:
            whole = replace(component, status=content.status, effective=content.effective, faults=content.faults)
            facts.append(_fact(entry, code, whole, part, frame))
    conditions = [] if facts else _stated(entry, content, knowledge)
    if facts or conditions:
        return facts, conditions
    reason = "result-words" if _is_worded(entry.code, knowledge) else "known-system"
    return Aside(source=entry.source, fate=Fate.NOT_MATCHED, name=name, reason=reason)


@lru_cache(maxsize=REMEMBERED)
def speaks(part: CodeableConcept, knowledge: Knowledge) -> bool:
    """Whether a component's code or a coded value is a test or a disease of the lists."""
    known = test_of(part, knowledge) is not None or bool(knowledge.conditions.find_all(part.codings))
    return known or read_words(part, knowledge).match >= Match.PART


def _is_worded(code: CodeableConcept, knowledge: Knowledge) -> bool:
    """Whether only words could say what this is: no coding of a known system, and some text or display."""
    return not knowledge.knows_a_system(code.codings) and _has_words(code)


def _has_words(code: CodeableConcept) -> bool:
    return bool(code.text or any(coding.display for coding in code.codings))


@lru_cache(maxsize=REMEMBERED)
def test_of(code: CodeableConcept, knowledge: Knowledge) -> Test | None:
    """Which test a code names, else its words (a reviewed name of a test, whole)."""
    for coding in code.codings:
        rows = knowledge.observations.find(coding)
        if rows:
            return rows[0]
    for text in (code.text, *(coding.display for coding in code.codings)):
        if text:
            named = knowledge.observation_names.whole(normalise(text))
            if named is not None:
                return named
    return None


def _content(entry: Entry) -> Observation:
    content = entry.content()
    assert isinstance(content, Observation)  # noqa: S101 - the door pairs kinds with contents
    return content


def _fact(entry: Entry, code: CodeableConcept, part: Observation, test: Test, frame: Frame) -> ResultFact:
    knowledge = frame.knowledge
    number = measured(part, test, knowledge)
    meanings = answers(part, knowledge)
    marked = flags(part.interpretation, knowledge)
    outcome, doubt = _outcome(part, test, number.value if number else None, meanings, marked)
    if number is not None and number.value is None and outcome is Outcome.UNKNOWN:
        doubt = doubt or Doubt.UNIT_UNREADABLE
    date = part.effective
    coded = any(knowledge.observations.find(coding) for coding in code.codings)
    certainty = [Certainty.CODED if coded else Certainty.MATCHED_ON_WORDS]
    if number is not None and number.value is not None:
        certainty.append(Certainty.MEASURED)
    if date is None:
        certainty.append(Certainty.UNDATED)
    places = _places(part, knowledge) if not meanings else ()
    return ResultFact(
        source=entry.source,
        name=quoted(code.words()),
        test=base_test(test.concept),
        outcome=outcome,
        value=number.value if number else None,
        unit=number.unit if number else "",
        comparator=number.comparator if number else "",
        said=quoted(said(part)),
        words=meanings,
        flags=marked,
        in_range=in_reference_range(part),
        date=date,
        date_value=part.date,
        doubt=_standing_doubt(entry, part, frame.as_of) or doubt,
        certainty=tuple(certainty),
        places=places,
        concept=part.concept,
        faults=part.faults,
    )


@cache
def base_test(concept: str) -> str:
    """The test that a concept is a way of measuring."""
    for way in _WAYS:
        if concept.endswith(way):
            return concept.removesuffix(way)
    return concept


def _places(part: Observation, knowledge: Knowledge) -> tuple[Place, ...]:
    """The place of a result, or the place that is the result (the site of a metastasis)."""
    sites = (*part.body_sites, part.concept) if part.concept is not None else part.body_sites
    return places_of_body_sites(sites, knowledge)[0]


def _standing_doubt(entry: Entry, part: Observation, as_of: Span) -> Doubt:
    if entry.barred:
        return Doubt.NOT_RELIABLE
    if any("status" in fault for fault in part.faults):
        return Doubt.ELEMENT_UNREADABLE
    if part.status not in _DECIDES:
        return Doubt.PRELIMINARY
    if part.effective is not None and is_after(part.effective, as_of):
        return Doubt.DATED_LATER
    return Doubt.NONE


def _outcome(
    part: Observation, test: Test, value: Decimal | None, meanings: tuple[str, ...], marked: frozenset[str]
) -> tuple[Outcome, Doubt]:
    """The outcome that value and flags agree on."""
    by_value = outcome_of(meanings)
    if by_value is Outcome.UNKNOWN and test.unit_family in _PRESENCE and part.quantity is not None:
        by_value = _presence(part, value)
    by_flag = outcome_of(marked)
    if by_value is Outcome.UNKNOWN:
        if by_flag is Outcome.UNKNOWN and test.unit_family == _NO_SCALE and part.quantity is not None:
            in_range = in_reference_range(part)
            if in_range is None:
                return Outcome.UNKNOWN, Doubt.UNIT_UNREADABLE
            return (Outcome.NEGATIVE if in_range else Outcome.POSITIVE), Doubt.NONE
        return by_flag, Doubt.NONE
    if by_flag is not Outcome.UNKNOWN and by_flag is not by_value:
        return Outcome.INDETERMINATE, Doubt.VALUE_AND_FLAG
    contradicting = {Outcome.POSITIVE: {"normal"}, Outcome.NEGATIVE: {"abnormal", "high"}}.get(by_value, set())
    if contradicting & marked and not test.concept.startswith("hepatitis-b-surface-antibody"):
        return Outcome.INDETERMINATE, Doubt.VALUE_AND_FLAG
    return by_value, Doubt.NONE


def _presence(part: Observation, value: Decimal | None) -> Outcome:
    quantity = part.quantity
    if quantity is None or (value is None and not quantity.comparator):
        return Outcome.UNKNOWN
    if quantity.comparator.startswith("<") or quantity.value == 0:
        return Outcome.NEGATIVE
    return Outcome.POSITIVE if value is not None else Outcome.UNKNOWN


def _stated(entry: Entry, content: Observation, knowledge: Knowledge) -> list[ConditionFact]:
    """A diagnosis stated as the value of an observation that no list knows: an open question, never a fact."""
    if content.concept is None:
        return []
    rows = knowledge.conditions.find_all(content.concept.codings)
    if not rows:
        words = read_words(content.concept, knowledge)
        rows = words.listed if words.match >= Match.PART else ()
    asserting = [row for row in rows if row.meaning in ("disease", "complication", "carrier-state", "nonviable")]
    return [
        _stated_fact(entry, content, row) for row in dict.fromkeys(Listed(row.concept, "possible") for row in asserting)
    ]


def _stated_fact(entry: Entry, content: Observation, row: Listed) -> ConditionFact:
    value = content.concept.words() if content.concept else ""
    return ConditionFact(
        source=entry.source,
        name=quoted(f"{entry.code.words()}: {value}"),
        concept=row.concept,
        meaning=row.meaning,
        standing=Standing.POSSIBLE,
        doubt=Doubt.CODE_LEAVES_OPEN,
        certainty=(Certainty.CODED,),
        onset=content.effective,
        recorded=content.effective,
        status=content.status or "no status",
    )
