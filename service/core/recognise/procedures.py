"""What a Procedure or Immunization says was done, and when."""

from __future__ import annotations

from typing import Final

from service.core.chart import Entry, Immunization, Procedure
from service.core.facts import Aside, Fate, ProcedureFact
from service.core.knowledge import Knowledge, Listed
from service.core.recognise.naming import quoted
from service.core.recognise.placing import places_of_body_sites
from service.core.screening import Certainty
from service.core.words import normalise

_DONE: Final = frozenset({"completed", "in-progress", "stopped"})
_NOT_DONE: Final = frozenset({"not-done", "entered-in-error"})


def recognise_procedure(entry: Entry, knowledge: Knowledge) -> list[ProcedureFact] | Aside:
    """What was done, by code or by a reviewed whole wording."""
    rows = knowledge.procedures.find_all(entry.code.codings)
    coded = bool(rows)
    if not rows:
        rows = _worded(entry, knowledge)
    vaccines = knowledge.immunizations.find_all(entry.code.codings)
    concepts = dict.fromkeys([row.concept for row in rows] + list(vaccines))
    name = quoted(entry.code.words())
    if not concepts:
        return _unmatched(entry, name, knowledge)
    content = entry.content()
    assert isinstance(content, Procedure)  # noqa: S101 - the door pairs kinds with contents
    if content.status in _NOT_DONE:
        return Aside(source=entry.source, fate=Fate.SET_ASIDE, name=name, reason=content.status or "")
    places, _ = places_of_body_sites(content.body_sites, knowledge)
    return [
        ProcedureFact(
            source=entry.source,
            name=name,
            concept=concept,
            date=content.performed.end or content.performed.start,
            certain=content.status in _DONE and not entry.barred,
            certainty=(Certainty.CODED if coded else Certainty.MATCHED_ON_WORDS,),
            places=places,
            faults=content.faults,
        )
        for concept in concepts
    ]


def recognise_immunization(entry: Entry, knowledge: Knowledge) -> list[ProcedureFact] | Aside:
    """A dose of a vaccine that a rule reads."""
    concepts = knowledge.immunizations.find_all(entry.code.codings)
    coded = bool(concepts)
    name = quoted(entry.code.words())
    if not concepts:
        texts = (entry.code.text, *(coding.display for coding in entry.code.codings))
        concepts = tuple(
            found for text in texts if text and (found := knowledge.immunization_terms.whole(normalise(text)))
        )
    if not concepts:
        return _unmatched(entry, name, knowledge)
    content = entry.content()
    assert isinstance(content, Immunization)  # noqa: S101 - the door pairs kinds with contents
    if content.status in _NOT_DONE:
        return Aside(source=entry.source, fate=Fate.SET_ASIDE, name=name, reason=content.status or "")
    return [
        ProcedureFact(
            source=entry.source,
            name=name,
            concept=concept,
            date=content.occurrence,
            certain=content.status == "completed" and not entry.barred,
            certainty=(Certainty.CODED if coded else Certainty.MATCHED_ON_WORDS,),
            faults=content.faults,
        )
        for concept in dict.fromkeys(concepts)
    ]


def _worded(entry: Entry, knowledge: Knowledge) -> tuple[Listed, ...]:
    for text in (entry.code.text, *(coding.display for coding in entry.code.codings)):
        if text:
            rows = knowledge.procedure_terms.whole(normalise(text))
            if rows is not None:
                return rows
    return ()


def _unmatched(entry: Entry, name: str, knowledge: Knowledge) -> Aside:
    known = any(coding.system in knowledge.known_systems for coding in entry.code.codings)
    if known or name:
        return Aside(source=entry.source, fate=Fate.NOT_MATCHED, name="" if known else name, reason="known-system")
    return Aside(source=entry.source, fate=Fate.UNREADABLE, name="", reason="no-known-code-no-words")
