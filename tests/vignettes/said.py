"""One entry of a chart in words, read strictly.

An entry is a name and, after commas, what is said of it: `Hepatitis B, active, verification refuted`.
A name or text that holds commas stands in “typographic quotes”. Every word has to be known: what the
grammar does not know stops the runner, since a misspelt word would make a test say less in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, NoReturn

# Per kind of entry: words that stand alone, words that take a value, words that take a date.
# The first of a group of statuses that an entry may leave out is marked by `_DEFAULTS`.
_CODED: Final = frozenset({"text only", "about another patient", "unknown modifier"})
_CODED_VALUES: Final = frozenset({"words", "code", "labelled"})
_CLINICAL: Final = frozenset(
    {"active", "inactive", "remission", "resolved", "recurrence", "relapse", "status absent", "status unknown"}
)
_STATEMENT: Final = frozenset(
    {"active", "on-hold", "stopped", "completed", "intended", "not-taken", "entered-in-error"}
    | {"status absent", "status unknown", "recorded only"}
)
_REQUEST: Final = frozenset(
    {"active", "on-hold", "stopped", "completed", "cancelled", "draft", "entered-in-error"}
    | {"status absent", "status unknown"}
)
_RESULT: Final = frozenset(
    {"final", "amended", "corrected", "preliminary", "registered", "cancelled", "entered-in-error"}
    | {"status absent", "status unknown"}
)
_EVENT: Final = frozenset({"completed", "not-done", "entered-in-error", "in-progress", "status unknown"})
_ORDER: Final = frozenset({"active", "draft", "on-hold", "completed", "revoked", "entered-in-error", "status unknown"})
STATUSES: Final[Mapping[str, frozenset[str]]] = {
    "condition": _CLINICAL,
    "statement": _STATEMENT,
    "request": _REQUEST,
    "observation": _RESULT,
    "procedure": _EVENT,
    "immunization": _EVENT,
    "allergy": _CLINICAL,
    "order": _ORDER,
}
_DEFAULTS: Final = {"observation": "final", "procedure": "completed", "immunization": "completed", "order": "active"}
_ALONE: Final[Mapping[str, frozenset[str]]] = {
    "condition": frozenset({"abated", "past section"}),
    "request": frozenset({"reported", "doNotPerform"}),
}
_MEDICINE_VALUES: Final = frozenset({"for", "route", "form", "dosage"})
_VALUES: Final[Mapping[str, frozenset[str]]] = {
    "condition": frozenset({"verification", "bodySite", "severity", "stage"}),
    "statement": _MEDICINE_VALUES,
    "request": _MEDICINE_VALUES | {"intent", "supply", "repeats"},
    "observation": frozenset({"flag", "bodySite"}),
    "procedure": frozenset({"bodySite"}),
    "allergy": frozenset({"verification"}),
    "order": frozenset({"bodySite", "note"}),
}
_DATES: Final[Mapping[str, frozenset[str]]] = {
    "condition": frozenset({"onset", "recorded", "abatement"}),
    "statement": frozenset({"from", "until", "effective", "asserted"}),
    "request": frozenset({"authored", "from", "until", "valid until"}),
    "observation": frozenset({"effective"}),
    "procedure": frozenset({"performed"}),
    "immunization": frozenset({"occurrence"}),
    "allergy": frozenset({"onset", "recorded"}),
}
_REPEATED: Final = frozenset({"bodySite"})
_CLOSED: Final[Mapping[str, frozenset[str]]] = {
    "verification": frozenset(
        {"confirmed", "absent", "unconfirmed", "provisional", "differential", "refuted", "entered-in-error"}
    ),
    "intent": frozenset(
        {"order", "original-order", "reflex-order", "filler-order", "instance-order", "plan", "proposal", "option"}
    ),
}
DATE: Final = re.compile(r"\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2}))?)?)?")
_AGO: Final = re.compile(r"(?:(\d+) days ago|in (\d+) days)")


class NotUnderstood(ValueError):  # noqa: N818 - reads as what happened
    """A vignette that the grammar does not know how to read; says where and what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One entry of a chart, in words."""

    kind: str
    name: str
    status: str
    value: str = ""  # observations: what stands after the "="
    alone: frozenset[str] = frozenset()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dates: Mapping[str, str] = field(default_factory=dict)

    def one(self, word: str) -> str:
        """The value said with this word, or nothing."""
        return next(iter(self.values.get(word, ())), "")


def read_entry(raw: object, title: str, day: date) -> Said:
    """The entry behind `kind: words`; relative dates are counted from `day`."""
    if not isinstance(raw, Mapping) or len(raw) != 1:
        stop(title, f"an entry is one `kind: words` line, not {raw!r}")
    kind, words = next(iter(raw.items()))
    if kind not in STATUSES:
        stop(title, f"knows no entry {kind}")
    name, *parts = _parts(str(words))
    value = ""
    if kind == "observation":
        name, equals, value = (part.strip() for part in name.partition("="))
        if not equals:
            stop(title, f"observation {name} says no value (`= nothing` is one)")
    said = [_word(kind, part, title) for part in parts]
    alone = [word for word, argument in said if not argument]
    statuses = [word for word in alone if word in STATUSES[kind]]
    if len(statuses) > 1:
        stop(title, f"{kind} {name} has two statuses")
    if not statuses and kind not in _DEFAULTS:
        stop(title, f"{kind} {name} says no status")
    dates, values = _arguments(kind, said, title, day)
    return Said(
        kind=kind,
        name=name.strip("“”"),
        status=statuses[0] if statuses else _DEFAULTS[kind],
        value=value,
        alone=frozenset(alone) - STATUSES[kind],
        values=values,
        dates=dates,
    )


def _arguments(
    kind: str, said: Iterable[tuple[str, str]], title: str, day: date
) -> tuple[Mapping[str, str], Mapping[str, tuple[str, ...]]]:
    dates: dict[str, str] = {}
    values: dict[str, tuple[str, ...]] = {}
    for word, argument in said:
        if not argument:
            continue
        if word in dates or (word in values and word not in _REPEATED):
            stop(title, f"{word} is said twice of one {kind}")
        if word in _DATES.get(kind, ()):
            dates[word] = _date(argument, title, day)
        else:
            values[word] = (*values.get(word, ()), argument)
    return dates, values


def _parts(words: str) -> list[str]:
    """Split at commas that stand outside of “quotes”."""
    parts, depth, held = [], 0, ""
    for letter in words:
        depth += (letter == "“") - (letter == "”")
        if letter == "," and depth == 0:
            parts.append(held.strip())
            held = ""
        else:
            held += letter
    return [*parts, held.strip()]


def _word(kind: str, part: str, title: str) -> tuple[str, str]:
    if part in STATUSES[kind] or part in _CODED or part in _ALONE.get(kind, ()):
        return part, ""
    taking = _CODED_VALUES | _VALUES.get(kind, frozenset()) | _DATES.get(kind, frozenset())
    for word in sorted(taking, key=len, reverse=True):
        if part.startswith(f"{word} "):
            argument = part.removeprefix(f"{word} ").strip().strip("“”")
            if word in _CLOSED and argument not in _CLOSED[word]:
                stop(title, f"{word} {argument} is not known")
            return word, argument
    return stop(title, f"{kind}: “{part}” is not understood")


def _date(written: str, title: str, day: date) -> str:
    found = on_day(written, day)
    if not DATE.fullmatch(found):
        stop(title, f"{written} is no date")
    return found


def on_day(written: str, day: date) -> str:
    """A date as FHIR has it; "3 days ago" is counted from as-of."""
    relative = _AGO.fullmatch(written)
    if relative is None:
        return written
    ago, ahead = relative.groups()
    return (day - timedelta(days=int(ago)) if ago else day + timedelta(days=int(ahead))).isoformat()


def stop(where: str, what: str) -> NoReturn:
    """Refuse what is not understood, and say where it stands."""
    raise NotUnderstood(f"{where}: {what}")
