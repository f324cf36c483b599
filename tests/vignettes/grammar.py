"""Vignettes: charts as a clinician would tell them, read strictly.

An entry is a name and, after commas, what is said of it: `Hepatitis B, active, verification refuted`.
A name or text that holds commas stands in “typographic quotes”. Every word has to be known: what the
grammar does not know stops the runner, since a misspelt word would make a test say less in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final, NoReturn, cast

import yaml

LIST_STATES: Final = frozenset({"none known", "no information", "not sent", "empty", "failed", "incomplete"})
DIALECTS: Final = ("snomed", "icd", "words", "r5", "ips")
HEADLINES: Final = (
    "no-known-contraindication",
    "precaution",
    "insufficient-data",
    "contraindicated-at-site",
    "contraindicated",
)
CATEGORIES: Final = ("precaution", "contraindicated-at-site", "contraindicated")

# Per kind of entry: words that stand alone, words that take a value, words that take a date.
# The first of a group of statuses that an entry may leave out is marked by `_DEFAULTS`.
_CODED: Final = frozenset({"text only", "about another patient", "unknown modifier"})
_CODED_VALUES: Final = frozenset({"words", "code"})
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
    "order": frozenset({"bodySite", "note"}),
}
_DATES: Final[Mapping[str, frozenset[str]]] = {
    "condition": frozenset({"onset", "recorded", "abatement"}),
    "statement": frozenset({"from", "until", "effective", "asserted"}),
    "request": frozenset({"authored", "from", "until", "valid until"}),
    "observation": frozenset({"effective"}),
    "procedure": frozenset({"performed"}),
    "immunization": frozenset({"occurrence"}),
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
_DATE: Final = re.compile(r"\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2}))?)?)?")
_AGO: Final = re.compile(r"(?:(\d+) days ago|in (\d+) days)")
_PATIENT: Final = re.compile(r"(?:(\d+)(?: (months))?|age unknown) (male|female|other|unknown|sex-not-recorded)")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """The subject, in words. `born` is empty where the age is unknown."""

    sex: str
    born: str
    birth_sex: str = ""
    sex_parameter: str = ""
    deceased: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """A finding or question: the rule, its category or ceiling, and the target where it matters."""

    rule: str
    category: str
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """What the rules say of the chart. Findings and questions are complete; the rest has to be among it."""

    headline: str
    findings: frozenset[Expected]
    questions: frozenset[Expected]
    targets: Mapping[str, str] = field(default_factory=dict)  # a target's own headline
    notes: tuple[str, ...] = ()  # a rule that has a note, or words of a note
    set_aside: tuple[str, ...] = ()
    not_matched: tuple[str, ...] = ()
    not_received: tuple[str, ...] = ()
    hazards: tuple[str, ...] = ()
    says: tuple[str, ...] = ()  # words of a finding or question
    must_not: tuple[str, ...] = ()  # words that no finding or question may hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Vignette:
    """A chart, a question, and the answer the rules give."""

    title: str
    section: str
    as_of: str
    patient: Patient
    targets: tuple[str, ...]
    as_ordered: bool  # the targets are those of the orders in the chart
    lists: Mapping[str, str]  # problems, medicines → a list state; absent where entries speak for themselves
    packs: tuple[str, ...]
    chart: tuple[Said, ...]
    then: Then
    dialects: tuple[str, ...]

    @property
    def day(self) -> date:
        """The calendar day of as-of."""
        return date.fromisoformat(self.as_of[:10])


def read_vignettes(path: Path) -> tuple[Vignette, ...]:
    """Every vignette of a file, in order."""
    sheet = yaml.safe_load(path.read_text(encoding="utf-8"))
    where = path.name
    _only(sheet, {"section", "as-of", "given", "vignettes"}, where)
    if not sheet.get("vignettes"):
        _stop(where, "holds no vignette")
    section = str(_need(sheet, "section", where))
    common = {"as-of": sheet.get("as-of"), "given": sheet.get("given", {})}
    told = tuple(read_vignette(raw, section=section, common=common) for raw in sheet["vignettes"])
    titles = [vignette.title for vignette in told]
    if twice := {title for title in titles if titles.count(title) > 1}:
        _stop(where, f"titles stand twice: {sorted(twice)}")
    return told


def read_vignette(raw: Mapping[str, object], *, section: str, common: Mapping[str, object]) -> Vignette:
    """One vignette; `common` is what its file says for all of them."""
    title = str(_need(raw, "vignette", section))
    _only(raw, {"vignette", "as-of", "given", "chart", "then", "dialects", "packs", "why"}, title)
    as_of = str(raw.get("as-of") or common.get("as-of") or _stop(title, "says no as-of"))
    if not _DATE.fullmatch(as_of):
        _stop(title, f"as-of {as_of} is no date")
    day = date.fromisoformat(as_of[:10])
    chart = tuple(_entry(entry, title, day) for entry in _items(raw, "chart"))
    given = {**_mapping(common, "given"), **_mapping(raw, "given")}
    _only(given, {"patient", "target", "targets", "problems", "medicines"}, title)
    targets, as_ordered = _targets(given, title)
    dialects = tuple(map(str, _items(raw, "dialects"))) or DIALECTS
    if unknown := set(dialects) - set(DIALECTS):
        _stop(title, f"knows no dialect {sorted(unknown)}")
    return Vignette(
        title=title,
        section=section,
        as_of=as_of,
        patient=_patient(str(_need(given, "patient", title)), title, day),
        targets=targets,
        as_ordered=as_ordered,
        lists=_lists(given, _mapping(raw, "given"), chart, title),
        packs=tuple(map(str, _items(raw, "packs"))) or ("default",),
        chart=chart,
        then=_then(raw, title),
        dialects=dialects,
    )


def on_day(written: str, day: date) -> str:
    """A date as FHIR has it; "3 days ago" is counted from as-of."""
    relative = _AGO.fullmatch(written)
    if relative is None:
        return written
    ago, ahead = relative.groups()
    return (day - timedelta(days=int(ago)) if ago else day + timedelta(days=int(ahead))).isoformat()


def _targets(given: Mapping[str, object], title: str) -> tuple[tuple[str, ...], bool]:
    if "targets" in given and "target" in given:
        given = {key: value for key, value in given.items() if key != "target"}
    if "targets" in given:
        return tuple(map(str, _items(given, "targets"))), False
    target = str(given.get("target") or _stop(title, "says no target (`target: none` is an answer)"))
    if target == "as ordered":
        return (), True
    return (() if target == "none" else (target,)), False


def _lists(
    given: Mapping[str, object], own: Mapping[str, object], chart: Iterable[Said], title: str
) -> Mapping[str, str]:
    kinds = {said.kind for said in chart if "about another patient" not in said.alone}
    lists: dict[str, str] = {}
    for name, speak in (("problems", {"condition"}), ("medicines", {"statement", "request"})):
        state = given.get(name)
        if state is not None and state not in LIST_STATES:
            _stop(title, f"{name}: {state} is no state of a list")
        if state is None and not speak & kinds:
            _stop(title, f"does not say whether {name} were sent")
        # What the file says for all its vignettes gives way to entries of the kind; what the vignette
        # says itself stands beside them ("no known problems" and yet a problem).
        if state is not None and (name in own or not speak & kinds):
            lists[name] = str(state)
    return lists


def _patient(words: str, title: str, day: date) -> Patient:
    first, *more = [part.strip() for part in words.split(",")]
    read = _PATIENT.fullmatch(first) or _stop(title, f"patient {first} is not understood")
    age, months, sex = read.groups()
    born = "" if age is None else _born(int(age), months=bool(months), day=day)
    said: dict[str, str] = {}
    for part in more:
        word, _, value = part.rpartition(" ")
        if word not in {"birth sex", "sex parameter", "deceased", "born"} or not value:
            _stop(title, f"patient: {part} is not understood")
        said[word] = value
    return Patient(
        sex=sex,
        born=said.get("born", born),
        birth_sex=said.get("birth sex", ""),
        sex_parameter=said.get("sex parameter", ""),
        deceased=said.get("deceased", ""),
    )


def _born(age: int, *, months: bool, day: date) -> str:
    """A birth date that makes the patient this old: a birthday forty days ago, or months begun on the first."""
    if months:
        whole = day.year * 12 + day.month - 1 - age
        return date(whole // 12, whole % 12 + 1, 1).isoformat()
    near = day - timedelta(days=40)
    return date(near.year - age, near.month, min(near.day, 28)).isoformat()


def _entry(raw: object, title: str, day: date) -> Said:
    if not isinstance(raw, Mapping) or len(raw) != 1:
        _stop(title, f"an entry is one `kind: words` line, not {raw!r}")
    kind, words = next(iter(raw.items()))
    if kind not in STATUSES:
        _stop(title, f"knows no entry {kind}")
    name, *parts = _parts(str(words))
    value = ""
    if kind == "observation":
        name, equals, value = (part.strip() for part in name.partition("="))
        if not equals:
            _stop(title, f"observation {name} says no value (`= nothing` is one)")
    said = [_word(kind, part, title) for part in parts]
    alone = [word for word, argument in said if not argument]
    statuses = [word for word in alone if word in STATUSES[kind]]
    if len(statuses) > 1:
        _stop(title, f"{kind} {name} has two statuses")
    if not statuses and kind not in _DEFAULTS:
        _stop(title, f"{kind} {name} says no status")
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
            _stop(title, f"{word} is said twice of one {kind}")
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
                _stop(title, f"{word} {argument} is not known")
            return word, argument
    return _stop(title, f"{kind}: “{part}” is not understood")


def _date(written: str, title: str, day: date) -> str:
    found = on_day(written, day)
    if not _DATE.fullmatch(found):
        _stop(title, f"{written} is no date")
    return found


def _then(raw: Mapping[str, object], title: str) -> Then:
    then = _mapping(raw, "then")
    if not then:
        _stop(title, "has no `then`: a vignette without an expectation proves nothing")
    lists = {"notes", "set-aside", "not-matched", "not-received", "hazards", "says", "must-not"}
    _only(then, {"headline", "findings", "questions", "targets"} | lists, title)
    headline = str(_need(then, "headline", title))
    targets = {str(name): str(own) for name, own in _mapping(then, "targets").items()}
    if strange := {headline, *targets.values()} - set(HEADLINES):
        _stop(title, f"knows no headline {sorted(strange)}")
    for part in ("findings", "questions"):
        if part not in then:
            _stop(title, f"says no {part} (`[]` is an answer)")
    words = {name.replace("-", "_"): tuple(map(str, _items(then, name))) for name in lists}
    return Then(
        headline=headline,
        findings=_expected(then, "findings", title),
        questions=_expected(then, "questions", title),
        targets=targets,
        **words,
    )


def _expected(then: Mapping[str, object], part: str, title: str) -> frozenset[Expected]:
    found: set[Expected] = set()
    for line in map(str, _items(then, part)):
        said, _, target = (piece.strip() for piece in line.partition("@"))
        rule, _, category = said.partition(" ")
        if category not in CATEGORIES:
            _stop(title, f"{part}: {line} names no category")
        found.add(Expected(rule, category, target))
    return frozenset(found)


def _items(raw: Mapping[str, object], key: str) -> list[object]:
    items = raw.get(key) or []
    return items if isinstance(items, list) else [items]


def _mapping(raw: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = raw.get(key) or {}
    return cast("Mapping[str, object]", found)


def _need(raw: Mapping[str, object], key: str, where: str) -> object:
    return raw.get(key) or _stop(where, f"says no {key}")


def _only(raw: Mapping[str, object], known: set[str], where: str) -> None:
    if strange := set(raw) - known:
        _stop(where, f"holds unknown words: {sorted(strange)}")


def _stop(where: str, what: str) -> NoReturn:
    raise NotUnderstood(f"{where}: {what}")
