"""What a Procedure or Immunization says was done, and when."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Final

from service.core.chart import CodeableConcept, Entry, Immunization, Procedure
from service.core.dates import Span
from service.core.facts import Aside, Doubt, Fate, ProcedureFact, Told
from service.core.knowledge import Knowledge
from service.core.places import Side
from service.core.recognise.naming import quoted
from service.core.recognise.placing import joined, place_of_concept, places_of_body_sites
from service.core.recognise.wording import Match, places_in_words, read_by
from service.core.screening import Certainty
from service.core.words import REMEMBERED, normalise

_DONE: Final = frozenset({"completed", "in-progress", "stopped"})
_NOT_DONE: Final = frozenset({"not-done", "entered-in-error"})


def procedure_told(code: CodeableConcept, knowledge: Knowledge) -> Told | None:
    """What a code alone tells: that no list has what was done. None: read the rest."""
    return None if _done(code, knowledge)[0] else _unmatched(code, knowledge)


def recognise_procedure(entry: Entry, knowledge: Knowledge) -> list[ProcedureFact] | Aside:
    """What was done, by code or by a reviewed whole wording."""
    content = entry.content()
    assert isinstance(content, Procedure)  # noqa: S101 - the door pairs kinds with contents
    concepts, coded, doubt = _done(entry.code, knowledge)
    read = _facts(
        entry,
        content,
        (concepts, coded),
        certain=content.status in _DONE and not doubt,
        date=content.performed.end or content.performed.start,
    )
    if isinstance(read, Aside):
        return read
    return [_placed(fact, entry, content, doubt, knowledge) for fact in read]


def _placed(fact: ProcedureFact, entry: Entry, content: Procedure, doubt: Doubt, knowledge: Knowledge) -> ProcedureFact:
    """With where it was done: by body site, words and the concept itself; the side may stand in any, or in the code."""
    sited, _ = places_of_body_sites(content.body_sites, knowledge)
    usual = knowledge.concept_places.get(("procedure", fact.concept))
    said = sited or places_in_words(entry.code, knowledge)
    places, contradict = joined(said, (usual,) if usual else (), knowledge)
    side = next(iter(knowledge.procedure_sides.find_all(entry.code.codings)), None) or _side(entry, content, knowledge)
    if side is not None and all(place.side is None for place in places):
        places = tuple(place.sided(side) for place in places)
    return replace(fact, places=places, places_contradict=contradict, doubt=doubt)


def _side(entry: Entry, content: Procedure, knowledge: Knowledge) -> Side | None:
    """A side without a region, in a body site or in the words."""
    concepts = (*content.body_sites, entry.code)
    found = [place.side for concept in concepts if (place := place_of_concept(concept, knowledge)) is not None]
    return next((side for side in found if side is not None), None)


def _facts(
    entry: Entry,
    content: Procedure | Immunization,
    said: tuple[tuple[str, ...], bool],
    *,
    certain: bool,
    date: Span | None,
) -> list[ProcedureFact] | Aside:
    """A fact for each concept; an entry that says it was not done is set aside."""
    name = quoted(entry.code.words())
    if content.status in _NOT_DONE:
        return Aside(source=entry.source, fate=Fate.SET_ASIDE, name=name, reason=content.status or "")
    concepts, coded = said
    return [
        ProcedureFact(
            source=entry.source,
            name=name,
            concept=concept,
            date=date,
            certain=certain and not entry.barred,
            certainty=(Certainty.CODED if coded else Certainty.MATCHED_ON_WORDS,),
            faults=content.faults,
        )
        for concept in concepts
    ]


@lru_cache(maxsize=REMEMBERED)
def _done(code: CodeableConcept, knowledge: Knowledge) -> tuple[tuple[str, ...], bool, Doubt]:
    """The concepts of what was done, whether a code named it, and what makes its words doubtful."""
    rows = knowledge.procedures.find_all(code.codings)
    vaccines = knowledge.immunizations.find_all(code.codings)
    if rows or vaccines:
        return tuple(dict.fromkeys([row.concept for row in rows] + list(vaccines))), bool(rows), Doubt.NONE
    words = read_by(code, knowledge.procedure_terms, knowledge)
    if words.match not in (Match.WHOLE, Match.PART):
        return (), False, Doubt.NONE
    doubt = Doubt.NONE if words.match is Match.WHOLE else Doubt.PART_OF_WORDS
    return tuple(dict.fromkeys(row.concept for row in words.listed)), False, doubt


def immunization_told(code: CodeableConcept, knowledge: Knowledge) -> Told | None:
    """What a code alone tells: that no rule reads the vaccine. None: read the rest."""
    return None if _given(code, knowledge)[0] else _unmatched(code, knowledge)


def recognise_immunization(entry: Entry, knowledge: Knowledge) -> list[ProcedureFact] | Aside:
    """A dose of a vaccine that a rule reads."""
    content = entry.content()
    assert isinstance(content, Immunization)  # noqa: S101 - the door pairs kinds with contents
    return _facts(
        entry,
        content,
        _given(entry.code, knowledge),
        certain=content.status == "completed",
        date=content.occurrence,
    )


@lru_cache(maxsize=REMEMBERED)
def _given(code: CodeableConcept, knowledge: Knowledge) -> tuple[tuple[str, ...], bool]:
    """The concepts of a vaccine, and whether a code named it."""
    concepts = knowledge.immunizations.find_all(code.codings)
    if concepts:
        return tuple(dict.fromkeys(concepts)), True
    texts = (code.text, *(coding.display for coding in code.codings))
    worded = (knowledge.immunization_terms.whole(normalise(text)) for text in texts if text)
    return tuple(dict.fromkeys(concept for concept in worded if concept)), False


def _unmatched(code: CodeableConcept, knowledge: Knowledge) -> Told:
    if knowledge.knows_a_system(code.codings):
        return Told(Fate.NOT_MATCHED, "", "known-system")
    name = quoted(code.words())
    if name:
        return Told(Fate.NOT_MATCHED, name, "known-system")
    return Told(Fate.UNREADABLE, "", "no-known-code-no-words")
