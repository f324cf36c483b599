"""`needlewise rules`: rule packs and rules, as their owners wrote them."""

from __future__ import annotations

import argparse
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, assert_never

from service.cli.loading import load_screener
from service.cli.refusal import CommandError
from service.cli.settings import effective_settings
from service.cli.site import site_lines
from service.core.packs import (
    AgeClause,
    At,
    ChartRule,
    Clause,
    ConditionClause,
    MedicineClause,
    Pack,
    Parameter,
    ProcedureClause,
    ReadingClause,
    ResultClause,
    Rule,
    Stimulation,
)
from service.core.parameters import written, written_limit

_WIDEST: Final = 100
_LABEL: Final = 15  # width of "Could happen:  "


def run(asked: argparse.Namespace) -> int:
    """Print all packs, or the one pack or rule that was named."""
    packs = tuple(load_screener(effective_settings()).packs.values())
    for line in site_lines(packs) if asked.site else _lines(packs, asked.name):
        print(line)
    return 0


def _lines(packs: Sequence[Pack], name: str | None) -> Iterator[str]:
    if name is None:
        for pack in packs:
            yield from _overview(pack)
        return
    named = [pack for pack in packs if pack.id == name]
    rules = [(pack, rule) for pack in packs for rule in _rules(pack) if rule.id == name]
    if not named and not rules:
        known = dict.fromkeys(known for pack in packs for known in (pack.id, *(rule.id for rule in _rules(pack))))
        raise CommandError(f"no rule pack and no rule has this name; there are {', '.join(known)}")
    for pack in named:
        yield from _overview(pack)
        yield from _parameters(pack.parameters.values())
        for rule in _rules(pack):
            yield ""
            yield f"{rule.title} ({rule.id}): {rule.category.code}"
            yield from _rule(rule) if isinstance(rule, Rule) else _chart_rule(rule)
    for pack, rule in rules:
        yield f"{rule.id}: {rule.title}, {rule.category.code} (rule pack {pack.id} {pack.version})"
        yield from _rule(rule) if isinstance(rule, Rule) else _chart_rule(rule)


def _rules(pack: Pack) -> tuple[Rule | ChartRule, ...]:
    return (*pack.rules, *pack.chart_rules.values())


def _overview(pack: Pack) -> Iterator[str]:
    yield f"{pack.id} {pack.version}: {pack.title} ({pack.date}, {pack.author})"
    for rule in _rules(pack):
        off = "  (switched off)" if rule.id in pack.switched_off else ""
        yield f"  {rule.category.code:<24} {rule.id:<24} {rule.title}{off}"
    for source in pack.sources:
        yield from _wrap(source, first="  Source: ", indent=10)
    yield ""


def _parameters(parameters: Iterable[Parameter]) -> Iterator[str]:
    yield "Parameters (editorial: no source fixes it, the pack's owner may change it)"
    for parameter in parameters:
        editorial = " (editorial)" if parameter.editorial else ""
        yield from _wrap(f"{parameter.name}: {written(parameter)}{editorial}", first="  ", indent=4)
        yield from _wrap(parameter.why, first="    ", indent=4)


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
_GRADES: Final = {
    "E": "expert lists",
    "C": "case reports",
    "S": "case series or surveys",
    "T": "controlled studies",
}


def _rule(rule: Rule) -> Iterator[str]:
    per_target = "for each target" if rule.site or rule.per_target else "once, for the whole patient"
    if rule.founding:
        yield from _labelled("Founding text", rule.founding)
    if rule.grade:
        yield from _labelled("Evidence", ", ".join(f"{grade} ({_GRADES[grade]})" for grade in rule.grade))
    yield from _labelled("Guidance", rule.guidance)
    yield from _labelled("Judged", per_target)
    yield from _labelled("Could happen", rule.harm)
    yield from _labelled("Says", rule.say)
    yield from _labelled("Ends when", rule.ends_when)
    for addition in rule.additions:
        yield from _labelled("Adds", f"{addition.say} (where {_clause(addition.clause)})")
    sections = (("Finding, where", rule.finding), ("Question, where", rule.question), ("Note, where", rule.note))
    for title, clauses in sections:
        yield from _list(title, [_clause(clause) for clause in clauses])
    yield from _list("Questions", [f"{key}: {text.because} {text.ask}" for key, text in rule.texts.items()])
    yield from _list("Notes", [f"{key}: {text}" for key, text in rule.remarks.items()])


def _chart_rule(rule: ChartRule) -> Iterator[str]:
    yield from _labelled("Could happen", rule.harm)
    yield from _labelled("Because", rule.because)
    yield from _labelled("Ask", rule.ask)


def _clause(clause: Clause) -> str:
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
    return category + ", ".join(parts)


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
            return f"the reading {clause.name} says so (mappings/packs/README.md)"
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
    if clause.below:
        parts.append(f"is below {_any(map(written_limit, clause.below))}")
    if clause.at_least:
        parts.append(f"is at least {_any(map(written_limit, clause.at_least))}")
    if clause.above:
        parts.append(f"is above {_any(map(written_limit, clause.above))}")
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


def _list(title: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield f"  {title}"
    for item in items:
        yield from _wrap(item, first="    - ", indent=6)


def _labelled(label: str, text: str) -> Iterator[str]:
    yield from _wrap(text, first=f"  {label + ':':<{_LABEL}}", indent=2 + _LABEL)


def _wrap(text: str, *, first: str, indent: int) -> list[str]:
    return textwrap.wrap(
        text,
        min(shutil.get_terminal_size().columns, _WIDEST),
        initial_indent=first,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
