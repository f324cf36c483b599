"""What the words of a condition say, where no code does (clinical rules, section 3.4)."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from service.core.chart import CodeableConcept
from service.core.knowledge import Cue, Knowledge, Listed
from service.core.places import Place
from service.core.recognise.placing import place_hits, place_of_words
from service.core.words import Hit, TermIndex, normalise

# Chart words are remembered in memory only, and only so many.
_REMEMBERED = 20_000

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


def read_words(concept: CodeableConcept, knowledge: Knowledge) -> Wording:
    """The strongest reading of the text and of each display; whole texts that say different things are joined."""
    readings = [read_text(text, knowledge) for text in _texts(concept)]
    best = max((reading.match for reading in readings), default=Match.NONE)
    if best is Match.NONE:
        return _NOTHING
    chosen = [reading for reading in readings if reading.match is best]
    listed = dict.fromkeys(row for reading in chosen for row in reading.listed)
    return Wording(best, tuple(listed), chosen[0].quote)


def _texts(concept: CodeableConcept) -> tuple[str, ...]:
    texts = (concept.text, *(coding.display for coding in concept.codings))
    return tuple(dict.fromkeys(text for text in texts if text))


def read_text(text: str, knowledge: Knowledge) -> Wording:
    """What one text says. Remembered by the text, since charts repeat themselves."""
    return _read(text, knowledge.condition_terms, knowledge)


@lru_cache(maxsize=_REMEMBERED)
def _read(text: str, terms: TermIndex[tuple[Listed, ...]], knowledge: Knowledge) -> Wording:
    words = normalise(text)
    whole = terms.whole(words) or knowledge.condition_names.whole(words)
    if whole is not None:
        return Wording(Match.WHOLE, whole, text)
    hits = _hits(words, terms, knowledge)
    if not hits:
        return _NOTHING
    rest = _rest(words, hits, knowledge)
    listed = tuple(dict.fromkeys(row for hit in hits for row in hit.value))
    if not rest and len(hits) == 1:
        return Wording(Match.WHOLE, listed, text)
    cues = knowledge.cues.find(" ".join(rest))
    if _plainly_negated(words, hits, rest, cues):
        return Wording(Match.NEGATED, listed, text)
    if _plainly_someone_else(rest, cues):
        return Wording(Match.WHOLE, tuple(Listed(row.concept, "family-history") for row in listed), text)
    return Wording(Match.PART, listed, text)


def _hits(
    words: str, terms: TermIndex[tuple[Listed, ...]], knowledge: Knowledge
) -> tuple[Hit[tuple[Listed, ...]], ...]:
    """Terms in the words, those inside a look-alike ("hearing aids") left out."""
    covered = {position for hit in knowledge.look_alikes.find(words) for position in range(hit.start, hit.end)}
    return tuple(hit for hit in terms.find(words) if not covered.intersection(range(hit.start, hit.end)))


def _rest(words: str, hits: tuple[Hit[tuple[Listed, ...]], ...], knowledge: Knowledge) -> list[str]:
    """The tokens that are neither a term, nor a place or side, nor neutral."""
    taken = {position for hit in hits for position in range(hit.start, hit.end)}
    tokens = words.split()
    blanked = " ".join("|" if position in taken else token for position, token in enumerate(tokens))
    taken.update(position for start, end in place_hits(blanked, knowledge) for position in range(start, end))
    return [token for position, token in enumerate(tokens) if position not in taken and token not in knowledge.neutral]


def _plainly_negated(
    words: str, hits: tuple[Hit[tuple[Listed, ...]], ...], rest: list[str], cues: tuple[Hit[Cue], ...]
) -> bool:
    """One negation, nothing else beside it, and its scope is plain: one term, or terms joined by "or"."""
    if [hit.value.effect for hit in cues] != ["negation"] or cues[0].end - cues[0].start != len(rest):
        return False
    tokens = words.split()
    first_cue = tokens.index(rest[0])
    if (cues[0].value.side == "before") != (first_cue < hits[0].start):
        return False
    return all(
        set(tokens[left.end : right.start]) <= {"or", "nor"} and left.end != right.start
        for left, right in pairwise(hits)
    )


def _plainly_someone_else(rest: list[str], cues: tuple[Hit[Cue], ...]) -> bool:
    """Nothing beside the term but words for relatives or a family history."""
    return (
        bool(cues)
        and all(hit.value.effect == "family" for hit in cues)
        and sum(hit.end - hit.start for hit in cues) == len(rest)
    )


def places_in_words(concept: CodeableConcept, knowledge: Knowledge) -> tuple[Place, ...]:
    """Places named by the text, else by a display."""
    for text in _texts(concept):
        place = place_of_words(text, knowledge)
        if place is not None and place.regions:
            return (place,)
    return ()
