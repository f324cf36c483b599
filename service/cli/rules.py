"""`needlewise rules`: rule packs and rules, as their owners wrote them."""

from __future__ import annotations

import argparse
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from service.cli.booklet import booklet
from service.cli.loading import load_screener
from service.cli.pack_differences import pack_differences
from service.cli.refusal import CommandError
from service.cli.settings import effective_settings
from service.cli.site import site_lines
from service.core.clause_words import GRADE_WORDS, clause_in_words
from service.core.packs import (
    ChartRule,
    Pack,
    Parameter,
    Rule,
)
from service.core.parameters import written
from service.pipeline import read_clock

_WIDEST: Final = 100
_LABEL: Final = 15  # width of "Could happen:  "


def run(asked: argparse.Namespace) -> int:
    """Print all packs, or the one pack or rule that was named."""
    screener = load_screener(effective_settings())
    packs = tuple(screener.packs.values())
    if asked.diff:
        lines = pack_differences(screener, *asked.diff, html=asked.format == "html")
    elif asked.site:
        lines = site_lines(packs)
    elif asked.format == "html":
        lines = iter([booklet(_chosen(packs, asked.name), asked.name, read_clock())])
    else:
        lines = _lines(packs, asked.name)
    for line in lines:
        print(line)
    return 0


def _chosen(packs: Sequence[Pack], name: str | None) -> Sequence[Pack]:
    """The pack of this name, else those that have a rule of this name; all, where none is given."""
    chosen = [pack for pack in packs if name in (None, pack.id)]
    chosen = chosen or [pack for pack in packs if name in {rule.id for rule in _rules(pack)}]
    if not chosen:
        raise CommandError(_unknown(packs))
    return chosen


def _lines(packs: Sequence[Pack], name: str | None) -> Iterator[str]:
    if name is None:
        for pack in packs:
            yield from _overview(pack)
        return
    named = [pack for pack in packs if pack.id == name]
    rules = [(pack, rule) for pack in packs for rule in _rules(pack) if rule.id == name]
    if not named and not rules:
        raise CommandError(_unknown(packs))
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


def _unknown(packs: Sequence[Pack]) -> str:
    known = dict.fromkeys(known for pack in packs for known in (pack.id, *(rule.id for rule in _rules(pack))))
    return f"no rule pack and no rule has this name; there are {', '.join(known)}"


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


def _rule(rule: Rule) -> Iterator[str]:
    per_target = "for each target" if rule.site or rule.per_target else "once, for the whole patient"
    if rule.founding:
        yield from _labelled("Founding text", rule.founding)
    if rule.grade:
        yield from _labelled("Evidence", ", ".join(f"{grade} ({GRADE_WORDS[grade]})" for grade in rule.grade))
    yield from _labelled("Guidance", rule.guidance)
    yield from _labelled("Judged", per_target)
    yield from _labelled("Could happen", rule.harm)
    yield from _labelled("Says", rule.say)
    yield from _labelled("Ends when", rule.ends_when)
    for addition in rule.additions:
        yield from _labelled("Adds", f"{addition.say} (where {clause_in_words(addition.clause)})")
    sections = (("Finding, where", rule.finding), ("Question, where", rule.question), ("Note, where", rule.note))
    for title, clauses in sections:
        yield from _list(title, [clause_in_words(clause) for clause in clauses])
    yield from _list("Questions", [f"{key}: {text.because} {text.ask}" for key, text in rule.texts.items()])
    yield from _list("Notes", [f"{key}: {text}" for key, text in rule.remarks.items()])


def _chart_rule(rule: ChartRule) -> Iterator[str]:
    yield from _labelled("Could happen", rule.harm)
    yield from _labelled("Because", rule.because)
    yield from _labelled("Ask", rule.ask)


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
