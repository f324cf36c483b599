"""The same chart under two choices of packs, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from service.core.packs import Pack, Rule
from service.core.screening import Finding, OpenQuestion, Screening, Target

Said = Finding | OpenQuestion
Key = tuple[str, Target | None, bool]


class Row(NamedTuple):
    """What each side says of one rule at one target, and where the rule comes from."""

    title: str
    target: str
    said: tuple[str, ...]
    differs: bool
    pack: str
    source: str


def compare(screenings: Sequence[Screening], packs: Sequence[Pack]) -> tuple[Row, ...]:
    """A row for every rule that any side speaks of. `packs`: all packs of all sides."""
    told = [{_key(each): each for each in _said_of(one)} for one in screenings]
    keys = dict.fromkeys(key for one in told for key in one)
    return tuple(_rows(list(keys), told, packs))


def _said_of(screening: Screening) -> list[Said]:
    return [*screening.findings, *screening.questions]


def _key(one: Said) -> Key:
    return one.rule, one.target, isinstance(one, Finding)


def _rows(keys: Sequence[Key], told: Sequence[dict[Key, Said]], packs: Sequence[Pack]) -> Iterator[Row]:
    for key in keys:
        said = tuple(_said(one.get(key)) for one in told)
        one = next(one[key] for one in told if key in one)
        pack, rule = _origin(one.rule, packs)
        yield Row(
            title=one.title or one.rule,
            target=one.target.name if one.target else "",
            said=said,
            differs=len(set(said)) > 1,
            pack=f"{pack.title}, {pack.version}" if pack else "",
            source=rule.guidance if rule else "",
        )


def _said(one: Said | None) -> str:
    match one:
        case None:
            return ""
        case Finding():
            return one.category.code
        case OpenQuestion():
            return f"question up to {one.ceiling.code}"


def _origin(rule_id: str, packs: Sequence[Pack]) -> tuple[Pack | None, Rule | None]:
    """The last pack that has the rule: it is the one that adds or changes it."""
    for pack in reversed(packs):
        for rule in pack.rules:
            if rule.id == rule_id:
                return pack, rule
        if rule_id in pack.chart_rules:
            return pack, None
    return None, None
