"""What a Condition says: statuses, dates, code against words, places (clinical rules, sections 3.1, 3.4, 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from service.core.chart import CodeableConcept, Condition, Entry
from service.core.codes import tidy
from service.core.dates import Span, is_after, may_be_after
from service.core.facts import Aside, ConditionFact, Doubt, Fate, Standing, Told
from service.core.knowledge import Knowledge, Listed
from service.core.places import Place
from service.core.recognise.frame import Frame
from service.core.recognise.naming import quoted
from service.core.recognise.placing import joined, places_of_body_sites
from service.core.recognise.wording import Match, Wording, never_evidence, places_in_words, read_texts, read_words
from service.core.screening import Certainty

_UNCONFIRMED: Final = frozenset({"unconfirmed", "provisional", "differential"})
_CURRENT: Final = frozenset({"active", "recurrence", "relapse", "unknown"})
_ENDED: Final = {"resolved": Standing.PAST, "inactive": Standing.INACTIVE, "remission": Standing.REMISSION}

# A meaning that says how it stands, whatever the entry's clinicalStatus.
_MEANING_STANDS: Final = {
    "remission": Standing.REMISSION,
    "resolved": Standing.PAST,
    "history": Standing.HISTORY,
    "cured": Standing.CURED,
}
_LEAVES_OPEN: Final = frozenset({"possible", "suspected"})

# ICD-10-CM chapters and categories whose seventh character S says "late effect of".
_SEQUELA_CHAPTERS: Final = ("S", "T", "M80", "M84", "M97")
_SEVENTH: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What code and words say together."""

    listed: tuple[Listed, ...]
    doubt: Doubt
    certainty: tuple[Certainty, ...]
    rivals: frozenset[str] = frozenset()


def condition_told(code: CodeableConcept, knowledge: Knowledge) -> Told | None:
    """What a code alone tells: that neither it nor its words are listed. None: read the rest."""
    if knowledge.conditions.find_all(code.codings) or read_words(code, knowledge).match is not Match.NONE:
        return None
    return unmatched(code, knowledge)


def unmatched(code: CodeableConcept, knowledge: Knowledge) -> Told:
    """What becomes of an entry that no list speaks of."""
    name = quoted(code.words())
    if knowledge.knows_a_system(code.codings):
        return Told(Fate.NOT_MATCHED, name, "known-system")
    if code.text or any(coding.display for coding in code.codings):
        return Told(Fate.NOT_MATCHED, name, "words-only")
    return Told(Fate.UNREADABLE, name, "no-known-code-no-words")


def recognise_condition(entry: Entry, frame: Frame) -> list[ConditionFact] | Aside:
    """The facts of one Condition, or why it gives none."""
    knowledge = frame.knowledge
    coded = _coded(entry.code, knowledge)
    words = read_words(entry.code, knowledge)
    said = _by_code(coded, read_texts(entry.code, knowledge)) if coded else _by_words(words)
    name = quoted(entry.code.words())
    if said is None:
        return Aside(
            source=entry.source,
            fate=Fate.SET_ASIDE,
            name=name,
            reason="negated",
            concepts=frozenset(row.concept for row in words.listed),
        )
    content = entry.content()
    assert isinstance(content, Condition)  # noqa: S101 - the door pairs kinds with contents
    return told_of(entry, content, said, frame)


def told_of(entry: Entry, content: Condition, said: Said, frame: Frame) -> list[ConditionFact] | Aside:
    """What is said, as far as the statuses let it stand."""
    name = quoted(entry.code.words())
    concepts = frozenset(row.concept for row in said.listed)
    if content.verification_status in ("refuted", "entered-in-error"):
        reason = content.verification_status
        return Aside(source=entry.source, fate=Fate.SET_ASIDE, name=name, reason=reason, concepts=concepts)
    listed = [row for row in said.listed if row.concept != "none"]
    if not listed:
        return Aside(source=entry.source, fate=Fate.NOTED, name=name, reason="nothing-to-say")
    return _facts(entry, content, said, listed, frame)


def _coded(concept: CodeableConcept, knowledge: Knowledge) -> tuple[Listed, ...]:
    rows: dict[Listed, None] = {}
    for coding in concept.codings:
        for row in knowledge.conditions.find(coding):
            rows[Listed(row.concept, "sequela") if _is_sequela(coding.system, coding.code) else row] = None
    return tuple(rows)


def _is_sequela(system: str, code: str) -> bool:
    if system != "icd-10-cm" or not code.upper().startswith(_SEQUELA_CHAPTERS):
        return False
    bare = tidy(system, code).replace(".", "")
    return len(bare) == _SEVENTH and bare[-1] == "S"


def _by_code(coded: tuple[Listed, ...], wordings: tuple[Wording, ...]) -> Said:
    """Coding first; where the words plainly say something else, both are in doubt."""
    asserting = tuple(row for row in coded if not never_evidence(row.meaning))
    certainty = (Certainty.CODED,)
    told = [words for words in wordings if words.match in (Match.NEGATED, Match.WHOLE)]
    contrary = [words for words in told if not set(words.listed) & set(coded)]
    if not asserting or not contrary:
        return Said(listed=coded, doubt=Doubt.NONE, certainty=certainty)
    if any(_denies(words) for words in contrary):
        return Said(listed=asserting, doubt=Doubt.WORDS_DIFFER, certainty=certainty)
    rivals = frozenset(row.concept for words in contrary for row in words.listed)
    if len(contrary) < len(told) or rivals & {row.concept for row in coded}:
        return Said(listed=coded, doubt=Doubt.NONE, certainty=certainty)
    added = tuple(Listed(concept, "possible") for concept in sorted(rivals))
    return Said(listed=(*coded, *added), doubt=Doubt.NONE, certainty=certainty, rivals=rivals)


def _denies(words: Wording) -> bool:
    """Whether words deny or doubt a code; words that are only coarser than it ("DM") do not."""
    return words.match is Match.NEGATED or all(
        never_evidence(row.meaning) or row.meaning == "suspected" for row in words.listed
    )


def _by_words(words: Wording) -> Said | None:
    """Words alone: a whole reviewed term establishes, part of the words asks, a plain negation sets aside (None)."""
    certainty = (Certainty.MATCHED_ON_WORDS,)
    if words.match is Match.NEGATED:
        return None
    if words.match is Match.WHOLE:
        if words.listed and all(row.meaning == "negative-status" for row in words.listed):
            return None
        return Said(listed=words.listed, doubt=Doubt.NONE, certainty=certainty)
    asserting = tuple(row for row in words.listed if not never_evidence(row.meaning))
    if not asserting:
        return Said(listed=words.listed, doubt=Doubt.NONE, certainty=certainty)
    return Said(listed=asserting, doubt=Doubt.PART_OF_WORDS, certainty=certainty)


def _facts(entry: Entry, content: Condition, said: Said, listed: list[Listed], frame: Frame) -> list[ConditionFact]:
    standing, doubt, remark = _standing(entry, content, frame.as_of)
    doubt = doubt or said.doubt
    places, contradict, unread = _places(entry, content, frame.knowledge)
    usual = frame.knowledge.concept_places
    certainty = list(said.certainty)
    if content.verification_status is None or (content.clinical_status is None and not content.past_section):
        certainty.append(Certainty.STATUS_ABSENT)
    if content.onset is None and content.recorded is None:
        certainty.append(Certainty.UNDATED)
    return [
        ConditionFact(
            source=entry.source,
            name=quoted(entry.code.words()),
            concept=row.concept,
            meaning=row.meaning,
            standing=_meant(row.meaning, standing, doubt),
            doubt=_doubt_of(row.meaning, doubt),
            rivals=said.rivals - {row.concept},
            certainty=tuple(certainty),
            onset=content.onset,
            ended=content.abatement,
            recorded=content.recorded,
            status=_status_words(content),
            remark=remark,
            places=places or ((usual["condition", row.concept],) if ("condition", row.concept) in usual else ()),
            places_contradict=contradict,
            place_unread=unread,
            severity=content.severity,
            stages=tuple(sorted(stage.words().lower() for stage in content.stages)),
            recorder=content.recorder,
            faults=content.faults,
        )
        for row in dict.fromkeys(listed)
    ]


def _meant(meaning: str, standing: Standing, doubt: Doubt) -> Standing:
    """How a row stands: the meaning speaks first, then the statuses; a doubt weakens what is current."""
    if never_evidence(meaning):
        return Standing.NOT_EVIDENCE
    if meaning in _MEANING_STANDS:
        return _MEANING_STANDS[meaning]
    doubtful = doubt or meaning in _LEAVES_OPEN
    return Standing.POSSIBLE if doubtful and standing is Standing.CURRENT else standing


def _doubt_of(meaning: str, doubt: Doubt) -> Doubt:
    if never_evidence(meaning) or meaning in _MEANING_STANDS:
        return Doubt.NONE
    return doubt or (Doubt.CODE_LEAVES_OPEN if meaning in _LEAVES_OPEN else Doubt.NONE)


def _standing(entry: Entry, content: Condition, as_of: Span) -> tuple[Standing, Doubt, str]:
    """How the entry's statuses and dates stand, what makes them doubtful, and a disagreement worth telling."""
    if entry.barred:
        return Standing.POSSIBLE, Doubt.NOT_RELIABLE, entry.barred
    hidden = next((fault for fault in content.faults if "Status" in fault), "")
    if hidden:
        return Standing.POSSIBLE, Doubt.ELEMENT_UNREADABLE, hidden
    if content.onset is not None and is_after(content.onset, as_of):
        return Standing.POSSIBLE, Doubt.STARTS_LATER, ""
    ended_later = content.abatement is not None and is_after(content.abatement, as_of)
    status = content.clinical_status or ("resolved" if content.past_section else None)
    if status in _ENDED and ended_later:
        return Standing.POSSIBLE, Doubt.ENDS_LATER, ""
    doubt = Doubt.UNCONFIRMED if content.verification_status in _UNCONFIRMED else Doubt.NONE
    has_ended = content.abated or (content.abatement is not None and not may_be_after(content.abatement, as_of))
    if status is None:
        return (Standing.PAST if has_ended else Standing.CURRENT), doubt, ""
    return _ENDED.get(status, Standing.CURRENT), doubt, _oddity(content, status, has_ended=has_ended)


def _oddity(content: Condition, status: str, *, has_ended: bool) -> str:
    """A disagreement of status and dates that changes nothing and is told."""
    if status in _ENDED:
        return ""
    if has_ended:
        when = f" on {content.abatement}" if content.abatement else ""
        return f"marked {status}, although an end{when} is recorded"
    return "" if status in _CURRENT else "its clinical status is not a code that FHIR knows"


def _places(entry: Entry, content: Condition, knowledge: Knowledge) -> tuple[tuple[Place, ...], bool, str]:
    """Places of the code, the body site and the words: the narrower where they fit, told where they contradict."""
    coded = tuple(place for place in knowledge.condition_places.find_all(entry.code.codings) if place.regions)
    sited, unread = places_of_body_sites(content.body_sites, knowledge)
    places, contradict = joined(coded, sited, knowledge)
    worded = places_in_words(entry.code, knowledge)
    if not places:
        return worded, contradict, unread if not worded else ""
    if not coded and worded:
        places, words_contradict = joined(places, worded, knowledge)
        contradict = contradict or words_contradict
    return places, contradict, unread


def _status_words(content: Condition) -> str:
    clinical = content.clinical_status or ("past problem" if content.past_section else "no clinical status")
    verification = content.verification_status or "no verification status"
    return clinical if verification == "confirmed" else f"{clinical}, {verification}"
