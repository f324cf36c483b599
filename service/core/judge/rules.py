"""One rule over all facts: each of its clauses is walked once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, assert_never

from service.core.judge.ages import walk_age
from service.core.judge.bounds import bounded, is_said
from service.core.judge.conditions import walk_condition, walk_condition_note, walk_condition_question
from service.core.judge.medicines import walk_inferred, walk_medicine, walk_medicine_note
from service.core.judge.outcomes import Asked, Case, Established, Outcome
from service.core.judge.procedures import walk_procedure
from service.core.judge.readings import hepatitis_b, hepatitis_c, hiv, pregnancy
from service.core.judge.readings.gestational import walk_gestational_diabetes
from service.core.judge.readings.tumours import walk_cancer_at_site, walk_cancer_elsewhere
from service.core.judge.results import walk_result
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


def concepts_read(packs: Iterable[Pack]) -> frozenset[str]:
    """Every concept of a condition that a clause of the packs names; those of readings are not among them."""
    return frozenset(
        concept for clause in _clauses(packs) if isinstance(clause, ConditionClause) for concept in clause.concepts
    )


def _clauses(packs: Iterable[Pack]) -> Iterator[Clause]:
    for pack in packs:
        for rule in pack.rules:
            for clause in (*rule.finding, *rule.question, *rule.note):
                yield from (clause, *clause.bounds.together, *clause.bounds.without)
            yield from (addition.clause for addition in rule.additions)


def walk_rule(case: Case, rule: Rule) -> list[Outcome]:
    """Every outcome of one rule; what a question would add to an established rule is left to the assembly."""
    outcomes: list[Outcome] = []
    for clauses, walk in ((rule.finding, _finding), (rule.question, _question), (rule.note, _note)):
        for clause in clauses:
            if case.may_speak(clause) and is_said(case.facts, clause.bounds):
                outcomes += bounded(case, rule, clause.bounds, walk(case, rule, clause), _finding)
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
        case AgeClause():
            return walk_age(case, rule, clause)
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
        case AgeClause():
            return walk_age(case, rule, clause)
        case ReadingClause():
            return READINGS[clause.name](case, rule)
        case _:
            assert_never(clause)


def _note(case: Case, rule: Rule, clause: Clause) -> list[Outcome]:
    match clause:
        case ConditionClause():
            return [*walk_condition_note(case, rule, clause)]
        case MedicineClause():
            return [*walk_medicine_note(case, rule, clause)]
        case _:
            return []


def _spread(case: Case, outcomes: list[Outcome]) -> list[Outcome]:
    """For a rule told for each target, what was said of the whole patient is said of every target."""
    spread: list[Outcome] = []
    for outcome in outcomes:
        if isinstance(outcome, Established | Asked) and outcome.target is None:
            spread += [replace(outcome, target=target) for target in case.facts.targets or (None,)]
        else:
            spread.append(outcome)
    return spread
