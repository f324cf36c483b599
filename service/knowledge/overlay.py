"""One change of a site's policy, laid over a pack as its owner wrote it. The pack's own mappings are never touched."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from service.core.packs import CATEGORY_FIELDS, SWITCHED_OFF
from service.knowledge.packs import CATEGORIES, COUNTED, number_and_unit
from service.knowledge.sentences import PLACES, fault_of, places
from service.knowledge.yaml_lines import Lined

WHO_AND_WHY: Final = ("author", "date", "reason")
_AT_SITE: Final = "contraindicated-at-site"
_RULE_TEXTS: Final = ("title", "guidance", "harm", "say", "ends-when", "found", "together")
_KEYED: Final = ("questions", "notes")
_CHART_TEXTS: Final = ("title", "harm", "because", "ask")
_RULE_WORDS: Final = ("rule", "pack", *WHO_AND_WHY, SWITCHED_OFF, "category", *_RULE_TEXTS, *_KEYED)
_CHART_WORDS: Final = ("rule", "pack", *WHO_AND_WHY, *CATEGORY_FIELDS, *_CHART_TEXTS)
_PARAMETER_WORDS: Final = ("parameter", "pack", *WHO_AND_WHY, "value")


class Edit(NamedTuple):
    """What one field was and is."""

    field: str  # a word of the rule, a text by its key, "value" of a parameter, or a row of its table
    before: str
    after: str


class Laid(NamedTuple):
    """A pack with one change laid over it."""

    top: Lined
    edits: tuple[Edit, ...]


def lay_change(top: Lined, change: Lined) -> Laid | None:
    """The pack with the change over it (without edits, where it says so already); None where it has no such part.

    Raises:
        MappingError: at the change, where it can't be laid over this pack.
    """
    if "parameter" in change:
        return _lay_parameter(top, change)
    for section, words in (("rules", _RULE_WORDS), ("chart-rules", _CHART_WORDS)):
        rules = top.get_as(section, list, [])
        for place, rule in enumerate(rules):
            if rule["rule"] == change["rule"]:
                if section == "chart-rules" and SWITCHED_OFF in change:
                    raise change.fault("a rule about the chart itself can't be switched off: missing is never none")
                change.only(*words)
                laid, edits = _lay_rule(rule, change)
                return Laid(with_value(top, section, [*rules[:place], laid, *rules[place + 1 :]]), edits)
    return None


def with_value(of: Lined, key: str, value: object) -> Lined:
    """A copy of a mapping with one value changed."""
    return _copy(of, of, {key: value})


def near(name: object, known: Iterable[str]) -> str:
    """A hint at the name that was probably meant."""
    close = difflib.get_close_matches(str(name), known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _copy(of: Lined, where: Lined, values: Mapping[str, object]) -> Lined:
    """A copy with other values, whose faults are told where these came from."""
    made = Lined({**of, **values})
    made.file, made.line = where.file, where.line
    return made


def _lay_rule(rule: Lined, change: Lined) -> tuple[Lined, tuple[Edit, ...]]:
    if SWITCHED_OFF in change:
        return _switch_off(rule, change)
    values: dict[str, object] = {}
    edits: list[Edit] = []
    for field in CATEGORY_FIELDS:
        if field in change:
            values |= _category(rule, change, field)
            edits.append(Edit(field, str(rule.get(field, rule["category"])), str(values[field])))
    for field in dict.fromkeys((*_RULE_TEXTS, *_CHART_TEXTS)):
        if field in change:
            before = str(rule.get(field, ""))
            allowed = places(before) if field == "because" else PLACES.get(field, frozenset())
            values[field] = _text(change, field, change[field], allowed)
            edits.append(Edit(field, before, str(values[field])))
    for field in _KEYED:
        if field in change:
            values[field], more = _lay_keyed(rule, change, field)
            edits += more
    return _copy(rule, change, values), tuple(edit for edit in edits if edit.before != edit.after)


def _switch_off(rule: Lined, change: Lined) -> tuple[Lined, tuple[Edit, ...]]:
    if change[SWITCHED_OFF] is not True:
        raise change.fault("'switched-off' must be true; a rule that is in use needs no line")
    if set(change) - {"rule", "pack", *WHO_AND_WHY, SWITCHED_OFF}:
        raise change.fault("a rule that is switched off can't be changed as well")
    return rule, (Edit(SWITCHED_OFF, "in use", "switched off"),)


def _category(rule: Lined, change: Lined, field: str) -> dict[str, object]:
    code = change[field]
    if code not in CATEGORIES:
        raise change.fault(f"{code!r} is no {field}; known: {', '.join(CATEGORIES)}{near(code, CATEGORIES)}")
    if code == _AT_SITE and not _is_at_site(rule):
        raise change.fault(f"rule {rule['rule']!r} is not judged at the site, so it can't be {_AT_SITE}")
    return {field: code, **_without_own(rule)} if field == "category" else {field: code}


def _without_own(rule: Lined) -> dict[str, object]:
    """The clauses that have a category of their own, without it: the site's is for the rule as a whole."""
    sections = {section: rule[section] for section in ("finding", "question") if isinstance(rule.get(section), list)}
    return {
        section: [_plain(clause) if "category" in clause else clause for clause in clauses]
        for section, clauses in sections.items()
        if isinstance(clauses, list) and any("category" in clause for clause in clauses)
    }


def _plain(clause: Lined) -> Lined:
    made = Lined({key: value for key, value in clause.items() if key != "category"})
    made.file, made.line = clause.file, clause.line
    return made


def _is_at_site(rule: Lined) -> bool:
    """Whether the rule, or a clause of it, goes by places."""
    clauses = [clause for section in ("finding", "question") for clause in rule.get_as(section, list, [])]
    return "at" in rule or any("at" in clause or "targets" in clause for clause in clauses)


def _lay_keyed(rule: Lined, change: Lined, field: str) -> tuple[Lined, list[Edit]]:
    """Texts by their key: the pack's, but for those that the change names."""
    held, given = rule.get_as(field, Lined, Lined()), change.get_as(field, Lined)
    laid: dict[str, object] = {}
    edits: list[Edit] = []
    for key, text in given.items():
        if key not in held:
            raise given.fault(f"rule {rule['rule']!r} has no text {key!r} under {field}{near(key, held)}")
        name = f"{field}.{key}"
        if field == "notes":
            laid[key] = _text(given, name, text, PLACES["notes"])
            edits.append(Edit(name, str(held[key]), str(laid[key])))
            continue
        before = held.get_as(key, Lined)
        parts = given.get_as(key, Lined)
        parts.only("because", "ask")
        allowed = {"because": PLACES["because"], "ask": frozenset[str]()}
        told = {part: _text(parts, f"{name}.{part}", said, allowed[part]) for part, said in parts.items()}
        laid[key] = _copy(before, parts, told)
        edits += [Edit(f"{name}.{part}", str(before[part]), said) for part, said in told.items()]
    return _copy(held, given, laid), edits


def _text(where: Lined, field: str, text: object, allowed: frozenset[str]) -> str:
    fault = fault_of(text, allowed)
    if fault:
        raise where.fault(f"{field!r} {fault}")
    return " ".join(str(text).split())


def _lay_parameter(top: Lined, change: Lined) -> Laid | None:
    parameters = top.get_as("parameters", Lined, Lined())
    name = change["parameter"]
    held = parameters.get(str(name))
    if not isinstance(held, Lined):
        return None
    change.only(*_PARAMETER_WORDS)
    before, given = held["value"], change.get("value")
    after = _fitting(change, f"parameter {name!r}", before, given)
    why = f"{held['why']} Changed at this site ({change['author']}, {change['date']}): {change['reason']}"
    laid = _copy(held, change, {"value": after, "why": why, "editorial": True})
    rows = {"value": (before, given)}
    if isinstance(given, Lined) and isinstance(before, Lined):
        rows = {key: (before[key], value) for key, value in given.items()}
    edits = tuple(Edit(field, _shown(was), _shown(value)) for field, (was, value) in rows.items() if was != value)
    return Laid(with_value(top, "parameters", with_value(parameters, str(name), laid)), edits)


def _fitting(change: Lined, name: str, before: object, given: object) -> object:
    """The new value, of the same kind as the old; of a table, just the rows that are named are new."""
    if isinstance(before, Lined):
        if not isinstance(given, Lined) or not given:
            raise change.fault(f"{name} is a table: give the rows that change as a mapping")
        for key in given:
            if key not in before:
                raise given.fault(f"{name} has no row {key!r}{near(key, before)}")
        return _copy(before, given, {key: _fitting(given, name, before[key], value) for key, value in given.items()})
    if isinstance(before, list):
        kind, words = (Lined, "mappings") if isinstance(before[0], Lined) else (str, "names")
        if not isinstance(given, list) or not given or not all(isinstance(item, kind) for item in given):
            raise change.fault(f"{name} is a list of {words}: give the whole list")
        return given
    _, unit = number_and_unit(change, before)
    if isinstance(given, Lined | list | bool) or given is None:
        raise change.fault(f"{name} must be a number with its unit, such as {before}")
    number, own = number_and_unit(change, given)
    if unit in COUNTED and (own != unit or number != int(number)):
        raise change.fault(f"{name} must be a whole number of {unit}, such as {before}; {given!r} is not")
    return given


def _shown(value: object) -> str:
    match value:
        case Mapping():
            return ", ".join(f"{key} {_shown(item)}" for key, item in value.items())
        case list():
            return "; ".join(map(_shown, value))
        case _:
            return str(value)
