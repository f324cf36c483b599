"""Vignettes: charts as a clinician would tell them, read strictly. Their entries are read in `said.py`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final, cast

import yaml

from tests.vignettes.said import DATE, Said, read_entry, stop

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

_STIMULATION: Final = {"asked": True, "none": False, "silent": None}
_PATIENT: Final = re.compile(r"(?:(\d+)(?: (months))?|age unknown) (male|female|other|unknown|sex-not-recorded)")


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
    labels: frozenset[str] | None = None  # security labels of the result; complete where they are said


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
    stimulation: bool | None  # what the request says of current through the needles
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
    _only(sheet, {"section", "as-of", "packs", "given", "vignettes"}, where)
    if not sheet.get("vignettes"):
        stop(where, "holds no vignette")
    section = str(_need(sheet, "section", where))
    common = {"as-of": sheet.get("as-of"), "packs": sheet.get("packs"), "given": sheet.get("given", {})}
    told = tuple(read_vignette(raw, section=section, common=common) for raw in sheet["vignettes"])
    titles = [vignette.title for vignette in told]
    if twice := {title for title in titles if titles.count(title) > 1}:
        stop(where, f"titles stand twice: {sorted(twice)}")
    return told


def read_vignette(raw: Mapping[str, object], *, section: str, common: Mapping[str, object]) -> Vignette:
    """One vignette; `common` is what its file says for all of them."""
    title = str(_need(raw, "vignette", section))
    _only(raw, {"vignette", "as-of", "given", "chart", "then", "dialects", "packs", "why"}, title)
    as_of = str(raw.get("as-of") or common.get("as-of") or stop(title, "says no as-of"))
    if not DATE.fullmatch(as_of):
        stop(title, f"as-of {as_of} is no date")
    day = date.fromisoformat(as_of[:10])
    chart = tuple(read_entry(entry, title, day) for entry in _items(raw, "chart"))
    given = {**_mapping(common, "given"), **_mapping(raw, "given")}
    _only(given, {"patient", "target", "targets", "problems", "medicines", "stimulation"}, title)
    targets, as_ordered = _targets(given, title)
    dialects = tuple(map(str, _items(raw, "dialects"))) or DIALECTS
    if unknown := set(dialects) - set(DIALECTS):
        stop(title, f"knows no dialect {sorted(unknown)}")
    return Vignette(
        title=title,
        section=section,
        as_of=as_of,
        patient=_patient(str(_need(given, "patient", title)), title, day),
        targets=targets,
        as_ordered=as_ordered,
        lists=_lists(given, _mapping(raw, "given"), chart, title),
        packs=tuple(map(str, _items(raw, "packs") or _items(common, "packs"))) or ("default",),
        stimulation=_stimulation(given, title),
        chart=chart,
        then=_then(raw, title),
        dialects=dialects,
    )


def _targets(given: Mapping[str, object], title: str) -> tuple[tuple[str, ...], bool]:
    if "targets" in given and "target" in given:
        given = {key: value for key, value in given.items() if key != "target"}
    if "targets" in given:
        return tuple(map(str, _items(given, "targets"))), False
    target = str(given.get("target") or stop(title, "says no target (`target: none` is an answer)"))
    if target == "as ordered":
        return (), True
    return (() if target == "none" else (target,)), False


def _stimulation(given: Mapping[str, object], title: str) -> bool | None:
    said = given.get("stimulation", "silent")
    if said not in _STIMULATION:
        stop(title, f"stimulation {said} is none of {sorted(_STIMULATION)}")
    return _STIMULATION[str(said)]


def _lists(
    given: Mapping[str, object], own: Mapping[str, object], chart: Iterable[Said], title: str
) -> Mapping[str, str]:
    kinds = {said.kind for said in chart if "about another patient" not in said.alone}
    lists: dict[str, str] = {}
    for name, speak in (("problems", {"condition"}), ("medicines", {"statement", "request"})):
        state = given.get(name)
        if state is not None and state not in LIST_STATES:
            stop(title, f"{name}: {state} is no state of a list")
        if state is None and not speak & kinds:
            stop(title, f"does not say whether {name} were sent")
        # What the file says for all its vignettes gives way to entries of the kind; what the vignette
        # says itself stands beside them ("no known problems" and yet a problem).
        if state is not None and (name in own or not speak & kinds):
            lists[name] = str(state)
    return lists


def _patient(words: str, title: str, day: date) -> Patient:
    first, *more = [part.strip() for part in words.split(",")]
    read = _PATIENT.fullmatch(first) or stop(title, f"patient {first} is not understood")
    age, months, sex = read.groups()
    born = "" if age is None else _born(int(age), months=bool(months), day=day)
    said: dict[str, str] = {}
    for part in more:
        word, _, value = part.rpartition(" ")
        if word not in {"birth sex", "sex parameter", "deceased", "born"} or not value:
            stop(title, f"patient: {part} is not understood")
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


def _then(raw: Mapping[str, object], title: str) -> Then:
    then = _mapping(raw, "then")
    if not then:
        stop(title, "has no `then`: a vignette without an expectation proves nothing")
    lists = {"notes", "set-aside", "not-matched", "not-received", "hazards", "says", "must-not"}
    _only(then, {"headline", "findings", "questions", "targets", "labels"} | lists, title)
    headline = str(_need(then, "headline", title))
    targets = {str(name): str(own) for name, own in _mapping(then, "targets").items()}
    if strange := {headline, *targets.values()} - set(HEADLINES):
        stop(title, f"knows no headline {sorted(strange)}")
    for part in ("findings", "questions"):
        if part not in then:
            stop(title, f"says no {part} (`[]` is an answer)")
    words = {name.replace("-", "_"): tuple(map(str, _items(then, name))) for name in lists}
    return Then(
        headline=headline,
        findings=_expected(then, "findings", title),
        questions=_expected(then, "questions", title),
        targets=targets,
        labels=frozenset(map(str, _items(then, "labels"))) if "labels" in then else None,
        **words,
    )


def _expected(then: Mapping[str, object], part: str, title: str) -> frozenset[Expected]:
    found: set[Expected] = set()
    for line in map(str, _items(then, part)):
        said, _, target = (piece.strip() for piece in line.partition("@"))
        rule, _, category = said.partition(" ")
        if category not in CATEGORIES:
            stop(title, f"{part}: {line} names no category")
        found.add(Expected(rule, category, target))
    return frozenset(found)


def _items(raw: Mapping[str, object], key: str) -> list[object]:
    items = raw.get(key) or []
    return items if isinstance(items, list) else [items]


def _mapping(raw: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = raw.get(key) or {}
    return cast("Mapping[str, object]", found)


def _need(raw: Mapping[str, object], key: str, where: str) -> object:
    return raw.get(key) or stop(where, f"says no {key}")


def _only(raw: Mapping[str, object], known: set[str], where: str) -> None:
    if strange := set(raw) - known:
        stop(where, f"holds unknown words: {sorted(strange)}")
