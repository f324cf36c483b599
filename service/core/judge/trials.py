"""The same chart judged again with something changed: what the result would be, found the way results are found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from service.core.chart import Chart, Entry, Kind, Source
from service.core.dates import Span, parse_span
from service.core.facts import ConditionFact, Facts, Fate, MedicineFact, ProcedureFact, ResultFact, Use
from service.core.judge.assemble import Assembled
from service.core.judge.judged import NOTHING, headline_at, judge, judge_rule
from service.core.judge.lists import chart_questions
from service.core.judge.reads import READINGS, reads
from service.core.packs import Pack, Rule
from service.core.recognise.chart import recognise
from service.core.recognise.frame import Frame
from service.core.screening import Finding, Headline, ListState, OpenQuestion
from service.core.words import normalise

# Entries that no rule could see, whatever else changes.
_UNSEEN: Final = (Fate.NOT_MATCHED, Fate.NOT_READ)
# Uses that another day can change; what is over stays over.
_ENDING: Final = (Use.RECENT, Use.POSSIBLE)

# What a pregnancy is told by is read by rules that are about something else: limits of hemoglobin go by its weeks.
_FAR_REACHING: Final = frozenset().union(*READINGS["pregnancy"])


Fact = ConditionFact | MedicineFact | ResultFact | ProcedureFact


class Trial(NamedTuple):
    """What is changed, all else staying as it is."""

    edited: tuple[Entry, ...] = ()  # instead of those with the same source
    added: tuple[Entry, ...] = ()
    gone: frozenset[Source] = frozenset()  # entries taken out
    on: date | None = None  # judged for this day instead
    received: Kind | None = None  # this list comes, with nothing more on it
    living: bool = False  # the patient is recorded as living
    born: date | None = None  # the patient is recorded as born on this day


class Seen(NamedTuple):
    """What is found and asked then."""

    findings: Sequence[Finding]
    questions: Sequence[OpenQuestion]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A chart that was judged, and all that it takes to judge it again."""

    chart: Chart
    facts: Facts
    judged: Mapping[tuple[str, str], Assembled]  # what each rule made of it
    states: Sequence[ListState]
    frame: Frame
    packs: Sequence[Pack]
    placed: Callable[[Facts], Facts]  # gives lesions the places that results name
    _entries: dict[Source, Entry] = field(default_factory=dict)

    def entries(self) -> Mapping[Source, Entry]:
        """The entries that a rule could see, by their source."""
        if not self._entries:
            unseen = {aside.source for aside in self.facts.asides if aside.fate in _UNSEEN}
            unseen.update(self.facts.silent)
            self._entries.update((entry.source, entry) for entry in self.chart.entries if entry.source not in unseen)
        return self._entries

    def rule(self, facts: Facts, pack: Pack, rule: Rule) -> Seen:
        """What one rule alone makes of changed facts."""
        assembled = judge_rule(facts, pack, rule, base=self.packs[0], knowledge=self.frame.knowledge)
        return Seen(assembled.findings, assembled.questions)

    def whole(self, facts: Facts, trial: Trial) -> Seen:
        """What all rules make of facts that this trial has changed; what reads none of it is not asked again."""
        known = self._unmoved(facts) if trial.on is None and trial.born is None else NOTHING
        judged = judge(facts, self.packs, self.frame.knowledge, known)
        asked = chart_questions(facts, self.chart, self._states(trial), self.packs[0])
        return Seen(judged.findings, [*judged.questions, *asked])

    def _unmoved(self, facts: Facts) -> Mapping[tuple[str, str], Assembled]:
        """What the rules found and asked that read nothing of what is different."""
        different = differences(self.facts, facts)
        moved = {name for fact in different for name in _names(fact)}
        placing = {test for pack in self.packs for tests in pack.placed_by.values() for test in tests}
        if moved & _FAR_REACHING or moved & placing:
            return NOTHING
        if self._explains(fact for fact in different if isinstance(fact, ConditionFact)):
            moved |= {name for fact in facts.medicines for name in _names(fact)}
        return {
            (pack.id, rule): self.judged[pack.id, rule]
            for pack in self.packs
            for rule, names in looked_for(pack).items()
            if names.isdisjoint(moved)
        }

    def _explains(self, problems: Iterable[ConditionFact]) -> bool:
        """Whether one of the problems can explain a medicine of the chart, whichever rule would ask what it is for."""
        knowledge = self.frame.knowledge
        drugs = {fact.drug for fact in self.facts.medicines}
        drugs |= {knowledge.drugs[part] for drug in drugs for part in drug.components if part in knowledge.drugs}
        named = {name for drug in drugs for name in (drug.name, *drug.classes)}
        known = [each for name in named for each in knowledge.explanations.get(name, ())]
        concepts, words = {each.concept for each in known}, {each.words for each in known} - {""}
        return any(fact.concept in concepts or normalise(fact.name) in words for fact in problems)

    def headline(self, seen: Seen) -> Headline:
        """The worst over all targets."""
        return max(headline_at(target, *seen) for target in self.facts.targets or (None,))

    def changed(self, trial: Trial) -> Facts:
        """The facts then. Only what the change touches is recognised again; on another day, what that day can move."""
        touched = {entry.source for entry in trial.edited} | trial.gone
        entries, frame = (*trial.edited, *trial.added), self.frame
        if trial.on is not None:
            frame = self._on(trial.on)
            moved = self._moving() - touched
            entries = (*entries, *(entry for source, entry in self.entries().items() if source in moved))
            touched |= moved
        new = recognise(_only(self.chart, entries), frame, targets=(), electrical_stimulation=None)
        kept = self.facts
        subject = replace(kept.subject, deceased=False, deceased_at=None) if trial.living else kept.subject
        if trial.born is not None:
            subject = replace(subject, birth_date=parse_span(trial.born.isoformat()))
        return self.placed(
            replace(
                kept,
                subject=subject,
                as_of=frame.as_of,
                conditions=(*(f for f in kept.conditions if f.source not in touched), *new.conditions),
                medicines=(*(f for f in kept.medicines if f.source not in touched), *new.medicines),
                results=(*(f for f in kept.results if f.source not in touched), *new.results),
                procedures=(*(f for f in kept.procedures if f.source not in touched), *new.procedures),
                asides=(*(a for a in kept.asides if a.source not in touched), *new.asides),
                unreadable=tuple(lost for lost in kept.unreadable if lost.source not in trial.gone),
            )
        )

    def _moving(self) -> frozenset[Source]:
        """Entries that may say something else on a later day: what ends, and what carries a date that lies ahead."""
        today = self.facts.as_of.first
        dated: list[tuple[Source, tuple[Span | None, ...]]] = [
            *((f.source, (f.onset, f.ended, f.recorded)) for f in self.facts.conditions),
            *((f.source, (f.date, f.date_value)) for f in self.facts.results),
        ]
        ahead = {source for source, dates in dated if any(date is not None and date.last >= today for date in dates)}
        ending = (fact for fact in self.facts.medicines if fact.use in _ENDING or fact.lasts_until is not None)
        return frozenset(ahead | {fact.source for fact in ending})

    def _on(self, day: date) -> Frame:
        moment = parse_span(day.isoformat())
        assert moment is not None  # noqa: S101 - a date is one
        return replace(self.frame, as_of=moment)

    def _states(self, trial: Trial) -> Sequence[ListState]:
        """How the lists arrived then: an entry that is taken out can leave a list that did not come."""
        out = [lost.kind for lost in self.facts.unreadable if lost.source in trial.gone]
        out += [self.entries()[source].kind for source in trial.gone if source in self.entries()]
        states = []
        for state in self.states:
            count = state.count - out.count(state.kind)
            if state.kind is trial.received:
                states.append(replace(state, state="received" if state.count else "none-known"))
            elif count == 0 and state.state == "received":
                states.append(replace(state, state="not-received", count=0))
            else:
                states.append(state)
        return states


@lru_cache(maxsize=64)
def looked_for(pack: Pack) -> Mapping[str, frozenset[str]]:
    """The names of everything that each rule reads."""
    return {rule.id: frozenset().union(*reads(rule)) for rule in pack.rules}


def differences(one: Facts, other: Facts) -> list[Fact]:
    """The facts that two readings of a chart do not share."""
    before = {id(fact) for fact in _all(one)}
    after = {id(fact) for fact in _all(other)}
    return [f for f in _all(one) if id(f) not in after] + [f for f in _all(other) if id(f) not in before]


def _all(facts: Facts) -> Iterator[Fact]:
    yield from facts.conditions
    yield from facts.medicines
    yield from facts.results
    yield from facts.procedures


def _names(fact: Fact) -> Iterable[str]:
    match fact:
        case ConditionFact():
            return (fact.concept, *fact.rivals)
        case MedicineFact():
            return (*fact.drug.groups, *fact.drug.classes)
        case ResultFact():
            return (fact.test,)
        case ProcedureFact():
            return (fact.concept,)


def _only(chart: Chart, entries: tuple[Entry, ...]) -> Chart:
    return Chart(subject=chart.subject, entries=entries)
