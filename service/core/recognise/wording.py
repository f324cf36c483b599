"""What the words of a condition say, where no code does (clinical rules, section 3.4)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from service.core.chart import CodeableConcept
from service.core.knowledge import Cue, Knowledge, Listed
from service.core.places import Place
from service.core.recognise.placing import place_hits, place_of_words
from service.core.words import REMEMBERED, Hit, TermIndex, normalise

_NEVER_EVIDENCE = frozenset(
    {
        "family-history",
        "exposure",
        "screening",
        "vaccination",
        "prophylaxis",
        "counselling",
        "care",
        "fear",
        "risk",
        "other-person",
        "sequela",
        "excluded",
    }
)


def never_evidence(meaning: str) -> bool:
    """Whether a meaning names a disease without saying that the patient has it."""
    return meaning in _NEVER_EVIDENCE or meaning == "negative-status"


class Match(IntEnum):
    """How far the words go, least first."""

    NONE = 0
    NEGATED = 1  # plainly denies the term
    PART = 2  # contains a term among other words
    WHOLE = 3  # is a reviewed term, place and side apart


class Wording(NamedTuple):
    """What one text says."""

    match: Match
    listed: tuple[Listed, ...]
    quote: str


_NOTHING = Wording(Match.NONE, (), "")
_Rows = tuple[Listed, ...]
_BLANK = "|"  # stands where a term stood, so that a cue never reaches across it
_NEGATION = "negation"
_AFFIRMATION = "affirmation"
_TESTED = frozenset({"screening", "care", "risk", "exposure"})
_EITHER = frozenset({"or", "vs", "versus"})
_PASSIVE = frozenset({"family", "not-evidence", "history"})
_TURNED = {"family": "family-history", "not-evidence": "care"}


def read_words(concept: CodeableConcept, knowledge: Knowledge) -> Wording:
    """The strongest reading of the text and of each display; whole texts that say different things are joined."""
    readings = read_texts(concept, knowledge)
    best = max((reading.match for reading in readings), default=Match.NONE)
    if best is Match.NONE:
        return _NOTHING
    chosen = [reading for reading in readings if reading.match is best]
    listed = dict.fromkeys(row for reading in chosen for row in reading.listed)
    return Wording(best, tuple(listed), chosen[0].quote)


def read_texts(concept: CodeableConcept, knowledge: Knowledge) -> tuple[Wording, ...]:
    """What the text and each display say, one by one."""
    return tuple(read_text(text, knowledge) for text in _texts(concept))


def _texts(concept: CodeableConcept) -> tuple[str, ...]:
    texts = (concept.text, *(coding.display for coding in concept.codings))
    return tuple(dict.fromkeys(text for text in texts if text))


def read_text(text: str, knowledge: Knowledge) -> Wording:
    """What one text says. Remembered by the text, since charts repeat themselves."""
    return _read(text, knowledge.condition_terms, knowledge.condition_names, knowledge)


def read_by(concept: CodeableConcept, terms: TermIndex[_Rows], knowledge: Knowledge) -> Wording:
    """What the words say by other terms (of procedures, of allergies): the strongest of the text and each display."""
    readings = [_read(text, terms, None, knowledge) for text in _texts(concept)]
    return max(readings, key=lambda reading: reading.match, default=_NOTHING)


@lru_cache(maxsize=REMEMBERED)
def _read(text: str, terms: TermIndex[_Rows], names: TermIndex[_Rows] | None, knowledge: Knowledge) -> Wording:
    words = normalise(text)
    whole = terms.whole(words) or (names.whole(words) if names else None)
    if whole is not None:
        return Wording(Match.WHOLE, whole, text)
    hits = _hits(words, terms, knowledge)
    if not hits:
        return _NOTHING
    return _weigh(text, words.split(), hits, knowledge)


def _hits(words: str, terms: TermIndex[_Rows], knowledge: Knowledge) -> tuple[Hit[_Rows], ...]:
    """Terms in the words, those inside a look-alike ("hearing aids") left out."""
    covered = {position for hit in knowledge.look_alikes.find(words) for position in range(hit.start, hit.end)}
    return tuple(hit for hit in terms.find(words) if not covered.intersection(range(hit.start, hit.end)))


def _weigh(text: str, tokens: list[str], hits: tuple[Hit[_Rows], ...], knowledge: Knowledge) -> Wording:
    """Terms among other words: what the words beside them make of them."""
    taken = _covered(hits)
    blanked = " ".join(_BLANK if position in taken else token for position, token in enumerate(tokens))
    cues = knowledge.cues.find(blanked)
    around = taken | _covered(cues)
    around |= {position for start, end in place_hits(blanked, knowledge) for position in range(start, end)}
    rest = [token for position, token in enumerate(tokens) if position not in around and token not in knowledge.neutral]
    effects = {cue.value.effect for cue in cues}
    listed = tuple(dict.fromkeys(row for hit in hits for row in hit.value))
    if not rest and effects <= {_AFFIRMATION} and not _alternatives(tokens, hits):
        return Wording(Match.WHOLE, _affirmed(listed) if effects else listed, text)
    if not rest and effects == {_NEGATION} and len(cues) == 1 and _scope_is_plain(cues[0], tokens, hits):
        return Wording(Match.NEGATED, listed, text)
    turned = [_turned(hit, cues, tokens, knowledge) for hit in hits]
    if effects <= _PASSIVE and all(turned):
        rows = (Listed(row.concept, meaning) for hit, meaning in zip(hits, turned, strict=True) for row in hit.value)
        return Wording(Match.WHOLE, tuple(dict.fromkeys(rows)), text)
    return Wording(Match.PART, _affirmed(listed) if _AFFIRMATION in effects else listed, text)


def _affirmed(listed: _Rows) -> _Rows:
    """A test or screening that is named with its bad answer may be the disease: "HIV test positive 2019"."""
    return tuple(Listed(row.concept, "possible") if row.meaning in _TESTED else row for row in listed)


def _alternatives(tokens: list[str], hits: tuple[Hit[_Rows], ...]) -> bool:
    """Whether terms stand as one or the other, so that neither is asserted."""
    return any(_EITHER & set(tokens[left.end : right.start]) for left, right in pairwise(hits))


def _covered(hits: Iterable[Hit[Any]]) -> set[int]:
    return {position for hit in hits for position in range(hit.start, hit.end)}


def _turned(hit: Hit[_Rows], cues: Iterable[Hit[Cue]], tokens: list[str], knowledge: Knowledge) -> str:
    """The meaning that a cue right beside the term gives it ("risk of", "vaccine"); "" where none does."""
    if all(never_evidence(row.meaning) for row in hit.value):
        return hit.value[0].meaning
    for cue in cues:
        before = cue.end <= hit.start and cue.value.side != "after"
        after = cue.start >= hit.end and cue.value.side != "before"
        between = tokens[cue.end : hit.start] if before else tokens[hit.end : cue.start]
        if (before or after) and all(token in knowledge.neutral for token in between):
            return _TURNED.get(cue.value.effect, "")
    return ""


def _scope_is_plain(cue: Hit[Cue], tokens: list[str], hits: tuple[Hit[_Rows], ...]) -> bool:
    """Whether a negation covers all the terms beyond doubt: one term, or terms joined by "or"."""
    if (cue.value.side == "before") != (cue.start < hits[0].start):
        return False
    joined = (tokens[left.end : right.start] for left, right in pairwise(hits))
    return all(between and set(between) <= {"or", "nor"} for between in joined)


def places_in_words(concept: CodeableConcept, knowledge: Knowledge) -> tuple[Place, ...]:
    """Places named by the text, else by a display."""
    for text in _texts(concept):
        place = place_of_words(text, knowledge)
        if place is not None and place.regions:
            return (place,)
    return ()
