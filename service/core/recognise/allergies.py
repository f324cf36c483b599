"""What an AllergyIntolerance says: a substance or allergy that a rule reads. It stands as a problem would."""

from __future__ import annotations

from functools import lru_cache

from service.core.chart import Allergy, CodeableConcept, Condition, Entry
from service.core.facts import Aside, ConditionFact, Doubt, Fate, Told
from service.core.knowledge import Knowledge
from service.core.recognise.conditions import Said, told_of, unmatched
from service.core.recognise.frame import Frame
from service.core.recognise.naming import quoted
from service.core.recognise.wording import Match, read_by
from service.core.screening import Certainty
from service.core.words import REMEMBERED


def allergy_told(code: CodeableConcept, knowledge: Knowledge, concepts: frozenset[str]) -> Told | None:
    """What a code alone tells: that no rule reads it. None: read the rest."""
    if knowledge.allergy_concepts.isdisjoint(concepts):
        return Told(Fate.NOT_READ, "", "no-rule-reads")
    return None if _said(code, knowledge) is not None else unmatched(code, knowledge)


def recognise_allergy(entry: Entry, frame: Frame) -> list[ConditionFact] | Aside:
    """The facts of one AllergyIntolerance, or why it gives none."""
    said = _said(entry.code, frame.knowledge)
    name = quoted(entry.code.words())
    if said is None or not said.listed:
        return Aside(source=entry.source, fate=Fate.SET_ASIDE, name=name, reason="negated")
    content = entry.content()
    assert isinstance(content, Allergy)  # noqa: S101 - the door pairs kinds with contents
    read = Condition(
        clinical_status=content.clinical_status,
        verification_status=content.verification_status,
        onset=content.onset,
        recorded=content.recorded,
        faults=content.faults,
    )
    return told_of(entry, read, said, frame)


@lru_cache(maxsize=REMEMBERED)
def _said(code: CodeableConcept, knowledge: Knowledge) -> Said | None:
    """Coding first, then words; nothing listed where the words deny it, None where no list speaks of it."""
    listed = knowledge.allergies.find_all(code.codings)
    coded = knowledge.conditions.find_all(code.codings)
    listed = listed or tuple(row for row in coded if row.concept in knowledge.allergy_concepts)
    if listed:
        return Said(listed=listed, doubt=Doubt.NONE, certainty=(Certainty.CODED,))
    words = read_by(code, knowledge.allergy_terms, knowledge)
    if words.match is Match.NONE:
        return None
    doubt = Doubt.PART_OF_WORDS if words.match is Match.PART else Doubt.NONE
    listed = () if words.match is Match.NEGATED else words.listed
    return Said(listed=listed, doubt=doubt, certainty=(Certainty.MATCHED_ON_WORDS,))
