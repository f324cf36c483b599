"""What rules are called."""

from __future__ import annotations

from collections.abc import Iterable

from service.core.packs import Pack


def rule_titles(packs: Iterable[Pack]) -> dict[str, str]:
    """Rule → its title, in the order of the packs; the first pack that has a rule names it."""
    titles: dict[str, str] = {}
    for pack in packs:
        for rule in pack.rules:
            titles.setdefault(rule.id, rule.title)
        for chart_rule in pack.chart_rules.values():
            titles.setdefault(chart_rule.id, chart_rule.title)
    return titles
