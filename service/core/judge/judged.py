"""All rules of the packs over all facts of a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from service.core.facts import Facts
from service.core.judge.assemble import Assembled, assemble
from service.core.judge.outcomes import Case, Noted, Outcome, heard, noted_only
from service.core.judge.rules import walk_rule
from service.core.knowledge import Knowledge
from service.core.packs import Pack, Rule
from service.core.screening import Finding, Headline, OpenQuestion, Target, headline

NOTHING: Final[Mapping[tuple[str, str], Assembled]] = MappingProxyType({})


class Judged(NamedTuple):
    """What the rules make of a chart, rule by rule, in the order of the packs."""

    rules: Mapping[tuple[str, str], Assembled]  # by pack and rule
    walked: list[tuple[Rule, list[Outcome]]]  # every outcome of those that were not known before

    @property
    def noted(self) -> list[Noted]:
        """Every note of a rule."""
        return [outcome for _, outcomes in self.walked for outcome in outcomes if isinstance(outcome, Noted)]

    @property
    def findings(self) -> list[Finding]:
        """Every finding."""
        return [finding for assembled in self.rules.values() for finding in assembled.findings]

    @property
    def questions(self) -> list[OpenQuestion]:
        """Every open question."""
        return [question for assembled in self.rules.values() for question in assembled.questions]


def judge(
    facts: Facts, packs: Sequence[Pack], knowledge: Knowledge, known: Mapping[tuple[str, str], Assembled] = NOTHING
) -> Judged:
    """Every rule of every pack, but for those of which it is known what they make of the chart."""
    rules: dict[tuple[str, str], Assembled] = {}
    walked: list[tuple[Rule, list[Outcome]]] = []
    spoken = heard(facts)
    for pack in packs:
        case = Case(facts=facts, pack=pack, base=packs[0], knowledge=knowledge, heard=spoken)
        for rule in pack.rules:
            key = (pack.id, rule.id)
            if key in known:
                rules[key] = known[key]
            else:
                outcomes = _outcomes(case, rule)
                walked.append((rule, outcomes))
                rules[key] = assemble(case, rule, outcomes)
    return Judged(rules, walked)


def judge_rule(facts: Facts, pack: Pack, rule: Rule, *, base: Pack, knowledge: Knowledge) -> Assembled:
    """One rule alone."""
    case = Case(facts=facts, pack=pack, base=base, knowledge=knowledge, heard=heard(facts))
    return assemble(case, rule, _outcomes(case, rule))


def _outcomes(case: Case, rule: Rule) -> list[Outcome]:
    outcomes = walk_rule(case, rule)
    return noted_only(case, rule, outcomes) if rule.id in case.pack.switched_off else outcomes


def headline_at(target: Target | None, findings: Sequence[Finding], questions: Sequence[OpenQuestion]) -> Headline:
    """One target's own headline; what holds for the whole patient applies to each."""
    return headline(
        [finding.category for finding in findings if finding.target in (None, target)],
        [question.ceiling for question in questions if question.target in (None, target)],
    )
