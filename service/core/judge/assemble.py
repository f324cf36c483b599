"""Outcomes of one rule → findings and questions, each told once (clinical rules, sections 2 and 5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from service.core.chart import Source
from service.core.facts import BirthFact, MedicineFact, ResultFact
from service.core.judge.describe import listed
from service.core.judge.outcomes import Asked, Case, Established, Fact, Outcome
from service.core.judge.results import holds, inside, newest, results_of
from service.core.packs import Rule
from service.core.screening import Category, Certainty, Finding, OpenQuestion, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """One rule's findings and questions."""

    findings: tuple[Finding, ...]
    questions: tuple[OpenQuestion, ...]


_NOTHING: Final = Assembled(findings=(), questions=())


def assemble(case: Case, rule: Rule, outcomes: Sequence[Outcome]) -> Assembled:
    """Findings one for each target (or in all), and what stays open beside them.

    What would ask about a rule that is already established, with no higher ceiling, is shown with
    the finding and not asked; at the site, each entry is judged on its own.
    """
    if not outcomes:
        return _NOTHING
    established: dict[Target | None, list[Established]] = {}
    asked: dict[Target | None, list[Asked]] = {}
    for outcome in outcomes:
        if isinstance(outcome, Established):
            established.setdefault(outcome.target, []).append(outcome)
        elif isinstance(outcome, Asked):
            asked.setdefault(outcome.target, []).append(outcome)
    shown: dict[Target | None, list[Asked]] = {}
    for target, open_here in asked.items():
        settled = [
            o for o in open_here if not o.each and target in established and o.ceiling <= _reached(established[target])
        ]
        shown[target] = settled
        asked[target] = [o for o in open_here if o not in settled]
    findings = tuple(
        _finding(case, rule, target, holding, shown.get(target, [])) for target, holding in established.items()
    )
    questions = tuple(_question(case, rule, target, open_here) for target, open_here in asked.items() if open_here)
    return Assembled(findings=findings, questions=questions)


def _reached(holding: Iterable[Established]) -> Category:
    return max(outcome.reaches for outcome in holding)


def sources(facts: Iterable[Fact]) -> tuple[Source, ...]:
    """The entries behind facts, each once."""
    return tuple(dict.fromkeys(fact.source for fact in facts))


def _finding(
    case: Case, rule: Rule, target: Target | None, holding: Sequence[Established], shown: Sequence[Asked]
) -> Finding:
    reached = _reached(holding)
    decisive = [outcome for outcome in holding if outcome.reaches is reached]
    facts = tuple(dict.fromkeys(fact for outcome in (*decisive, *holding) for fact in outcome.facts))
    only_results = all(isinstance(fact, ResultFact) for fact in facts)
    phrase = case.pack.phrases["found-by-result"] if only_results else rule.found or case.pack.phrases["found"]
    sentences = [phrase.format(title=rule.title, evidence=listed(facts, case.pack.wording))]
    sentences += dict.fromkeys(extra for outcome in holding for extra in outcome.extra)
    sentences += _additions(case, rule, facts)
    beside = [fact for outcome in shown for fact in outcome.facts if fact not in facts]
    if beside:
        sentences.append(case.pack.phrases["seen-beside"].format(evidence=listed(beside, case.pack.wording)))
    certain = {mark for outcome in holding for mark in outcome.certainty}
    certain |= {mark for fact in facts for mark in fact.certainty}
    ends = " ".join(dict.fromkeys(outcome.ends_when for outcome in decisive if outcome.ends_when))
    return Finding(
        rule=rule.id,
        title=rule.title,
        category=reached,
        target=target,
        evidence=sources(facts),
        certainty=tuple(mark for mark in Certainty if mark in certain),
        harm=rule.harm,
        sentence=" ".join(sentences),
        action=" ".join(dict.fromkeys(outcome.say or rule.say for outcome in decisive)),
        ends_when=ends or rule.ends_when,
        until=_until(holding),
    )


def _additions(case: Case, rule: Rule, facts: Sequence[Fact]) -> list[str]:
    """Sentences that stand beside a finding: two drugs at once, poor control."""
    added = []
    drugs = sorted({fact.drug.name for fact in facts if isinstance(fact, MedicineFact)})
    if rule.together and len(drugs) > 1:
        added.append(rule.together.format(drugs=", ".join(drugs)))
    for addition in rule.additions:
        found = newest(results_of(case.facts, addition.clause.tests)).deciding
        holding = [
            fact
            for fact in found
            if inside(fact.date, addition.clause.within, case.facts.as_of, surely=False)
            and holds(case, addition.clause, fact) is True
        ]
        if holding:
            added.append(addition.say.format(evidence=listed(holding, case.pack.wording)))
    return added


def _question(case: Case, rule: Rule, target: Target | None, open_here: Sequence[Asked]) -> OpenQuestion:
    ceiling = max(outcome.ceiling for outcome in open_here)
    first = next(outcome for outcome in open_here if outcome.ceiling == ceiling)
    return OpenQuestion(
        rule=rule.id,
        title=rule.title,
        ceiling=ceiling,
        target=target,
        evidence=sources(fact for outcome in open_here for fact in outcome.facts),
        harm=rule.harm,
        sentence=" ".join(dict.fromkeys(_seen(case, outcome) for outcome in open_here)),
        because=_because(first),
        ask=first.text.ask,
        until=_until(open_here),
        routine=all(outcome.routine for outcome in open_here),
    )


def _until(outcomes: Sequence[Established | Asked]) -> date | None:
    """The day after which none of them holds any more; None where one does not end by itself."""
    days = [outcome.until for outcome in outcomes if outcome.until is not None]
    return max(days) if len(days) == len(outcomes) else None


def _seen(case: Case, outcome: Asked) -> str:
    """What was seen, and why it does not settle the matter."""
    because = _because(outcome)
    return f"{listed(outcome.facts, case.pack.wording)}: {because}" if outcome.facts else because


def _because(outcome: Asked) -> str:
    return outcome.text.because.format(quote=_quoted(outcome.facts[0]) if outcome.facts else "")


def _quoted(fact: Fact) -> str:
    return fact.name if isinstance(fact, BirthFact) else fact.withheld or fact.name
