"""A rule's clauses in words, as they go on after "where"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, assert_never

from service.core.packs import (
    AgeClause,
    At,
    Clause,
    ConditionClause,
    MedicineClause,
    ProcedureClause,
    ReadingClause,
    ResultClause,
    Stimulation,
)
from service.core.parameters import written_limit

_LYING: Final = {
    At.REGION: "in the target's region",
    At.LIMB: "anywhere in the target's limb, on its side",
    At.ELSEWHERE: "at another place than the target",
    At.NOT_ELSEWHERE: "not at another place than the target",
}
_STIMULATION: Final = {
    Stimulation.ASKED: "with current through the needles",
    Stimulation.SILENT: "where nothing is said of current through the needles",
    Stimulation.NONE: "explicitly without current through the needles",
}
_MARKS: Final = {
    "deep": "that cannot be compressed",
    "pleura": "over or beside the lung",
    "spinal": "over the spinal canal",
}
# Algorithms, in a sentence; the clinical rules have the whole of each.
_READINGS: Final = {
    "pregnancy": "the newest of all dated statements about pregnancy says so and still holds, by its own parameters",
    "hepatitis-b": "serology or viral DNA says so, each test by its newest result; lone antivirals are asked about",
    "hepatitis-c": "the disease is recorded or RNA is detected, unless a cure is proven after treatment",
    "hiv": "a diagnosis or a confirming test says so; screening tests and lone antiretrovirals are asked about",
    "cancer-at-site": "a malignant tumor, primary or secondary, lies where the target lies",
    "cancer-elsewhere": "a malignant tumor lies away from the target, or its place is not known",
    "gestational-diabetes": "gestational diabetes is recorded and the pregnancy is current",
}
GRADE_WORDS: Final = {
    "E": "expert lists",
    "C": "case reports",
    "S": "case series or surveys",
    "T": "controlled studies",
}


def clause_in_words(clause: Clause) -> str:
    """A clause as a sentence goes on after "where", with what narrows it."""
    bounds = clause.bounds
    parts = [_read(clause)]
    if bounds.together:
        parts.append(f"and where {' or '.join(map(_read, bounds.together))}")
    if bounds.without:
        parts.append(f"and not where {' or '.join(map(_read, bounds.without))}")
    if bounds.stimulation:
        parts.append(_any(_STIMULATION[said] for said in bounds.stimulation))
    if bounds.at is not At.PATIENT:
        parts.append(_LYING[bounds.at])
    if bounds.targets:
        parts.append(f"for targets {_any(_MARKS.get(mark, f'in the {mark}') for mark in bounds.targets)}")
    category = f"{bounds.category.code}: " if bounds.category else ""
    says = f". Says: {bounds.say}" if bounds.say else ""
    return category + ", ".join(parts) + says


def _read(clause: Clause) -> str:
    match clause:
        case ConditionClause():
            return _condition(clause)
        case ResultClause():
            return _result(clause)
        case MedicineClause():
            return _medicine(clause)
        case ProcedureClause():
            within = f", within {clause.within} days" if clause.within is not None else ""
            return _with_text([f"{_any(clause.concepts)} was done{within}"], clause.text)
        case AgeClause():
            return _with_text([f"the patient is younger than {clause.below} years"], clause.text)
        case ReadingClause():
            return _READINGS[clause.name]
        case _:
            assert_never(clause)


def _condition(clause: ConditionClause) -> str:
    parts = [f"condition {_any(clause.concepts)}"]
    if clause.meanings:
        parts.append(f"in the meaning {_any(clause.meanings)}")
    if clause.standings:
        parts.append(f"standing {_any(standing.value for standing in clause.standings)}")
    if clause.lifelong:
        parts.append("for life, whatever its status")
    if clause.severities:
        parts.append(f"recorded as {_any(clause.severities)}")
    if clause.within is not None:
        parts.append(f"{'recorded' if clause.since_recorded else 'that happened'} within {clause.within} days")
    if clause.goes_stale is not None:
        parts.append(f"asked about once older than {clause.goes_stale} days")
    parts += [f"unless {_result(result)}" for result in clause.unless]
    parts += [f"past and settled by {_result(result)}" for result in clause.past_unless]
    return _with_text(parts, clause.text or clause.past_text)


def _result(clause: ResultClause) -> str:
    parts = [f"the newest result of {_any(clause.tests)}"]
    if clause.outcome:
        parts.append(f"is {clause.outcome}")
    limits = (("at least", clause.at_least), ("above", clause.above), ("below", clause.below))
    said = [f"{words} {_any(map(written_limit, values))}" for words, values in limits if values]
    if said:
        parts.append(f"is {' and '.join(said)}")
    if clause.cut_offs:
        parts.append(f"{'' if clause.outcome else 'is low '}by the cut-offs of parameter {clause.cut_offs}")
    if clause.within is not None:
        parts.append(f"within {clause.within} days")
    if clause.newer:
        parts.append("and newer than the entry")
    return _with_text([" ".join(parts)], clause.text)


def _medicine(clause: MedicineClause) -> str:
    which = [f"of group {_any(clause.groups)}"] * bool(clause.groups)
    which += [f"of class {_any(clause.classes)}"] * bool(clause.classes)
    parts = [f"a medicine {' or '.join(which)}"]
    if clause.not_classes:
        parts.append(f"but not of class {_any(clause.not_classes)}")
    if clause.longer_than is not None:
        parts.append(f"for more than {clause.longer_than} days")
    if clause.infers:
        parts.append("and nothing in the chart explains it")
    return _with_text(parts, clause.text)


def _any(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))


def _with_text(parts: Sequence[str], key: str) -> str:
    return f"{', '.join(parts)}{f' [{key}]' if key else ''}"
