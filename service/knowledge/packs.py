"""Rule packs from `mappings/packs/*.yaml`, checked word for word: a misspelt word never does less in silence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Final, cast

from service.core.codes import CodeList
from service.core.facts import Standing
from service.core.judge.rules import READINGS
from service.core.knowledge import Knowledge, Listed
from service.core.packs import (
    GRADES,
    UNBOUND,
    Addition,
    AgeClause,
    Answer,
    At,
    Bounds,
    ChartRule,
    Clause,
    ConditionClause,
    CutOff,
    Limit,
    MedicineClause,
    OverrideReason,
    Pack,
    Parameter,
    ProcedureClause,
    ReadingClause,
    ResultClause,
    Rule,
    Stimulation,
    Text,
)
from service.core.recognise.results import base_test
from service.core.recognise.values import families_of
from service.core.screening import Category
from service.core.words import TermIndex
from service.knowledge.derived import derived
from service.knowledge.tables import mappings_folder
from service.knowledge.yaml_lines import Lined, load_yaml

_NUMBER_AND_UNIT: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(\S.*)?")
COUNTED: Final = frozenset({"days", "years"})
CATEGORIES: Final = {category.code: category for category in Category}
_STANDINGS: Final = {standing.value: standing for standing in Standing}
_SHARED: Final = "phrases.yaml"
_MARKS: Final = ("deep", "pleura", "spinal")
_BOUNDS: Final = frozenset({"category", "at", "targets", "stimulation", "with", "without", "say", "ends-when"})


def load_packs(folder: Path | None, knowledge: Knowledge) -> Mapping[str, Pack]:
    """Every pack by its id.

    Raises:
        MappingError: with the file and line of what is wrong.
    """
    return by_id(PackFiles(folder, knowledge).read())


def by_id(packs: Iterable[Pack]) -> Mapping[str, Pack]:
    """Packs by their id."""
    return MappingProxyType({pack.id: pack for pack in packs})


class PackFiles:
    """The files of the packs as their owners wrote them, so that something can be laid over before they are read."""

    def __init__(self, folder: Path | None, knowledge: Knowledge) -> None:
        """Open all files. Raises MappingError where one is no YAML."""
        packs_folder = mappings_folder(folder) / "packs"
        self._knowledge = knowledge
        self._shared = load_yaml(packs_folder / _SHARED)
        self._shared.only("phrases", "lists", "reasons", "doubts")
        paths = sorted(path for path in packs_folder.glob("*.yaml") if path.name != _SHARED)
        tops = [load_yaml(path) for path in paths]
        self.packs: tuple[Lined, ...] = tuple(derived(top, tops) for top in tops)

    def read(self) -> list[Pack]:
        """Every pack as it stands."""
        return [self.read_one(top) for top in self.packs]

    def read_file(self, path: Path) -> Pack:
        """A pack that stands elsewhere, with the sentences and base packs of this folder."""
        return self.read_one(derived(load_yaml(path), self.packs))

    def read_one(self, top: Lined) -> Pack:
        """One pack, as it stands or with something laid over. Raises MappingError with the file and line."""
        return _Reader(self._knowledge, self._shared).pack(top)


class _Reader:
    """Reads one pack; holds its parameters, since clauses name them."""

    def __init__(self, knowledge: Knowledge, shared: Lined) -> None:
        self._knowledge = knowledge
        self._shared = shared
        self._parameters: dict[str, Parameter] = {}
        self._families = _families(knowledge)
        self._listed = {
            "condition": _named(knowledge.conditions, knowledge.condition_terms),
            "procedure": _named(knowledge.procedures, knowledge.procedure_terms),
        }
        self._regions = frozenset(region for site in knowledge.sites.values() for region in site.regions)

    def pack(self, top: Lined) -> Pack:
        top.only(
            "pack",
            "version",
            "title",
            "date",
            "author",
            "next-review",
            "kind",
            "based-on",
            "sources",
            "parameters",
            "placed-by",
            "rules",
            "chart-rules",
            "override-reasons",
            "answers",
        )
        for name, found in top.get_as("parameters", Lined, Lined()).items():
            self._parameters[name] = self._parameter(name, _lined(top, name, found))
        rules = [self._rule(_lined(top, "rules", rule)) for rule in top.get_as("rules", list)]
        _once(top, [rule.id for rule in rules])
        shared = self._shared
        return Pack(
            id=top.get_as("pack", str),
            version=top.get_as("version", str),
            title=top.get_as("title", str),
            date=top.get_as("date", str),
            author=top.get_as("author", str),
            sources=top.names("sources"),
            is_base=_is_base(top),
            based_on=top.get_as("based-on", str, ""),
            next_review=top.get_as("next-review", str, ""),
            rules=tuple(rules),
            chart_rules={
                rule.id: rule
                for rule in (
                    _chart_rule(_lined(top, "chart-rules", found)) for found in top.get_as("chart-rules", list, [])
                )
            },
            parameters=MappingProxyType(self._parameters),
            placed_by=self._placed_by(top.get_as("placed-by", Lined, Lined())),
            phrases=_sentences(shared, "phrases"),
            list_names=_sentences(shared, "lists"),
            reasons=_sentences(shared, "reasons"),
            doubts=_texts(shared, "doubts"),
            override_reasons=tuple(
                _override_reason(_lined(top, "override-reasons", found))
                for found in top.get_as("override-reasons", list, [])
            ),
            answers=tuple(
                _answer(_lined(top, "answers", found), {rule.id for rule in rules})
                for found in top.get_as("answers", list, [])
            ),
        )

    def _parameter(self, name: str, found: Lined) -> Parameter:
        found.only("value", "of", "editorial", "why")
        return Parameter(
            name=name,
            value=self._value(found, found.get("value"), frozenset(found.names("of"))),
            editorial=found.get_as("editorial", bool),
            why=found.get_as("why", str),
            unit=_unit(found, found.get("value")),
        )

    def _value(
        self, where: Lined, value: object, tests: frozenset[str]
    ) -> int | Limit | Mapping[str, int] | tuple[CutOff, ...] | tuple[str, ...]:
        if isinstance(value, Lined):
            return MappingProxyType({key: self._whole(value, item) for key, item in value.items()})
        if isinstance(value, list) and all(isinstance(item, Lined) for item in value):
            return tuple(self._cut_off(item, tests) for item in value)
        if isinstance(value, list):
            return tuple(str(item) for item in value)
        if number_and_unit(where, value)[1] in COUNTED:
            return self._whole(where, value)
        return self._limit(where, value, tests)

    def _whole(self, where: Lined, value: object) -> int:
        number, unit = number_and_unit(where, value)
        if unit not in COUNTED or number != int(number):
            raise where.fault(f"{value!r} must be a whole number of days or years")
        return int(number)

    def _limit(self, where: Lined, value: object, tests: frozenset[str]) -> Limit:
        """A number in the canonical unit of the tests it is for: the same spelling can mean more than one."""
        number, unit = number_and_unit(where, value)
        families = {family for test in tests for family in self._families.get(test, ())}
        if not families:
            raise where.fault(f"no test of observations.csv with a unit is named here: {', '.join(sorted(tests))}")
        for family in sorted(families):
            known = self._knowledge.units.get(family, {}).get(unit)
            if known is not None and not known.log:
                return Limit(number * known.factor + known.offset, known.canonical)
        raise where.fault(f"unit {unit!r} is not in units.csv for {', '.join(sorted(tests))}")

    def _cut_off(self, row: Lined, tests: frozenset[str]) -> CutOff:
        row.only("who", "from-months", "to-months", "from-weeks", "to-weeks", "below")
        low = row.get("from-months", row.get("from-weeks", 0))
        high = row.get("to-months", row.get("to-weeks"))
        if not isinstance(low, int) or not isinstance(high, int | None):
            raise row.fault("months and weeks are whole numbers")
        return CutOff(row.get_as("who", str), low, high, self._limit(row, row.get("below"), tests))

    def _placed_by(self, found: Lined) -> Mapping[str, Mapping[str, str]]:
        placed = {}
        for concept, tests in found.items():
            where = _lined(found, concept, tests)
            placed[concept] = {test: str(region) for test, region in where.items()}
            for region in placed[concept].values():
                if region != "named" and region not in self._knowledge.sites:
                    raise where.fault(f"{region!r} is no site of places/sites.csv")
        return placed

    def _rule(self, found: Lined) -> Rule:
        found.only(
            "rule",
            "title",
            "category",
            "founding",
            "guidance",
            "grade",
            "at",
            "per-target",
            "finding",
            "question",
            "note",
            "harm",
            "say",
            "add-when",
            "ends-when",
            "found",
            "together",
            "questions",
            "notes",
        )
        at = _at(found, At.PATIENT)
        return Rule(
            id=found.get_as("rule", str),
            title=found.get_as("title", str),
            category=_category(found, "category"),
            at=at,
            finding=self._clauses(found, "finding", at),
            question=self._clauses(found, "question", at),
            note=self._clauses(found, "note", At.PATIENT),
            harm=found.get_as("harm", str),
            say=found.get_as("say", str),
            ends_when=found.get_as("ends-when", str),
            texts=_texts(found, "questions"),
            remarks=_sentences(found, "notes"),
            founding=found.get_as("founding", str, ""),
            guidance=found.get_as("guidance", str),
            grade=_known(found, "grade", GRADES),
            per_target=found.get_as("per-target", bool, default=False),
            found=found.get_as("found", str, ""),
            together=found.get_as("together", str, ""),
            additions=tuple(
                self._addition(_lined(found, "add-when", item)) for item in found.get_as("add-when", list, [])
            ),
        )

    def _addition(self, found: Lined) -> Addition:
        rest = Lined({key: value for key, value in found.items() if key != "say"})
        rest.file, rest.line = found.file, found.line
        return Addition(clause=self._result(rest), say=found.get_as("say", str))

    def _clauses(self, rule: Lined, section: str, at: At = At.PATIENT) -> tuple[Clause, ...]:
        return tuple(self._clause(_lined(rule, section, item), at) for item in rule.get_as(section, list, []))

    def _clause(self, found: Lined, at: At) -> Clause:
        readers = {
            "condition": self._condition,
            "result": self._result,
            "medicine": self._medicine,
            "procedure": self._procedure,
            "age": self._age,
            "reading": self._reading,
        }
        words = [word for word in readers if word in found]
        if len(words) != 1:
            raise found.fault(f"a clause has one of these words: {', '.join(readers)}")
        own = Lined({key: value for key, value in found.items() if key not in _BOUNDS})
        own.file, own.line = found.file, found.line
        clause = cast("Clause", readers[words[0]](own))
        if isinstance(clause, ReadingClause):
            if len(own) != len(found):
                raise found.fault("a reading knows its own bounds")
            return clause
        bounds = self._bounds(found, at)
        if bounds.at is not At.PATIENT and not isinstance(clause, ConditionClause | ProcedureClause):
            raise found.fault("only a condition or a procedure lies somewhere: at: patient")
        return clause if bounds == UNBOUND else replace(clause, bounds=bounds)

    def _bounds(self, found: Lined, at: At) -> Bounds:
        marks = found.names("targets")
        for mark in marks:
            if mark not in _MARKS and mark not in self._regions:
                raise found.fault(f"{mark!r} is no region and none of {', '.join(_MARKS)}")
        if "spinal" in marks and "spinal-hazards" not in self._parameters:
            raise found.fault("parameter spinal-hazards says which targets are spinal")
        return Bounds(
            category=_category(found, "category") if "category" in found else None,
            at=_at(found, at),
            targets=frozenset(marks),
            stimulation=frozenset(
                Stimulation(said) for said in _known(found, "stimulation", tuple(each.value for each in Stimulation))
            ),
            together=self._clauses(found, "with"),
            without=self._clauses(found, "without"),
            say=found.get_as("say", str, ""),
            ends_when=found.get_as("ends-when", str, ""),
        )

    def _age(self, found: Lined) -> AgeClause:
        found.only("age", "text")
        limit = _lined(found, "age", found["age"])
        limit.only("below")
        return AgeClause(below=self._days(limit, limit.get("below")), text=found.get_as("text", str))

    def _condition(self, found: Lined) -> ConditionClause:
        found.only(
            "condition",
            "meaning",
            "standing",
            "severity",
            "lifelong",
            "within",
            "since",
            "goes-stale",
            "unless",
            "past",
            "past-unless",
            "text",
        )
        standings = found.names("standing")
        for standing in standings:
            if standing not in _STANDINGS:
                raise found.fault(f"{standing!r} is no standing; known: {', '.join(_STANDINGS)}")
        stale, within = found.get("goes-stale"), found.get("within")
        return ConditionClause(
            concepts=self._concepts(found, "condition"),
            meanings=frozenset(found.names("meaning")),
            standings=frozenset(_STANDINGS[standing] for standing in standings),
            lifelong=found.get_as("lifelong", bool, default=False),
            severities=frozenset(found.names("severity")),
            within=self._days(found, within) if within is not None else None,
            since_recorded="recorded" in _known(found, "since", ("recorded", "happened")),
            goes_stale=self._days(found, stale) if stale is not None else None,
            unless=self._unless(found, "unless"),
            past_text=found.get_as("past", str, ""),
            past_unless=self._unless(found, "past-unless"),
            text=found.get_as("text", str, ""),
        )

    def _concepts(self, found: Lined, kind: str) -> frozenset[str]:
        """The concepts of a clause, each of which some code or word of the lists names."""
        names = found.names(kind)
        for name in names:
            if name not in self._listed[kind]:
                raise found.fault(f"no list names the {kind} {name!r}: see mappings/concepts.csv")
        return frozenset(names)

    def _unless(self, found: Lined, key: str) -> tuple[ResultClause, ...]:
        value = found.get(key)
        return () if value is None else (self._result(_lined(found, key, value)),)

    def _result(self, found: Lined) -> ResultClause:
        found.only("result", "is", "below", "at-least", "above", "cut-offs", "within", "newer", "text")
        tests = frozenset(found.names("result"))
        within = found.get("within")
        below = found.get("below")
        cut_offs = found.get_as("cut-offs", str, "")
        if cut_offs and cut_offs not in self._parameters:
            raise found.fault(f"{cut_offs!r} is no parameter of this pack")
        return ResultClause(
            tests=tests,
            outcome=found.get_as("is", str, ""),
            below=() if below in (None, "cut-off") else self._limits(found, below, tests),
            at_least=self._limits(found, found.get("at-least"), tests),
            above=self._limits(found, found.get("above"), tests),
            cut_offs=cut_offs,
            within=self._days(found, within) if within is not None else None,
            newer=found.get_as("newer", bool, default=False),
            text=found.get_as("text", str, ""),
        )

    def _limits(self, found: Lined, value: object, tests: frozenset[str]) -> tuple[Limit, ...]:
        if value is None:
            return ()
        values = value if isinstance(value, list) else [value]
        return tuple(self._limit(found, item, tests) for item in values)

    def _days(self, found: Lined, value: object) -> int:
        if isinstance(value, str) and value in self._parameters:
            named = self._parameters[value].value
            if isinstance(named, int):
                return named
        return self._whole(found, value)

    def _medicine(self, found: Lined) -> MedicineClause:
        found.only("medicine", "longer-than", "infers", "text")
        which, longer = _lined(found, "medicine", found["medicine"]), found.get("longer-than")
        which.only("group", "class", "not-class")
        known = {name for drug in self._knowledge.drugs.values() for name in (*drug.groups, *drug.classes)}
        for name in (*which.names("group"), *which.names("class"), *which.names("not-class")):
            if name not in known:
                raise which.fault(f"no medicine of the lists is of {name!r}")
        return MedicineClause(
            groups=frozenset(which.names("group")),
            classes=frozenset(which.names("class")),
            not_classes=frozenset(which.names("not-class")),
            longer_than=self._days(found, longer) if longer is not None else None,
            infers=found.get_as("infers", bool, default=False),
            text=found.get_as("text", str, ""),
        )

    def _procedure(self, found: Lined) -> ProcedureClause:
        found.only("procedure", "within", "text")
        within = found.get("within")
        return ProcedureClause(
            concepts=self._concepts(found, "procedure"),
            within=self._days(found, within) if within is not None else None,
            text=found.get_as("text", str, ""),
        )

    def _reading(self, found: Lined) -> ReadingClause:
        found.only("reading")
        name = found.get_as("reading", str)
        if name not in READINGS:
            raise found.fault(f"{name!r} is no reading; known: {', '.join(sorted(READINGS))}")
        return ReadingClause(name=name)


def _is_base(top: Lined) -> bool:
    return _known(top, "kind", ("base", "extension")) != ("extension",)


def _at(found: Lined, default: At) -> At:
    said = _known(found, "at", tuple(each.value for each in At))
    return At(said[0]) if said else default


def _known(found: Lined, key: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a key, each of which is one of these."""
    said = found.names(key)
    for word in said:
        if word not in words:
            raise found.fault(f"{key}: {word!r} is not known; known: {', '.join(words)}")
    return said


def _chart_rule(found: Lined) -> ChartRule:
    found.only("rule", "title", "category", "medicine-category", "harm", "because", "ask")
    category = _category(found, "category")
    return ChartRule(
        id=found.get_as("rule", str),
        title=found.get_as("title", str),
        category=category,
        medicine_category=_category(found, "medicine-category") if "medicine-category" in found else category,
        harm=found.get_as("harm", str),
        because=found.get_as("because", str),
        ask=found.get_as("ask", str),
    )


def _override_reason(found: Lined) -> OverrideReason:
    found.only("code", "display")
    return OverrideReason(found.get_as("code", str), found.get_as("display", str))


def _answer(found: Lined, rules: set[str]) -> Answer:
    found.only("rule", "label", "code", "value")
    rule = found.get_as("rule", str)
    if rule not in rules:
        raise found.fault(f"{rule!r} is no rule of this pack")
    return Answer(rule, found.get_as("label", str), _coding(found, "code"), _coding(found, "value"))


def _coding(found: Lined, key: str) -> tuple[str, str, str]:
    coding = _lined(found, key, found.get(key))
    coding.only("system", "code", "display")
    return coding.get_as("system", str), coding.get_as("code", str), coding.get_as("display", str)


def _category(found: Lined, key: str) -> Category:
    name = found.get_as(key, str)
    if name not in CATEGORIES:
        raise found.fault(f"{name!r} is no category; known: {', '.join(CATEGORIES)}")
    return CATEGORIES[name]


def _lined(where: Lined, name: str, found: object) -> Lined:
    if not isinstance(found, Lined):
        raise where.fault(f"{name!r} must hold mappings")
    return found


def _once(where: Lined, ids: list[str]) -> None:
    for rule in ids:
        if ids.count(rule) > 1:
            raise where.fault(f"rule {rule!r} stands twice")


def number_and_unit(where: Lined, value: object) -> tuple[Decimal, str]:
    """A number and its unit ("90 days"); the unit is empty where there is none. Raises MappingError at `where`."""
    match = _NUMBER_AND_UNIT.fullmatch(str(value))
    if match is None:
        raise where.fault(f"{value!r} must be a number with its unit")
    return Decimal(match.group(1)), (match.group(2) or "").strip()


def _unit(where: Lined, value: object) -> str:
    """The unit in which a whole number or a table is counted; a limit carries its own."""
    if isinstance(value, Lined):
        return next((_unit(value, item) for item in value.values()), "")
    if isinstance(value, list):
        return ""
    unit = number_and_unit(where, value)[1]
    return unit if unit in COUNTED else ""


def _texts(where: Lined, key: str) -> Mapping[str, Text]:
    texts = {}
    for name, found in where.get_as(key, Lined, Lined()).items():
        text = _lined(where, name, found)
        text.only("because", "ask")
        texts[name] = Text(text.get_as("because", str), text.get_as("ask", str))
    return MappingProxyType(texts)


def _sentences(where: Lined, key: str) -> Mapping[str, str]:
    found = where.get_as(key, Lined, Lined())
    return MappingProxyType({name: found.get_as(name, str) for name in found})


def _named(codes: CodeList[Listed], terms: TermIndex[tuple[Listed, ...]]) -> frozenset[str]:
    """Every concept that a code or a term names."""
    worded = (row for words in terms for row in terms.whole(words) or ())
    return frozenset(row.concept for rows in (codes.rows(), worded) for row in rows)


def _families(knowledge: Knowledge) -> Mapping[str, frozenset[str]]:
    """The unit families in which each test is measured."""
    families: dict[str, set[str]] = {}
    for test in knowledge.observations.rows():
        families.setdefault(base_test(test.concept), set()).update(families_of(test))
    return {test: frozenset(found - {""}) for test, found in families.items()}
