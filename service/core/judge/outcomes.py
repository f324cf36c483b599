"""What walking one rule gives: established, asked or noted, each with the facts it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple, assert_never

from service.core.facts import BirthFact, ConditionFact, Doubt, Facts, MedicineFact, ProcedureFact, ResultFact
from service.core.knowledge import Knowledge
from service.core.packs import (
    AgeClause,
    Clause,
    ConditionClause,
    MedicineClause,
    Pack,
    ProcedureClause,
    ReadingClause,
    ResultClause,
    Rule,
    Text,
)
from service.core.screening import Category, Certainty, Target

Fact = ConditionFact | MedicineFact | ResultFact | ProcedureFact | BirthFact


@dataclass(frozen=True, slots=True, kw_only=True)
class Established:
    """The rule holds."""

    rule: Rule
    facts: tuple[Fact, ...]
    target: Target | None = None
    category: Category | None = None  # instead of the rule's
    extra: tuple[str, ...] = ()  # further sentences: a severity, a disagreement, a viral load
    certainty: tuple[Certainty, ...] = ()  # beside that of the facts
    say: str = ""  # instead of the rule's own, as is the next
    ends_when: str = ""
    until: date | None = None  # the last day on which it holds, where time alone ends it

    @property
    def reaches(self) -> Category:
        """How far it goes."""
        return self.category or self.rule.category


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The rule could hold: why it is open, and what to ask."""

    rule: Rule
    facts: tuple[Fact, ...]
    text: Text
    ceiling: Category
    target: Target | None = None
    routine: bool = False
    each: bool = False  # judged on its own, also where the rule is established (rules at the site)
    until: date | None = None  # the last day on which it is open, where time alone closes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Shown, changes nothing."""

    rule: Rule
    facts: tuple[Fact, ...]
    text: str


Outcome = Established | Asked | Noted


class Heard(NamedTuple):
    """What a chart speaks of at all."""

    concepts: frozenset[str]
    procedures: frozenset[str]
    tests: frozenset[str]
    drugs: frozenset[str]  # groups and classes


def heard(facts: Facts) -> Heard:
    """Every concept, test and group of medicines of a chart."""
    drugs = (name for fact in facts.medicines for name in (*fact.drug.groups, *fact.drug.classes))
    return Heard(
        concepts=frozenset(fact.concept for fact in facts.conditions),
        procedures=frozenset(fact.concept for fact in facts.procedures),
        tests=frozenset(fact.test for fact in facts.results),
        drugs=frozenset(drugs),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One chart under one base pack: what every clause may look at."""

    facts: Facts
    pack: Pack  # whose rule is walked
    base: Pack  # how medicines are read is its to say
    knowledge: Knowledge
    heard: Heard

    def may_speak(self, clause: Clause) -> bool:
        """Whether the chart holds anything that the clause could be about: most clauses end here."""
        match clause:
            case ConditionClause():
                return not clause.concepts.isdisjoint(self.heard.concepts)
            case ProcedureClause():
                return not clause.concepts.isdisjoint(self.heard.procedures)
            case ResultClause():
                return not clause.tests.isdisjoint(self.heard.tests)
            case MedicineClause():
                return not (self.heard.drugs.isdisjoint(clause.groups) and self.heard.drugs.isdisjoint(clause.classes))
            case AgeClause() | ReadingClause():
                return True
            case _:
                assert_never(clause)

    def asked(self, rule: Rule, key: str, facts: Iterable[Fact], **more: object) -> Asked:
        """A question with the rule's text of this key, else the pack's for a doubt."""
        text = rule.texts.get(key) or self.pack.doubts[key]
        asked = Asked(rule=rule, facts=tuple(facts), text=text, ceiling=rule.category)
        return replace(asked, **more)  # type: ignore[arg-type]

    def doubtful(self, rule: Rule, fact: ConditionFact | MedicineFact | ResultFact, **more: object) -> Asked:
        """A question because of what makes the fact only possible."""
        asked = self.asked(rule, fact.doubt or Doubt.CODE_LEAVES_OPEN, [fact], **more)
        return replace(asked, text=_own_ask(asked.text, rule))

    def noted(self, rule: Rule, key: str, facts: Iterable[Fact]) -> Noted:
        """A note with the rule's remark of this key, else the pack's phrase."""
        text = rule.remarks.get(key) or self.pack.phrases[key]
        return Noted(rule=rule, facts=tuple(facts), text=text)


def _own_ask(text: Text, rule: Rule) -> Text:
    """The pack's doubt, asked in the rule's own words where it has some."""
    own = rule.texts.get("confirm")
    return Text(text.because, own.ask) if own else text


def noted_only(case: Case, rule: Rule, outcomes: Iterable[Outcome]) -> list[Outcome]:
    """What a rule that is switched off at this site has seen: nothing follows from it, and nothing is lost."""
    return [
        outcome if isinstance(outcome, Noted) else case.noted(rule, "rule-switched-off", outcome.facts)
        for outcome in outcomes
        if outcome.facts
    ]
