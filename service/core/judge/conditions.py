"""A `condition` clause: what section 3.1 of the clinical rules makes of each fact."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from service.core.dates import days_since, plus_days
from service.core.facts import ConditionFact, Doubt, Standing
from service.core.judge.outcomes import Case, Established, Noted, Outcome
from service.core.judge.results import contradicts
from service.core.packs import ConditionClause, Rule

ASSERTING: Final = frozenset({"disease", "complication", "carrier-state", "status", "nonviable", "labour"})
_LEAVES_OPEN: Final = frozenset({"possible", "suspected"})
_STANDS_BY_MEANING: Final = frozenset({"remission", "resolved", "history", "cured"})
_COUNTED: Final = frozenset({Standing.CURRENT})
_ASKED: Final = frozenset({Standing.CURRENT, Standing.POSSIBLE})


def facts_of(case: Case, clause: ConditionClause) -> list[ConditionFact]:
    """The facts that a clause is about, whatever their standing."""
    return [fact for fact in case.facts.conditions if fact.concept in clause.concepts and _is_meant(fact, clause)]


def _is_meant(fact: ConditionFact, clause: ConditionClause) -> bool:
    if clause.severities and not clause.severities & set(fact.severity.lower().split()):
        return False
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
    for fact in facts_of(case, clause):
        outcomes += _walk_fact(case, rule, clause, as_meant(fact, rule))
    return outcomes


def as_meant(fact: ConditionFact, rule: Rule) -> ConditionFact:
    """The fact as this rule must take it: in doubt where its words name something that the rule is not about."""
    if fact.rivals and not fact.rivals & rule_concepts(rule) and fact.standing is Standing.CURRENT:
        return replace(fact, standing=Standing.POSSIBLE, doubt=Doubt.WORDS_DIFFER)
    return fact


def _walk_fact(case: Case, rule: Rule, clause: ConditionClause, fact: ConditionFact) -> list[Outcome]:
    standing = fact.standing
    counted = clause.standings or _COUNTED
    if standing is Standing.NOT_EVIDENCE:
        return [case.noted(rule, "not-evidence", [fact])]
    if standing in counted or standing is Standing.POSSIBLE:
        when = _when(case, clause, fact)
        if when is not True:
            return [case.noted(rule, "past", [fact]) if when is False else case.asked(rule, Doubt.NO_DATE, [fact])]
    if standing in counted:
        return _current(case, rule, clause, fact)
    if standing is Standing.POSSIBLE:
        return [case.doubtful(rule, fact, until=_until(clause, fact))]
    if clause.lifelong and standing in (Standing.PAST, Standing.INACTIVE, Standing.REMISSION):
        if fact.doubt or fact.meaning in _LEAVES_OPEN:
            return [case.doubtful(rule, fact)]
        extra = case.pack.phrases["status-contradicts"].format(
            status=case.pack.wording.say(fact.status.partition(",")[0])
        )
        return [Established(rule=rule, facts=(fact,), extra=(extra,))]
    if clause.lifelong and standing in (Standing.HISTORY, Standing.CURED):
        return [case.asked(rule, "history", [fact])]
    return _past(case, rule, clause, fact)


def _current(case: Case, rule: Rule, clause: ConditionClause, fact: ConditionFact) -> list[Outcome]:
    contradicting = [found for result in clause.unless if (found := contradicts(case, result, fact)) is not None]
    if contradicting:
        return [case.asked(rule, clause.unless[0].text, [fact, *contradicting])]
    if _is_stale(case, clause, fact):
        return [case.asked(rule, "stale", [fact])]
    return [Established(rule=rule, facts=(fact,), until=_until(clause, fact))]


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


def _until(clause: ConditionClause, fact: ConditionFact) -> date | None:
    """The last day on which it is inside the clause's time, where it has one."""
    when = fact.known_from if clause.since_recorded else fact.happened
    return plus_days(when, clause.within).last if clause.within is not None and when is not None else None


def _when(case: Case, clause: ConditionClause, fact: ConditionFact) -> bool | None:
    """Whether it happened inside the clause's time; None where no date tells."""
    if clause.within is None:
        return True
    when = fact.known_from if clause.since_recorded else fact.happened
    if when is None:
        return None
    return days_since(when, case.facts.as_of)[0] <= clause.within


def walk_condition_question(case: Case, rule: Rule, clause: ConditionClause) -> list[Outcome]:
    """A condition clause under `question`: asked whatever it is, a note where a result answers it."""
    outcomes: list[Outcome] = []
    standings = clause.standings or _ASKED
    for fact in facts_of(case, clause):
        if fact.standing is Standing.NOT_EVIDENCE:
            outcomes.append(case.noted(rule, "not-evidence", [fact]))
        elif fact.standing not in standings or _when(case, clause, fact) is False:
            outcomes.append(case.noted(rule, "past", [fact]))
        else:
            answered = [found for result in clause.unless if (found := contradicts(case, result, fact))]
            if answered:
                outcomes.append(case.noted(rule, clause.unless[0].text or "past", [fact, *answered]))
            else:
                outcomes.append(case.asked(rule, clause.text, [fact], until=_until(clause, fact)))
    return outcomes


def walk_condition_note(case: Case, rule: Rule, clause: ConditionClause) -> list[Noted]:
    """A condition clause under `note`."""
    meanings = clause.meanings
    return [
        case.noted(rule, clause.text or "noted", [fact])
        for fact in case.facts.conditions
        if fact.concept in clause.concepts and (not meanings or fact.meaning in meanings)
    ]
