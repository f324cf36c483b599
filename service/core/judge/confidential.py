"""Not naming what security labels limit (clinical rules, section 3.5): the words change, the judgement never does.

An entry whose label limits is told of as "a confidential entry". What rests on one, and all else that its rule says
of the patient, keeps its category, its evidence and what to do, and loses its name.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from service.core.chart import Chart, CodeableConcept, Source
from service.core.facts import Aside, ConditionFact, Facts, MedicineFact, ProcedureFact, ResultFact
from service.core.judge.outcomes import Noted, Outcome
from service.core.labels import SecurityLabels
from service.core.packs import Pack, Rule
from service.core.screening import Finding, Note, NoteKind, OpenQuestion

# The rule of a finding, question or note that is not to be named.
RESTRICTED: Final = "restricted"

T = TypeVar("T", ConditionFact, MedicineFact, ResultFact, ProcedureFact)


@dataclass(frozen=True, slots=True)
class Confidential:
    """What may not be named, and the base pack whose phrases stand for it."""

    pack: Pack
    limited: frozenset[Source] = frozenset()

    def hides(self, rule: Rule, outcomes: Iterable[Outcome]) -> bool:
        """Whether the rule is not to be named at all. A rule at the site judges each entry on its own."""
        if not self.limited or rule.site:
            return False
        return any(fact.source in self.limited for outcome in outcomes for fact in outcome.facts)

    def noted(self, noted: Sequence[Noted], hidden: Container[str]) -> tuple[list[Noted], list[Note]]:
        """The notes of rules that may be told, and one that stands for the others. `hidden`: rules not to be named."""
        told = [
            one
            for one in noted
            if one.rule.id not in hidden and not any(fact.source in self.limited for fact in one.facts)
        ]
        sources = tuple(dict.fromkeys(fact.source for one in noted if one not in told for fact in one.facts))
        if len(told) == len(noted):
            return told, []
        return told, [Note(kind=NoteKind.NOTE, text=self._phrase("noted"), rule=RESTRICTED, evidence=sources)]

    def finding(self, finding: Finding, hidden: Container[str]) -> Finding:
        """The finding, without its name where that is limited."""
        if finding.rule not in hidden and self.limited.isdisjoint(finding.evidence):
            return finding
        return replace(
            finding,
            rule=RESTRICTED,
            title=self._phrase("title"),
            harm=self._phrase("harm"),
            sentence=self._phrase("found"),
            action=self._phrase(finding.category.code),
            ends_when=self._phrase("ends-when"),
            changes=(),  # an answer that would change it names it
        )

    def question(self, question: OpenQuestion, hidden: Container[str]) -> OpenQuestion:
        """The question, without its name where that is limited. What is asked of everyone tells nothing."""
        told = question.rule not in hidden or question.routine
        if question.rule in self.pack.chart_rules or (told and self.limited.isdisjoint(question.evidence)):
            return question  # rules about the chart name no disease
        return replace(
            question,
            rule=RESTRICTED,
            title=self._phrase("title"),
            harm=self._phrase("harm"),
            sentence=self._phrase("open"),
            because="",
            ends_when="",
            changes=(),
            ask=self._phrase("ask"),
        )

    def chart(self, chart: Chart) -> Chart:
        """The chart as it may be shown: without the words and codes of limited entries."""
        if not self.limited:
            return chart
        unnamed = CodeableConcept((), self._phrase("entry"))
        shown = (entry._replace(code=unnamed) if entry.source in self.limited else entry for entry in chart.entries)
        return replace(chart, entries=tuple(shown))

    def _phrase(self, name: str) -> str:
        return self.pack.phrases[f"restricted-{name}"]


def withhold(chart: Chart, facts: Facts, labels: SecurityLabels, pack: Pack) -> tuple[Facts, Confidential]:
    """The facts, those of limited entries described as confidential, and what that means for all that is said."""
    name = pack.phrases["restricted-entry"]
    sources = (*(entry.source for entry in chart.entries), *facts.sources(), *(aside.source for aside in facts.asides))
    limited = frozenset(source for source in sources if source.labels and labels.limit(source.labels))

    def marked(those: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(replace(fact, withheld=name) if fact.source in limited else fact for fact in those)

    def told(aside: Aside, disputed: frozenset[str]) -> Aside:
        """One that denies what a limited entry says would tell of it."""
        return aside._replace(name=name) if aside.source in limited or aside.concepts & disputed else aside

    secret = frozenset(fact.concept for fact in facts.conditions if fact.source in limited)
    return replace(
        facts,
        conditions=marked(facts.conditions),
        medicines=marked(facts.medicines),
        results=marked(facts.results),
        procedures=marked(facts.procedures),
        asides=tuple(told(aside, secret) if aside.name else aside for aside in facts.asides),
    ), Confidential(pack, limited)
