"""One rule over all facts: each of its clauses is walked once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, assert_never

from service.core.judge.conditions import walk_condition, walk_condition_note, walk_condition_question
from service.core.judge.medicines import walk_inferred, walk_medicine
from service.core.judge.outcomes import Asked, Case, Established, Outcome
from service.core.judge.procedures import walk_procedure
from service.core.judge.readings import hepatitis_b, hepatitis_c, hiv, pregnancy
from service.core.judge.readings.gestational import walk_gestational_diabetes
from service.core.judge.readings.tumours import walk_cancer_at_site, walk_cancer_elsewhere
from service.core.judge.results import walk_result
from service.core.packs import (
    Clause,
    ConditionClause,
    MedicineClause,
    Pack,
    ProcedureClause,
    ReadingClause,
    ResultClause,
    Rule,
)

_NOTHING: Final[tuple[frozenset[str], frozenset[str]]] = (frozenset(), frozenset())

READINGS: Final[Mapping[str, Callable[[Case, Rule], list[Outcome]]]] = MappingProxyType(
    {
        "cancer-at-site": walk_cancer_at_site,
        "cancer-elsewhere": walk_cancer_elsewhere,
        "gestational-diabetes": walk_gestational_diabetes,
        "hepatitis-b": hepatitis_b.walk_hepatitis_b,
        "hepatitis-c": hepatitis_c.walk_hepatitis_c,
        "hiv": hiv.walk_hiv,
        "pregnancy": pregnancy.walk_pregnancy,
    }
)


_READ: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = MappingProxyType(
    {
        "hepatitis-b": (hepatitis_b.TESTS, hepatitis_b.DRUGS),
        "hepatitis-c": (hepatitis_c.TESTS, hepatitis_c.DRUGS),
        "hiv": (hiv.TESTS, hiv.DRUGS),
        "pregnancy": (pregnancy.TESTS, frozenset()),
    }
)


def tests_read(packs: Iterable[Pack]) -> frozenset[str]:
    """Every test that a rule of the packs reads, or that gives a lesion its place."""
    found = {test for pack in packs for tests in pack.placed_by.values() for test in tests}
    for clause in _clauses(packs):
        match clause:
            case ResultClause():
                found |= clause.tests
            case ConditionClause():
                found |= {test for result in (*clause.unless, *clause.past_unless) for test in result.tests}
            case ReadingClause():
                found |= _READ.get(clause.name, _NOTHING)[0]
            case _:
                pass
    return frozenset(found)


def drugs_read(packs: Iterable[Pack]) -> frozenset[str]:
    """Every group and class of medicines that a rule of the packs reads."""
    found: set[str] = set()
    for clause in _clauses(packs):
        if isinstance(clause, MedicineClause):
            found |= clause.groups | clause.classes
        elif isinstance(clause, ReadingClause):
            found |= _READ.get(clause.name, _NOTHING)[1]
    return frozenset(found)


def _clauses(packs: Iterable[Pack]) -> Iterator[Clause | ResultClause]:
    for pack in packs:
        for rule in pack.rules:
            yield from (*rule.finding, *rule.question, *rule.note)
            yield from (addition.clause for addition in rule.additions)


def walk_rule(case: Case, rule: Rule) -> list[Outcome]:
    """Every outcome of one rule; what a question would add to an established rule is left to the assembly."""
    outcomes: list[Outcome] = []
    for clause in rule.finding:
        outcomes += _finding(case, rule, clause)
    for clause in rule.question:
        outcomes += _question(case, rule, clause)
    for clause in rule.note:
        if isinstance(clause, ConditionClause):
            outcomes += walk_condition_note(case, rule, clause)
    if rule.per_target:
        return _spread(case, outcomes)
    return outcomes


def _finding(case: Case, rule: Rule, clause: Clause) -> list[Outcome]:
    match clause:
        case ConditionClause():
            return walk_condition(case, rule, clause)
        case ResultClause():
            return walk_result(case, rule, clause, asks=False)
        case MedicineClause():
            return walk_inferred(case, rule, clause) if clause.infers else walk_medicine(case, rule, clause)
        case ProcedureClause():
            return walk_procedure(case, rule, clause, asks=False)
        case ReadingClause():
            return READINGS[clause.name](case, rule)
        case _:
            assert_never(clause)


def _question(case: Case, rule: Rule, clause: Clause) -> list[Outcome]:
    match clause:
        case ConditionClause():
            return walk_condition_question(case, rule, clause)
        case ResultClause():
            return walk_result(case, rule, clause, asks=True)
        case MedicineClause():
            return walk_inferred(case, rule, clause)
        case ProcedureClause():
            return walk_procedure(case, rule, clause, asks=True)
        case ReadingClause():
            return READINGS[clause.name](case, rule)
        case _:
            assert_never(clause)


def _spread(case: Case, outcomes: list[Outcome]) -> list[Outcome]:
    """For a rule told for each target, what was said of the whole patient is said of every target."""
    spread: list[Outcome] = []
    for outcome in outcomes:
        if isinstance(outcome, Established | Asked) and outcome.target is None:
            spread += [replace(outcome, target=target) for target in case.facts.targets or (None,)]
        else:
            spread.append(outcome)
    return spread
