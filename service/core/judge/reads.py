"""What a rule reads: the concepts its clauses and readings name, list by list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, assert_never

from service.core.code_sets import CodeSet, Kind
from service.core.judge.readings import gestational, hepatitis_b, hepatitis_c, hiv, pregnancy, tumours
from service.core.packs import (
    AgeClause,
    Clause,
    ConditionClause,
    MedicineClause,
    ProcedureClause,
    ReadingClause,
    ResultClause,
    Rule,
)

_NONE: Final[frozenset[str]] = frozenset()


class Reads(NamedTuple):
    """Concepts by the list they are in. `tests` are the tests' own names, without their way of measuring."""

    conditions: frozenset[str] = _NONE
    tests: frozenset[str] = _NONE
    groups: frozenset[str] = _NONE  # of medicines
    classes: frozenset[str] = _NONE  # of medicines
    procedures: frozenset[str] = _NONE
    vaccines: frozenset[str] = _NONE


READINGS: Final[Mapping[str, Reads]] = MappingProxyType(
    {
        "cancer-at-site": Reads(conditions=tumours.CONDITIONS),
        "cancer-elsewhere": Reads(conditions=tumours.CONDITIONS),
        "gestational-diabetes": Reads(conditions=gestational.CONDITIONS),
        "hepatitis-b": Reads(tests=hepatitis_b.TESTS, groups=hepatitis_b.DRUGS, vaccines=hepatitis_b.VACCINES),
        "hepatitis-c": Reads(conditions=hepatitis_c.CONDITIONS, tests=hepatitis_c.TESTS, groups=hepatitis_c.DRUGS),
        "hiv": Reads(conditions=hiv.CONDITIONS, tests=hiv.TESTS, groups=hiv.DRUGS),
        "pregnancy": Reads(conditions=pregnancy.CONDITIONS, tests=pregnancy.TESTS, procedures=pregnancy.PROCEDURES),
    }
)


def reads(rule: Rule) -> Reads:
    """Everything that the rule's clauses look for."""
    clauses = (*rule.finding, *rule.question, *rule.note, *(addition.clause for addition in rule.additions))
    parts = [part for clause in clauses for each in _within(clause) for part in _of(each)]
    return Reads(*(frozenset().union(*each) for each in zip(*parts, strict=True))) if parts else Reads()


def sets_read(
    read: Reads, sets: Iterable[CodeSet], groups: Mapping[str, frozenset[str]] = MappingProxyType({})
) -> tuple[CodeSet, ...]:
    """The code lists behind what a rule reads; with `groups`, the classes in a group that it reads, too."""
    named = {
        Kind.CONDITION: read.conditions,
        Kind.OBSERVATION: read.tests,
        Kind.GROUP: read.groups,
        Kind.MEDICINE: read.classes.union(each for each, of in groups.items() if of & read.groups),
        Kind.PROCEDURE: read.procedures,
        Kind.IMMUNIZATION: read.vaccines,
    }
    return tuple(each for each in sets if _test(each) in named.get(each.kind, ()))


def _test(code_set: CodeSet) -> str:
    """A test is one, however it is measured."""
    return code_set.concept.removesuffix("-quantitative").removesuffix("-log")


def _within(clause: Clause) -> Iterator[Clause]:
    """The clause, and those that bound it."""
    yield clause
    for other in (*clause.bounds.together, *clause.bounds.without):
        yield from _within(other)


def _of(clause: Clause) -> Iterator[Reads]:
    match clause:
        case ConditionClause():
            yield Reads(conditions=clause.concepts)
            for result in (*clause.unless, *clause.past_unless):
                yield Reads(tests=result.tests)
        case ResultClause():
            yield Reads(tests=clause.tests)
        case MedicineClause():
            yield Reads(groups=clause.groups, classes=clause.classes)
        case ProcedureClause():
            yield Reads(procedures=clause.concepts)
        case ReadingClause():
            yield READINGS[clause.name]
        case AgeClause():
            return
        case _:
            assert_never(clause)
