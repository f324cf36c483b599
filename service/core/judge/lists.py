"""Which lists were received, and what is asked where one was not (clinical rules, section 3.5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from service.core.chart import Chart, Kind, ListSign, Source
from service.core.dates import is_after
from service.core.facts import Facts, Fate, ListSeen
from service.core.packs import ChartRule, Pack
from service.core.screening import Category, ListState, OpenQuestion

RECEIVED: Final = frozenset({"received", "empty", "none-known"})
NEEDED: Final = {Kind.CONDITION: "problem-list-missing", Kind.MEDICINE: "medication-list-missing"}


def list_states(facts: Facts, signs: Sequence[ListSign]) -> tuple[ListState, ...]:
    """The state of each list, told apart as the contract's section 4 does."""
    return tuple(ListState(kind=seen.kind, state=_state(seen, signs), count=seen.count) for seen in facts.lists)


def _state(seen: ListSeen, signs: Sequence[ListSign]) -> str:
    said = {sign.state for sign in signs if sign.kind is seen.kind}
    if "incomplete" in said or ("failed" in said and seen.count):
        return "incomplete"
    if "failed" in said:
        return "failed"
    if seen.count:
        return "received"
    if seen.none_known or "none-known" in said:
        return "none-known"
    return "empty" if "empty" in said and not seen.no_information else "not-received"


def chart_questions(facts: Facts, chart: Chart, states: Sequence[ListState], pack: Pack) -> list[OpenQuestion]:
    """Questions about the chart itself: missing lists, unreadable entries, a patient recorded as deceased."""
    missing = {state.kind for state in states if state.state not in RECEIVED}
    questions = [
        _question(pack.chart_rules[rule], pack.chart_rules[rule].category, why=_why(chart, kind, pack))
        for kind, rule in NEEDED.items()
        if kind in missing
    ]
    questions += _unreadable(facts, pack)
    if _is_deceased(facts):
        when = f" on {facts.subject.deceased_at}" if facts.subject.deceased_at else ""
        rule = pack.chart_rules["patient-record-conflict"]
        questions.append(_question(rule, rule.category, (facts.subject.source,), when=when))
    return questions


def _why(chart: Chart, kind: Kind, pack: Pack) -> str:
    reasons = sorted({sign.reason for sign in chart.list_signs if sign.kind is kind and sign.reason})
    return f" ({'; '.join(map(pack.wording.say, reasons))})" if reasons else ""


def _question(rule: ChartRule, ceiling: Category, evidence: tuple[Source, ...] = (), **told: object) -> OpenQuestion:
    return OpenQuestion(
        rule=rule.id,
        title=rule.title,
        ceiling=ceiling,
        target=None,
        evidence=evidence,
        harm=rule.harm,
        sentence=rule.because.format(**told),
        ask=rule.ask,
    )


def unreadable_sources(facts: Facts, pack: Pack) -> list[tuple[Source, Kind | None, str]]:
    """Every entry that could not be read: at the door, or because no code is known and no words are there."""
    lost = [(found.source, found.kind, found.reason) for found in facts.unreadable]
    kinds = {"Condition": Kind.CONDITION, "MedicationStatement": Kind.MEDICINE, "MedicationRequest": Kind.MEDICINE}
    lost += [
        (aside.source, kinds.get(aside.source.type), pack.reasons[aside.reason])
        for aside in facts.asides
        if aside.fate is Fate.UNREADABLE
    ]
    return lost


def _unreadable(facts: Facts, pack: Pack) -> list[OpenQuestion]:
    rule = pack.chart_rules["unreadable-entry"]
    questions = []
    for kind, ceiling in ((Kind.CONDITION, rule.category), (Kind.MEDICINE, rule.medicine_category)):
        lost = [(source, reason) for source, of_kind, reason in unreadable_sources(facts, pack) if of_kind is kind]
        if lost:
            lost.sort(key=lambda item: (item[0].type, item[1], item[0].reference or ""))
            what = "; ".join(dict.fromkeys(f"{source.type}: {reason}" for source, reason in lost))
            evidence = tuple(source for source, _ in lost)
            questions.append(_question(rule, ceiling, evidence, count=len(lost), what=what))
    return questions


def _is_deceased(facts: Facts) -> bool:
    subject = facts.subject
    if subject.deceased_at is not None:
        return not is_after(subject.deceased_at, facts.as_of)
    return subject.deceased
