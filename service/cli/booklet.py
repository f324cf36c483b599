"""A rule pack as a booklet in HTML, for a committee to read, print and sign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from service import __version__
from service.core.clause_words import GRADE_WORDS, clause_in_words
from service.core.code_groups import CodeGroup, code_groups
from service.core.code_sets import CodeSet, Lists
from service.core.dates import Span
from service.core.judge.reads import reads, sets_read
from service.core.packs import Change, ChartRule, Pack, Rule
from service.core.parameters import written
from service.knowledge.cases import RuleCase, load_cases
from service.knowledge.code_sets import load_lists

_PARTS: Final = {"findings": "found", "questions": "asked about", "notes": "noted"}


class Listed(NamedTuple):
    """A code list of a rule."""

    set: CodeSet
    groups: tuple[CodeGroup, ...]


class Chapter(NamedTuple):
    """One rule as the booklet shows it."""

    rule: Rule
    grade: str
    off: bool
    sections: tuple[tuple[str, tuple[str, ...]], ...]  # heading, clauses in words
    lists: tuple[Listed, ...]
    cases: tuple[RuleCase, ...]
    changes: tuple[Change, ...]  # of this site's policy


class Part(NamedTuple):
    """One pack."""

    pack: Pack
    chapters: tuple[Chapter, ...]
    chart_rules: tuple[ChartRule, ...]
    parameters: bool  # shown with the pack, not where only one rule is


def templates() -> Environment:
    """The templates of this folder; everything put into them is escaped."""
    return Environment(
        loader=PackageLoader("service.cli"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def booklet(packs: Sequence[Pack], name: str | None, today: Span) -> str:
    """All of these packs, or of each the one rule that was named."""
    lists, cases = load_lists(), load_cases()
    parts = tuple(_part(pack, name, lists, cases) for pack in packs)
    return (
        templates()
        .get_template("booklet.html")
        .render(
            parts=parts,
            printed=str(today),
            software_version=__version__,
            lists_version=lists.version,
            notices=_notices(parts, lists),
            case_words=_PARTS,
            written=written,
            has_cases=bool(cases),
        )
    )


def _part(pack: Pack, name: str | None, lists: Lists, cases: Mapping[str, tuple[RuleCase, ...]]) -> Part:
    whole = name in (None, pack.id)
    return Part(
        pack=pack,
        chapters=tuple(_chapter(pack, rule, lists, cases) for rule in pack.rules if whole or rule.id == name),
        chart_rules=tuple(rule for rule in pack.chart_rules.values() if whole or rule.id == name),
        parameters=whole,
    )


def _chapter(pack: Pack, rule: Rule, lists: Lists, cases: Mapping[str, tuple[RuleCase, ...]]) -> Chapter:
    sections = (("Established where", rule.finding), ("Asked about where", rule.question), ("Noted where", rule.note))
    return Chapter(
        rule=rule,
        grade=", ".join(f"{grade}: {GRADE_WORDS[grade]}" for grade in rule.grade),
        off=rule.id in pack.switched_off,
        sections=tuple((title, tuple(map(clause_in_words, clauses))) for title, clauses in sections if clauses),
        lists=tuple(Listed(each, code_groups(each)) for each in sets_read(reads(rule), lists.sets)),
        cases=tuple(case for case in cases.get(rule.id, ()) if pack.id in (case.packs or ("default",))),
        changes=tuple(change for change in (pack.policy.changes if pack.policy else ()) if change.name == rule.id),
    )


def _notices(parts: Sequence[Part], lists: Lists) -> tuple[str, ...]:
    """Whose the codes are that the booklet shows."""
    systems = sorted(set(_systems(parts)))
    return tuple(lists.notices[system] for system in systems if system in lists.notices)


def _systems(parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        for chapter in part.chapters:
            for listed in chapter.lists:
                yield from (group.system for group in listed.groups)
