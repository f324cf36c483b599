"""What a Screening was made from, for whoever asks after it: each entry's part in it, and the evidence in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, assert_never

from service.core.chart import Chart, Kind, Source
from service.core.dates import Span, plus_days
from service.core.facts import ConditionFact, Facts, Fate, MedicineFact, ProcedureFact, ResultFact, Standing, Use
from service.core.packs import Clause, ConditionClause, Pack, ResultClause

if TYPE_CHECKING:
    from service.core.screening import Screening


Fact = ConditionFact | MedicineFact | ResultFact | ProcedureFact


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Kept beside a Screening and no part of what it says: two equal results may have unequal grounds."""

    chart: Chart
    facts: Facts
    fates: Mapping[int, tuple[str, Fate]]  # position of an entry → its type, and what became of it
    packs: tuple[Pack, ...]


class EntryTold(NamedTuple):
    """One entry of the chart, and what it did."""

    source: Source
    name: str  # in the chart's words; "" where it has none
    fate: Fate
    effects: tuple[str, ...]  # findings, questions and notes that rest on it, a line each


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One piece of evidence in time. Without `until` it still holds, unless it is a `moment`."""

    source: Source
    name: str
    kind: Kind
    effects: tuple[str, ...]
    since: Span | None
    moment: bool  # a result or a procedure: it has one date
    until: Span | None = None
    counts_until: Span | None = None  # end of a washout, or of a result's shelf life


def entries_told(screening: Screening) -> tuple[EntryTold, ...]:
    """Every entry that was received, by position."""
    grounds = _grounds(screening)
    effects, names = _effects(screening), _names(grounds)
    return tuple(
        EntryTold(source, names.get(source.position, ""), fate, tuple(effects.get(source, ())))
        for source in sorted(_sources(grounds), key=lambda source: source.position)
        for _, fate in (grounds.fates[source.position],)
    )


def timeline(screening: Screening) -> tuple[Stretch, ...]:
    """The evidence behind findings, questions and notes, in the order in which the result names it."""
    grounds = _grounds(screening)
    effects = _effects(screening)
    rank = {source: place for place, source in enumerate(effects)}
    facts = [fact for fact in _facts(grounds.facts) if fact.source in rank]
    drawn = {
        (fact.source, stretch.name, stretch.since): stretch
        for fact in sorted(facts, key=lambda fact: rank[fact.source])
        for stretch in (_stretch(fact, grounds.packs, tuple(effects[fact.source])),)
    }
    return tuple(drawn.values())


def _grounds(screening: Screening) -> Grounds:
    if screening.grounds is None:
        raise ValueError("this screening came without its grounds")
    return screening.grounds


def _sources(grounds: Grounds) -> Iterator[Source]:
    """Every entry once, the subject too if it was sent."""
    chart = grounds.chart
    received = {
        source.position: source
        for source in (
            chart.subject.source,
            *(entry.source for entry in chart.entries),
            *(gone.source for gone in chart.set_aside),
            *(lost.source for lost in chart.unreadable),
            *chart.not_read,
            *chart.supporting,
        )
    }
    yield from (source for position, source in received.items() if position in grounds.fates)


def _effects(screening: Screening) -> dict[Source, list[str]]:
    """What rests on each entry, in result order."""
    effects: dict[Source, list[str]] = {}
    for finding in screening.findings:
        for source in finding.evidence:
            effects.setdefault(source, []).append(f"Finding: {finding.title or finding.rule}")
    for question in screening.questions:
        for source in question.evidence:
            effects.setdefault(source, []).append(f"Open question: {question.title or question.rule}")
    for note in screening.notes:
        for source in note.evidence:
            effects.setdefault(source, []).append(note.text)
    return effects


def _facts(facts: Facts) -> Iterable[Fact]:
    return (*facts.conditions, *facts.medicines, *facts.results, *facts.procedures)


def _names(grounds: Grounds) -> dict[int, str]:
    names = {entry.source.position: entry.code.words() for entry in grounds.chart.entries}
    names |= {aside.source.position: aside.name for aside in grounds.facts.asides if aside.name}
    names |= {fact.source.position: fact.withheld or fact.name for fact in _facts(grounds.facts) if fact.name}
    names |= {gone.source.position: gone.reason for gone in grounds.chart.set_aside}
    names |= {lost.source.position: lost.reason for lost in grounds.chart.unreadable}
    return names


def _stretch(fact: Fact, packs: tuple[Pack, ...], effects: tuple[str, ...]) -> Stretch:
    said = fact.withheld or fact.name
    if isinstance(fact, ResultFact) and fact.said and not fact.withheld:
        said = f"{said}: {fact.said}"
    match fact:
        case ConditionFact():
            over = fact.standing in (Standing.PAST, Standing.HISTORY, Standing.CURED)
            until = fact.ended or (fact.recorded if over else None)
            return Stretch(
                source=fact.source,
                name=said,
                kind=Kind.CONDITION,
                effects=effects,
                since=fact.onset or fact.recorded,
                until=until,
                moment=over and until is None,
            )
        case MedicineFact():
            over = fact.use in (Use.OVER, Use.NEVER)
            until = fact.ended or (fact.dated if over else None)
            return Stretch(
                source=fact.source,
                name=said,
                kind=Kind.MEDICINE,
                effects=effects,
                since=fact.since or fact.dated,
                until=until,
                moment=over and until is None,
                counts_until=fact.counts_until,
            )
        case ResultFact():
            shelf = _shelf_life(packs, fact.test)
            return Stretch(
                source=fact.source,
                name=said,
                kind=Kind.OBSERVATION,
                effects=effects,
                since=fact.date,
                moment=True,
                counts_until=plus_days(fact.date, shelf) if fact.date and shelf else None,
            )
        case ProcedureFact():
            return Stretch(
                source=fact.source, name=said, kind=Kind.PROCEDURE, effects=effects, since=fact.date, moment=True
            )
        case _:
            assert_never(fact)


def _shelf_life(packs: tuple[Pack, ...], test: str) -> int | None:
    """The longest time, in days, that any rule of the packs looks back for a result of this test."""
    clauses = [clause for pack in packs for rule in pack.rules for clause in (*rule.finding, *rule.question)]
    return max((days for clause in clauses for days in _looks_back(clause, test)), default=None)


def _looks_back(clause: Clause, test: str) -> Iterator[int]:
    match clause:
        case ResultClause() if test in clause.tests and clause.within is not None:
            yield clause.within
        case ConditionClause():
            for result in (*clause.unless, *clause.past_unless):
                yield from _looks_back(result, test)
        case _:
            return
