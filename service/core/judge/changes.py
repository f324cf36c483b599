"""What would change the answer: each way is tried, by judging the same chart again, and told with what would follow.

Only ways that were seen to end a finding, or to close a question, are told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final, NamedTuple, TypeVar

from service.core.chart import CodeableConcept, Coding, Kind, Source
from service.core.dates import plus_days
from service.core.facts import Facts, Outcome
from service.core.judge.edits import NEGATIVE, negative_result, observed, refuted, resolved, stopped, withdrawn
from service.core.judge.lists import NEEDED
from service.core.judge.trials import Bench, Seen, Trial
from service.core.packs import AgeClause, Pack, Rule
from service.core.screening import Change, ChangeKind, Code, Finding, Headline, OpenQuestion

T = TypeVar("T", Finding, OpenQuestion)

_DECEASED: Final = "patient-record-conflict"


class _Way(NamedTuple):
    """A way in which the answer might change."""

    kind: ChangeKind
    trial: Trial
    entries: tuple[Source, ...] = ()
    code: Code | None = None
    value: Code | None = None


class Explainer:
    """Tells what would change each finding and question of one chart."""

    def __init__(self, bench: Bench, findings: Sequence[Finding]) -> None:
        """Take the chart as it was judged, and what was found."""
        self._bench = bench
        self._found = {(finding.rule, finding.target) for finding in findings}
        self._base: Pack = bench.packs[0]
        self._rules: Mapping[str, tuple[Pack, Rule]] = {
            rule.id: (pack, rule) for pack in reversed(bench.packs) for rule in pack.rules
        }
        self._changed: dict[tuple[object, ...], Facts] = {}
        self._headlines: dict[tuple[object, ...], Headline] = {}
        self._seen: dict[tuple[object, ...], Seen] = {}

    def explained(self, item: T) -> T:
        """The finding or question with what would change it, in words and as data."""
        changes: tuple[Change, ...] = tuple(self._changes(item))
        sentences = (item.ends_when, *dict.fromkeys(self._sentence(change) for change in changes))
        return replace(item, changes=changes, ends_when=" ".join(words for words in sentences if words))

    def _changes(self, item: Finding | OpenQuestion) -> Iterator[Change]:
        """The first way that ends it; where that leaves a question of the rule, also the first that leaves none."""
        told = False
        for way in self._ways(item):
            seen = self._try(item, way)
            asked = _is_among(item, seen.questions)
            if not self._is_over(item, seen) or (asked and told):
                continue
            yield Change(
                kind=way.kind,
                headline=self._headline(way),
                entries=way.entries,
                on=way.trial.on or way.trial.born,
                code=way.code,
                value=way.value,
                of_list=way.trial.received,
            )
            told = True
            if not asked:
                return

    def _is_over(self, item: Finding | OpenQuestion, seen: Seen) -> bool:
        """Whether a finding has ended, be it in a question; whether a question is closed, and not by bad news."""
        if isinstance(item, Finding):
            return not _is_among(item, seen.findings)
        worse = (item.rule, item.target) not in self._found and _is_among(item, seen.findings)
        return not worse and not _is_among(item, seen.questions)

    def _try(self, item: Finding | OpenQuestion, way: _Way) -> Seen:
        """What is said of the item's rule then; each way is walked once, however many targets the rule is told for."""
        key = (item.rule, *_key(way))
        if key not in self._seen:
            held = self._rules.get(item.rule)
            facts = self._facts(way)
            self._seen[key] = self._bench.rule(facts, *held) if held else self._bench.whole(facts, way.trial)
        return self._seen[key]

    def _facts(self, way: _Way) -> Facts:
        key = _key(way)
        if key not in self._changed:
            self._changed[key] = self._bench.changed(way.trial)
        return self._changed[key]

    def _headline(self, way: _Way) -> Headline:
        key = _key(way)
        if key not in self._headlines:
            self._headlines[key] = self._bench.headline(self._bench.whole(self._facts(way), way.trial))
        return self._headlines[key]

    def _ways(self, item: Finding | OpenQuestion) -> Iterator[_Way]:
        """The ways that might end it: what happens by itself first, then what a record can say."""
        if item.until is not None and item.until < date.max:
            yield _Way(ChangeKind.DATE, Trial(on=item.until + timedelta(days=1)))
        yield from self._later(item.evidence)
        answers = list(self._answers(item.rule))
        yield from answers
        if item.rule in NEEDED.values():
            kind = next(kind for kind, rule in NEEDED.items() if rule == item.rule)
            yield _Way(ChangeKind.RECEIVED, Trial(received=kind))
        if isinstance(item, OpenQuestion) and not item.evidence:
            yield from self._born(item.rule)
        if item.rule == _DECEASED:
            yield _Way(ChangeKind.LIVING, Trial(living=True), item.evidence)
        for way in self._edits(item.evidence):
            yield way
            if way.kind is ChangeKind.WITHDRAWN:  # the answer alone did not do
                yield from (
                    answer._replace(
                        kind=way.kind, entries=way.entries, trial=way.trial._replace(added=answer.trial.added)
                    )
                    for answer in answers
                )

    def _later(self, evidence: Sequence[Source]) -> Iterator[_Way]:
        """A result that is dated later than as-of counts once its day has come."""
        as_of = self._bench.frame.as_of.last
        days = [f.date.last for f in self._bench.facts.results if f.source in evidence and f.date is not None]
        if any(day > as_of for day in days):
            yield _Way(ChangeKind.DATE, Trial(on=max(days)))

    def _born(self, rule: str) -> Iterator[_Way]:
        """Where it is the date of birth that is missing: one that makes the patient old enough."""
        _, held = self._rules.get(rule, (None, None))
        today = self._bench.frame.as_of.first
        for clause in held.finding if held is not None and self._bench.facts.subject.birth_date is None else ():
            if isinstance(clause, AgeClause):
                born = date(today.year - clause.below, today.month, min(today.day, 28))
                yield _Way(ChangeKind.BORN, Trial(born=born))

    def _answers(self, rule: str) -> Iterator[_Way]:
        systems = self._bench.frame.knowledge.systems
        for answer in self._base.answers:
            if answer.rule == rule:
                code, value = Code(*answer.code), Code(*answer.value)
                entry = observed(_concept(code, systems), _concept(value, systems), self._bench.frame.as_of)
                yield _Way(ChangeKind.ANSWER, Trial(added=(entry,)), (), code, value)

    def _edits(self, evidence: Sequence[Source]) -> Iterator[_Way]:
        held = self._bench.entries()
        entries = [held[source] for source in evidence if source in held]
        by_kind = {kind: [entry for entry in entries if entry.kind is kind] for kind in Kind}
        problems, medicines = [*by_kind[Kind.CONDITION], *by_kind[Kind.ALLERGY]], by_kind[Kind.MEDICINE]
        if problems:
            sources = tuple(entry.source for entry in problems)
            yield _Way(ChangeKind.RESOLVED, Trial(edited=tuple(map(resolved, problems))), sources)
            yield _Way(ChangeKind.REFUTED, Trial(edited=tuple(map(refuted, problems))), sources)
        if medicines:
            yield from self._stopped(tuple(entry.source for entry in medicines))
        yield from self._results({entry.source for entry in by_kind[Kind.OBSERVATION]})
        lost = {entry.source for entry in self._bench.facts.unreadable}
        lost |= {aside.source for aside in self._bench.facts.asides if aside.fate == "unreadable"}
        gone = frozenset(source for source in evidence if source in lost)
        if entries or gone:
            edited = tuple(withdrawn(entry) for entry in entries if entry.source not in gone)
            sources = tuple(source for source in evidence if source in held or source in gone)
            yield _Way(ChangeKind.WITHDRAWN, Trial(edited=edited, gone=gone), sources)

    def _stopped(self, sources: tuple[Source, ...]) -> Iterator[_Way]:
        """Stopped on as-of, and judged once the longest washout is over."""
        facts = [fact for fact in self._bench.facts.medicines if fact.source in sources]
        as_of, washouts = self._bench.frame.as_of, self._bench.frame.washouts
        if facts:
            longest = max(washouts.days(fact.drug) for fact in facts)
            held = self._bench.entries()
            edited = tuple(stopped(held[source], as_of) for source in sources)
            yield _Way(ChangeKind.STOPPED, Trial(edited=edited, on=plus_days(as_of, longest + 1).last), sources)

    def _results(self, sources: set[Source]) -> Iterator[_Way]:
        """A newer, negative result of a test that was positive."""
        positive = [f for f in self._bench.facts.results if f.source in sources and f.outcome is Outcome.POSITIVE]
        if len({fact.test for fact in positive}) == 1:
            like = self._bench.entries()[positive[0].source]
            added = (negative_result(like, self._bench.frame.as_of),)
            yield _Way(ChangeKind.RESULT, Trial(added=added), (like.source,), value=NEGATIVE)

    def _sentence(self, change: Change) -> str:
        phrases = self._base.phrases
        wording = self._base.wording
        word = wording.in_sentence(phrases[f"card-{change.headline.code}"])
        answer = wording.say(change.value.display) if change.value else ""
        on = change.on.isoformat() if change.on else ""
        key = (
            "change-withdrawn-and-answer" if change.kind is ChangeKind.WITHDRAWN and answer else f"change-{change.kind}"
        )
        return phrases[key].format(headline=word, date=on, answer=wording.in_sentence(answer))


def _key(way: _Way) -> tuple[object, ...]:
    return (
        way.kind,
        way.entries,
        way.trial.on or way.trial.born,
        way.trial.gone,
        way.trial.received,
        way.code,
        way.value,
    )


def _is_among(item: Finding | OpenQuestion, found: Sequence[Finding] | Sequence[OpenQuestion]) -> bool:
    """Whether the same rule is told for the same target."""
    return any(each.rule == item.rule and each.target == item.target for each in found)


def _concept(code: Code, systems: Mapping[str, str]) -> CodeableConcept:
    return CodeableConcept((Coding(systems.get(code.system, code.system), code.code, code.display),), code.display)
