"""A `procedure` clause: something was done, and not too long ago to matter."""

from __future__ import annotations

from datetime import date

from service.core.dates import days_since, plus_days
from service.core.facts import Doubt, Facts, ProcedureFact
from service.core.judge.outcomes import Case, Established, Outcome
from service.core.packs import ProcedureClause, Rule


def walk_procedure(case: Case, rule: Rule, clause: ProcedureClause, *, asks: bool) -> list[Outcome]:
    """A procedure clause under `finding` (or, with `asks`, under `question`)."""
    outcomes: list[Outcome] = []
    for fact in _done(case.facts, clause):
        if clause.within is not None and fact.date is None and not asks:
            outcomes.append(case.asked(rule, Doubt.NO_DATE, [fact]))
        elif not _counts(fact, clause, case.facts):
            outcomes.append(case.noted(rule, "past", [fact]))
        elif asks:
            outcomes.append(case.asked(rule, clause.text, [fact], until=_until(fact, clause)))
        elif not fact.certain:
            outcomes.append(case.asked(rule, fact.doubt or Doubt.NOT_COMPLETED, [fact]))
        else:
            outcomes.append(Established(rule=rule, facts=(fact,), until=_until(fact, clause)))
    return outcomes


def _done(facts: Facts, clause: ProcedureClause) -> list[ProcedureFact]:
    return [fact for fact in facts.procedures if fact.concept in clause.concepts]


def _counts(fact: ProcedureFact, clause: ProcedureClause, facts: Facts) -> bool:
    """Inside its time; a date that is missing or after as-of can't rule that out, but says nothing of now."""
    if clause.within is None:
        return True
    if fact.date is None:
        return False
    fewest, most = days_since(fact.date, facts.as_of)
    return fewest <= clause.within and most >= 0


def _until(fact: ProcedureFact, clause: ProcedureClause) -> date | None:
    if clause.within is None or fact.date is None:
        return None
    return plus_days(fact.date, clause.within).last
