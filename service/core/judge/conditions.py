"""A `condition` clause: what section 3.1 makes of each fact, and for rules at the site, section 4."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from service.core.dates import days_since
from service.core.facts import ConditionFact, Doubt, Facts, Standing
from service.core.judge.outcomes import Case, Established, Noted, Outcome
from service.core.judge.results import contradicts
from service.core.judge.sites import certainty, is_known, lie
from service.core.packs import ConditionClause, Rule
from service.core.places import Relation
from service.core.screening import Target

ASSERTING: Final = frozenset({"disease", "complication", "carrier-state", "status", "nonviable", "labour"})
_LEAVES_OPEN: Final = frozenset({"possible", "suspected"})
_STANDS_BY_MEANING: Final = frozenset({"remission", "resolved", "history", "cured"})


def facts_of(facts: Facts, clause: ConditionClause) -> list[ConditionFact]:
    """The facts that a clause is about, whatever their standing."""
    return [fact for fact in facts.conditions if fact.concept in clause.concepts and _is_meant(fact, clause)]


def _is_meant(fact: ConditionFact, clause: ConditionClause) -> bool:
    if clause.meanings:
        return fact.meaning in clause.meanings
    speaking = ASSERTING | _LEAVES_OPEN | _STANDS_BY_MEANING
    return fact.meaning in speaking or fact.standing is Standing.NOT_EVIDENCE


def rule_concepts(rule: Rule) -> frozenset[str]:
    """Every condition concept that a rule's findings and questions are about."""
    return frozenset(
        concept
        for clause in (*rule.finding, *rule.question)
        if isinstance(clause, ConditionClause)
        for concept in clause.concepts
    )


def walk_condition(case: Case, rule: Rule, clause: ConditionClause) -> list[Outcome]:
    """A condition clause under `finding`: finding, question or note for each fact."""
    outcomes: list[Outcome] = []
    for fact in facts_of(case.facts, clause):
        outcomes += _walk_fact(case, rule, clause, as_meant(fact, rule))
    return outcomes


def as_meant(fact: ConditionFact, rule: Rule) -> ConditionFact:
    """The fact as this rule must take it: in doubt where its words name something that the rule is not about."""
    if fact.rivals and not fact.rivals & rule_concepts(rule) and fact.standing is Standing.CURRENT:
        return replace(fact, standing=Standing.POSSIBLE, doubt=Doubt.WORDS_DIFFER)
    return fact


def _walk_fact(case: Case, rule: Rule, clause: ConditionClause, fact: ConditionFact) -> list[Outcome]:
    standing = fact.standing
    counted = clause.standings or frozenset({Standing.CURRENT})
    if standing is Standing.NOT_EVIDENCE:
        return [case.noted(rule, "not-evidence", [fact])]
    if standing in counted:
        return _current(case, rule, clause, fact)
    if standing is Standing.POSSIBLE:
        return _at_targets(case, rule, fact, possible=True) if rule.site else [case.doubtful(rule, fact)]
    if clause.lifelong and standing in (Standing.PAST, Standing.INACTIVE, Standing.REMISSION):
        if fact.doubt or fact.meaning in _LEAVES_OPEN:
            return [case.doubtful(rule, fact)]
        extra = case.pack.phrases["status-contradicts"].format(status=fact.status.partition(",")[0])
        return [Established(rule=rule, facts=(fact,), extra=(extra,))]
    if clause.lifelong and standing in (Standing.HISTORY, Standing.CURED):
        return [case.asked(rule, "history", [fact])]
    return _past(case, rule, clause, fact)


def _current(case: Case, rule: Rule, clause: ConditionClause, fact: ConditionFact) -> list[Outcome]:
    contradicting = [found for result in clause.unless if (found := contradicts(case, result, fact)) is not None]
    if contradicting:
        return [case.asked(rule, clause.unless[0].text, [fact, *contradicting])]
    if rule.site:
        stale = _is_stale(case, clause, fact)
        return _at_targets(case, rule, fact, possible=stale, stale=stale)
    return [Established(rule=rule, facts=(fact,))]


def _past(case: Case, rule: Rule, clause: ConditionClause, fact: ConditionFact) -> list[Outcome]:
    if clause.past_text and fact.standing is not Standing.CURED:
        answered = [found for result in clause.past_unless if (found := contradicts(case, result, fact))]
        if not answered:
            return [case.asked(rule, clause.past_text, [fact])]
        return [case.noted(rule, "past", [fact, *answered])]
    return [case.noted(rule, "past", [fact])]


def _is_stale(case: Case, clause: ConditionClause, fact: ConditionFact) -> bool:
    """Recorded, else begun, longer ago than such a thing lasts, and never closed."""
    if clause.goes_stale is None or fact.known_from is None:
        return False
    fewest, _ = days_since(fact.known_from, case.facts.as_of)
    return fewest > clause.goes_stale


def _at_targets(case: Case, rule: Rule, fact: ConditionFact, *, possible: bool, stale: bool = False) -> list[Outcome]:
    """A lesion for each target: at it, wider than it, elsewhere, or not to be told."""
    targets: tuple[Target | None, ...] = case.facts.targets or (None,)
    return [_at_target(case, rule, fact, target, possible=possible, stale=stale) for target in targets]


def _at_target(
    case: Case, rule: Rule, fact: ConditionFact, target: Target | None, *, possible: bool, stale: bool
) -> Outcome:
    if target is None or not is_known(target):
        key = "no-target" if target is None else "target-unread"
        return case.asked(rule, key, [fact], target=target, each=True)
    if fact.places_contradict:
        return case.asked(rule, Doubt.PLACES_CONTRADICT, [fact], target=target, each=True)
    lies = lie(fact, target, case.knowledge.parents)
    if lies.relation is Relation.ELSEWHERE:
        return case.noted(rule, "elsewhere", [fact])
    if lies.relation is Relation.UNKNOWN:
        return case.asked(rule, "place-unknown", [fact], target=target, each=True)
    if stale:
        return case.asked(rule, "stale", [fact], target=target, each=True)
    if possible:
        return case.doubtful(rule, fact, target=target, each=True)
    if lies.relation is Relation.WIDER:
        return case.asked(rule, "place-wider", [fact], target=target, each=True)
    return Established(rule=rule, facts=(fact,), target=target, certainty=certainty(lies))


def walk_condition_question(case: Case, rule: Rule, clause: ConditionClause) -> list[Outcome]:
    """A condition clause under `question`: asked whatever it is, a note where a result answers it."""
    outcomes: list[Outcome] = []
    standings = clause.standings or frozenset({Standing.CURRENT, Standing.POSSIBLE})
    for fact in facts_of(case.facts, clause):
        if fact.standing is Standing.NOT_EVIDENCE:
            outcomes.append(case.noted(rule, "not-evidence", [fact]))
        elif fact.standing not in standings:
            outcomes.append(case.noted(rule, "past", [fact]))
        elif rule.site:
            outcomes += _question_at_targets(case, rule, clause, fact)
        else:
            answered = [found for result in clause.unless if (found := contradicts(case, result, fact))]
            if answered:
                outcomes.append(case.noted(rule, clause.unless[0].text or "past", [fact, *answered]))
            else:
                outcomes.append(case.asked(rule, clause.text, [fact]))
    return outcomes


def _question_at_targets(case: Case, rule: Rule, clause: ConditionClause, fact: ConditionFact) -> Iterable[Outcome]:
    for outcome in _at_targets(case, rule, fact, possible=False):
        if isinstance(outcome, Established):
            yield case.asked(rule, clause.text, [fact], target=outcome.target, each=True)
        else:
            yield outcome


def walk_condition_note(case: Case, rule: Rule, clause: ConditionClause) -> list[Noted]:
    """A condition clause under `note`."""
    meanings = clause.meanings
    return [
        case.noted(rule, clause.text or "noted", [fact])
        for fact in case.facts.conditions
        if fact.concept in clause.concepts and (not meanings or fact.meaning in meanings)
    ]
