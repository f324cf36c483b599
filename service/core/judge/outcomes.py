"""What walking one rule gives: established, asked or noted, each with the facts it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from service.core.facts import ConditionFact, Doubt, Facts, MedicineFact, ProcedureFact, ResultFact
from service.core.knowledge import Knowledge
from service.core.packs import Pack, Rule, Text
from service.core.screening import Category, Certainty, Target

Fact = ConditionFact | MedicineFact | ResultFact | ProcedureFact


@dataclass(frozen=True, slots=True, kw_only=True)
class Established:
    """The rule holds."""

    rule: Rule
    facts: tuple[Fact, ...]
    target: Target | None = None
    extra: tuple[str, ...] = ()  # further sentences: a severity, a disagreement, a viral load
    certainty: tuple[Certainty, ...] = ()  # beside that of the facts
    ends_when: str = ""  # instead of the rule's own


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Shown, changes nothing."""

    rule: Rule
    facts: tuple[Fact, ...]
    text: str


Outcome = Established | Asked | Noted


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One chart under one base pack: what every clause may look at."""

    facts: Facts
    pack: Pack
    knowledge: Knowledge

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
