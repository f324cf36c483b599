"""A pack that is another pack with changes: `based-on` names it, `changes` says what is different, rule by rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from service.knowledge.yaml_lines import Lined

# What a pack says of itself, and never takes from another.
_OWN: Final = ("pack", "version", "title", "date", "author", "next-review", "kind", "sources", "based-on")


def derived(top: Lined, tops: Sequence[Lined]) -> Lined:
    """The pack with all that it takes over; `tops` are the packs as written. Raises MappingError with file and line."""
    name = top.get("based-on")
    if name is None:
        return top
    top.only(*_OWN, "changes")
    base = next((other for other in tops if other.get("pack") == name), None)
    if base is None or "based-on" in base:
        raise top.fault(f"based-on {name!r} is no pack that stands alone")
    changes = top.get_as("changes", Lined)
    rules = [rule for rule in base.get_as("rules", list) if isinstance(rule, Lined)]
    unknown = sorted(changes.keys() - {str(rule.get("rule")) for rule in rules})
    if unknown:
        raise changes.fault(f"{name} has no rule {', '.join(unknown)}")
    made = _over(base, {key: top[key] for key in _OWN if key in top}, top)
    made["rules"] = [_changed(rule, changes) for rule in rules]
    return made


def _changed(rule: Lined, changes: Lined) -> Lined:
    change = changes.get(str(rule.get("rule")))
    if change is None:
        return rule
    if not isinstance(change, Lined):
        raise changes.fault(f"the changes of {rule.get('rule')!r} must be a mapping")
    return _over(rule, change, change)


def _over(base: Lined, changes: dict[str, object], where: Lined) -> Lined:
    made = Lined({**base, **changes})
    made.file, made.line = where.file, where.line
    return made
