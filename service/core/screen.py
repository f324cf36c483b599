"""The whole of the core in one call: chart and question in, Screening out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from service.core.chart import Chart, CodeableConcept, Label, Source
from service.core.dates import Span
from service.core.facts import ConditionFact, Facts, ResultFact
from service.core.grounds import Grounds
from service.core.judge.account import account, fates, unmatched
from service.core.judge.changes import Explainer
from service.core.judge.confidential import Confidential, withhold
from service.core.judge.judged import headline_at, judge
from service.core.judge.lists import RECEIVED, chart_questions, list_states
from service.core.judge.notes import chart_notes, policy_notes, reminder, rule_notes, silent_results, target_notes
from service.core.judge.results import newest, results_of
from service.core.judge.rules import concepts_read, drugs_read, tests_read
from service.core.judge.trials import Bench
from service.core.knowledge import Knowledge
from service.core.packs import Pack
from service.core.places import Place
from service.core.recognise.chart import recognise
from service.core.recognise.frame import Frame, Washouts
from service.core.screening import (
    Finding,
    Judgement,
    ListState,
    Note,
    NoteKind,
    OpenQuestion,
    PackUsed,
    Screening,
    Target,
)
from service.core.terminology import Answers, server_notes, through_server


def screen(  # noqa: PLR0913 - all that a judgement depends on
    chart: Chart,
    *,
    targets: Sequence[CodeableConcept],
    as_of: Span,
    packs: Sequence[Pack],
    knowledge: Knowledge,
    electrical_stimulation: bool | None = None,
    hide_restricted: bool = False,
    answers: Answers | None = None,
) -> Screening:
    """Judge one chart for one moment under these packs; the first is the base pack.

    The same arguments give the same Screening. `targets` replace what orders in the chart say. With
    `hide_restricted`, what security labels limit is not named; all else stays as it is. `answers`: what a
    terminology server says of codes that no list holds.
    """
    base = packs[0]
    chart, recognised = through_server(chart, answers or {}, knowledge)
    tests, drugs, concepts = _read_by(tuple(packs))
    frame = Frame(
        knowledge=knowledge, as_of=as_of, washouts=_washouts(base), tests=tests, drugs=drugs, concepts=concepts
    )
    facts = recognise(chart, frame, targets=targets, electrical_stimulation=electrical_stimulation)
    facts = _placed_by_results(facts, base, knowledge)
    confidential = Confidential(base)
    if hide_restricted:
        facts, confidential = withhold(chart, facts, knowledge.labels, base)
    states = list_states(facts, chart.list_signs)
    judged = judge(facts, packs, knowledge)
    findings, questions = judged.findings, judged.questions
    hidden = {rule.id for rule, outcomes in judged.walked if confidential.hides(rule, outcomes)}
    told, instead = confidential.noted(judged.noted, hidden)
    notes = [*rule_notes(told, base.wording), *instead]
    questions += chart_questions(facts, chart, states, base)
    spoken_of = {*_evidence(findings, questions), *(source for note in notes for source in note.evidence)}
    notes += silent_results(facts, base, spoken_of)
    notes += chart_notes(chart, facts, states, base)
    notes += server_notes(recognised, base, confidential.limited)
    notes += target_notes(facts, base)
    notes += policy_notes(packs)
    notes.append(reminder(base))
    order = _Order(packs, facts)
    explainer = Explainer(
        Bench(
            chart=chart,
            facts=facts,
            judged=judged.rules,
            states=states,
            frame=frame,
            packs=packs,
            placed=lambda changed: _placed_by_results(changed, base, knowledge),
        ),
        findings,
    )
    found = tuple(
        confidential.finding(explainer.explained(each), hidden) for each in sorted(findings, key=order.of_finding)
    )
    asked = tuple(
        confidential.question(explainer.explained(each), hidden) for each in sorted(questions, key=order.of_question)
    )
    used = _evidence(found, asked)
    told_of = fates(chart, facts, used)
    return Screening(
        subject=chart.subject,
        as_of=as_of,
        packs=tuple(
            PackUsed(id=pack.id, version=pack.version, title=pack.title, switched_off=pack.switched_off)
            for pack in packs
        ),
        judgements=tuple(_judgement(target, found, asked, states, packs) for target in facts.targets or (None,)),
        findings=found,
        questions=asked,
        notes=tuple(notes),
        actions=tuple(dict.fromkeys([*(f.action for f in found), *(q.ask for q in asked)])),
        lists=states,
        entries=account(told_of),
        grounds=Grounds(chart=confidential.chart(chart), facts=facts, fates=told_of, packs=tuple(packs)),
        unmatched=unmatched(chart, facts, told_of),
        order=facts.orders[0] if facts.orders else None,
        encounter=facts.encounter,
        wording=base.wording,
        labels=_labels(chart.subject.source, used, notes),
    )


class _Order:
    """Result order: category or ceiling, then the order of the rules, then of the targets."""

    def __init__(self, packs: Sequence[Pack], facts: Facts) -> None:
        rules = [rule.id for pack in packs for rule in pack.rules]
        rules += [rule for pack in packs for rule in pack.chart_rules]
        self._rules = {rule: rank for rank, rule in reversed(list(enumerate(rules)))}
        self._targets = {target: rank for rank, target in enumerate(facts.targets)}

    def of_finding(self, finding: Finding) -> tuple[int, int, int]:
        return (-finding.category, self._rules[finding.rule], self._rank(finding.target))

    def of_question(self, question: OpenQuestion) -> tuple[int, int, int]:
        return (-question.ceiling, self._rules[question.rule], self._rank(question.target))

    def _rank(self, target: Target | None) -> int:
        return -1 if target is None else self._targets[target]


@lru_cache(maxsize=64)
def _read_by(packs: tuple[Pack, ...]) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The tests, medicines and concepts of conditions that any rule of the packs reads."""
    return tests_read(packs), drugs_read(packs), concepts_read(packs)


def _washouts(pack: Pack) -> Washouts:
    value = pack.parameters["washout"].value
    if not isinstance(value, Mapping):
        raise TypeError("parameter washout is not a table of days")
    return Washouts(by_name=value, unlisted=value["unlisted"], still_active=pack.days("still-active"))


def _placed_by_results(facts: Facts, pack: Pack, knowledge: Knowledge) -> Facts:
    """A lesion without a place takes the one that a result names (clinical rules, section 4)."""
    if not any(fact.concept in pack.placed_by and not fact.places for fact in facts.conditions):
        return facts
    return replace(facts, conditions=tuple(_placed(fact, facts, pack, knowledge) for fact in facts.conditions))


def _placed(fact: ConditionFact, facts: Facts, pack: Pack, knowledge: Knowledge) -> ConditionFact:
    named = pack.placed_by.get(fact.concept)
    if named is None or fact.places:
        return fact
    places: dict[Place, None] = {}
    for test, region in named.items():
        for result in newest(results_of(facts, [test])).deciding:
            if not result.doubt:
                places.update(dict.fromkeys(_places_of(result, region, knowledge)))
    return replace(fact, places=tuple(places))


def _places_of(result: ResultFact, region: str, knowledge: Knowledge) -> tuple[Place, ...]:
    if region == "named":
        return result.places
    site = knowledge.sites[region]
    extent = result.value is not None and result.value > 0
    return (Place(regions=site.regions, name=site.name, sites=(site,)),) if extent else ()


def _evidence(findings: Sequence[Finding], questions: Sequence[OpenQuestion]) -> tuple[Source, ...]:
    """Every entry behind a finding or question, once."""
    evidence = [finding.evidence for finding in findings] + [question.evidence for question in questions]
    return tuple(dict.fromkeys(source for sources in evidence for source in sources))


def _labels(subject: Source, used: Sequence[Source], notes: Sequence[Note]) -> tuple[Label, ...]:
    """Of every entry that the result rests on, or that it read and tells of."""
    told = (NoteKind.NOTE, NoteKind.SET_ASIDE)
    quoted = (source for note in notes if note.kind in told for source in note.evidence)
    return tuple(sorted({label for source in (subject, *used, *quoted) for label in source.labels}))


def _judgement(
    target: Target | None,
    findings: Sequence[Finding],
    questions: Sequence[OpenQuestion],
    states: Sequence[ListState],
    packs: Sequence[Pack],
) -> Judgement:
    """One target's own headline; what holds for the whole patient applies to each."""
    here = [finding for finding in findings if finding.target in (None, target)]
    open_here = [question for question in questions if question.target in (None, target)]
    word = headline_at(target, here, open_here)
    decisive = [finding.title for finding in here if finding.category.code == word.code]
    decisive = decisive or [question.title for question in open_here]
    phrases = packs[0].phrases
    lists = ", ".join(
        f"{packs[0].list_names[state.kind]}: {state.count or packs[0].wording.say(state.state.replace('-', ' '))}"
        for state in states
        if state.state in RECEIVED
    )
    named = ", ".join(dict.fromkeys(map(packs[0].wording.in_sentence, decisive)))
    return Judgement(
        target=target,
        headline=word,
        why=phrases[f"why-{word.code}"].format(titles=named, lists=lists or packs[0].wording.say("no list")),
    )
