"""What a Procedure or Immunization says was done, and when."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from service.core.chart import CodeableConcept, Entry, Immunization, Procedure
from service.core.dates import Span
from service.core.facts import Aside, Fate, ProcedureFact, Told
from service.core.knowledge import Knowledge, Listed
from service.core.places import Place
from service.core.recognise.naming import quoted
from service.core.recognise.placing import places_of_body_sites
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
    places, _ = places_of_body_sites(content.body_sites, knowledge)
    return _facts(
        entry,
        content,
        _done(entry.code, knowledge),
        certain=content.status in _DONE,
        date=content.performed.end or content.performed.start,
        places=places,
    )


def _facts(
    entry: Entry,
    content: Procedure | Immunization,
    said: tuple[tuple[str, ...], bool],
    *,
    certain: bool,
    date: Span | None,
    places: tuple[Place, ...],
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
            places=places,
            faults=content.faults,
        )
        for concept in concepts
    ]


@lru_cache(maxsize=REMEMBERED)
def _done(code: CodeableConcept, knowledge: Knowledge) -> tuple[tuple[str, ...], bool]:
    """The concepts of what was done, and whether a code named it."""
    rows = knowledge.procedures.find_all(code.codings)
    coded = bool(rows)
    if not rows:
        rows = _worded(code, knowledge)
    vaccines = knowledge.immunizations.find_all(code.codings)
    return tuple(dict.fromkeys([row.concept for row in rows] + list(vaccines))), coded


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
        places=(),
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


def _worded(code: CodeableConcept, knowledge: Knowledge) -> tuple[Listed, ...]:
    for text in (code.text, *(coding.display for coding in code.codings)):
        if text:
            rows = knowledge.procedure_terms.whole(normalise(text))
            if rows is not None:
                return rows
    return ()


def _unmatched(code: CodeableConcept, knowledge: Knowledge) -> Told:
    if knowledge.knows_a_system(code.codings):
        return Told(Fate.NOT_MATCHED, "", "known-system")
    name = quoted(code.words())
    if name:
        return Told(Fate.NOT_MATCHED, name, "known-system")
    return Told(Fate.UNREADABLE, "", "no-known-code-no-words")
