"""What a code is known as, and what it would do in a chart.

What it would do is not looked up but tried: a small chart with just this code goes through the pipeline.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import orjson

from service.core.chart import Coding
from service.core.codes import tidy
from service.core.dates import Span, plus_days
from service.core.knowledge import Knowledge, PlacedCode, Product, Route
from service.core.packs import Clause, ConditionClause, ResultClause
from service.pipeline import Screener

_PATIENT: Final = "Patient/subject"
_ENTRY: Final = "asked"
_AGE_DAYS: Final = 30 * 365


class _Trial(NamedTuple):
    """How an entry with the code is tried: in words, and as a resource around its code."""

    words: str
    type: str
    code: str  # the element that holds the code
    date: str  # the element that holds the date
    rest: dict[str, Any]


_ACTIVE: Final = {"coding": [{"code": "active"}]}
_CONFIRMED: Final = {"coding": [{"code": "confirmed"}]}
_TRIALS: Final[Mapping[str, _Trial]] = MappingProxyType(  # by the list that knows the code
    {
        "condition": _Trial(
            "as a current problem",
            "Condition",
            "code",
            "recordedDate",
            {"clinicalStatus": _ACTIVE, "verificationStatus": _CONFIRMED},
        ),
        "medicine": _Trial(
            "as a medicine that is taken",
            "MedicationStatement",
            "medicationCodeableConcept",
            "effectiveDateTime",
            {"status": "active"},
        ),
        "test": _Trial(
            "as a result that reads positive",
            "Observation",
            "code",
            "effectiveDateTime",
            {"status": "final", "valueString": "Positive"},
        ),
        "procedure": _Trial(
            "as a procedure that was done", "Procedure", "code", "performedDateTime", {"status": "completed"}
        ),
        "vaccine": _Trial(
            "as a vaccine that was given", "Immunization", "vaccineCode", "occurrenceDateTime", {"status": "completed"}
        ),
    }
)


class Tried(NamedTuple):
    """What came of one way to have the code in a chart."""

    words: str  # "as a current problem"
    said: tuple[str, ...]


class Known(NamedTuple):
    """All that is known of a code; no `lists`: it is on none."""

    coding: Coding
    lists: tuple[tuple[str, str], ...]  # which list knows it, and as what
    readers: tuple[str, ...]  # ids of the rules that read its value
    tried: tuple[Tried, ...]


class UnknownSystemError(Exception):
    """No list has codes of this system; `known` are the keys of those there are."""

    def __init__(self, known: tuple[str, ...]) -> None:
        """Take the systems that there are."""
        super().__init__("no list has codes of this system")
        self.known = known


def ask_about(screener: Screener, system: str, code: str, *, now: Span) -> Known:
    """What lists and rules know of a code. `system` is a short key or an address. Raises UnknownSystemError."""
    coding = _coding(screener.knowledge, system.strip(), code.strip())
    lists = tuple(_known(screener.knowledge, coding))
    kinds = dict.fromkeys(kind for kind, _ in lists if kind in _TRIALS)
    return Known(
        coding=coding,
        lists=lists,
        readers=tuple(_readers(screener, {line for kind, line in lists if kind == "test"})),
        tried=tuple(Tried(_TRIALS[kind].words, tuple(_tried(screener, coding, kind, now))) for kind in kinds),
    )


def _coding(knowledge: Knowledge, system: str, code: str) -> Coding:
    keys = frozenset(knowledge.systems.values())
    key = knowledge.systems.get(system, system.lower())
    if key not in keys:
        raise UnknownSystemError(tuple(sorted(keys)))
    return Coding(key, tidy(key, code))


def _known(knowledge: Knowledge, coding: Coding) -> Iterator[tuple[str, str]]:
    """Which list knows the code, and as what."""
    yield from (("condition", f"{row.concept}, meaning {row.meaning}") for row in knowledge.conditions.find(coding))
    yield from (("place in the code", place.name) for place in knowledge.condition_places.find(coding) if place.name)
    yield from (("medicine", _product(product)) for product in knowledge.medicines.find(coding))
    yield from (("test", test.concept) for test in knowledge.observations.find(coding))
    yield from (("answer", meaning) for meaning in knowledge.results.find(coding))
    yield from (("procedure", row.concept) for row in knowledge.procedures.find(coding))
    yield from (("vaccine", concept) for concept in knowledge.immunizations.find(coding))
    yield from (("order", order.meaning) for order in knowledge.orders.find(coding))
    yield from ((row.meaning.replace("-", " "), row.concept) for row in knowledge.none_known.find(coding))
    yield from (("route or form", _route(route)) for route in knowledge.routes.find(coding))
    yield from (("body site", _site(placed)) for placed in knowledge.site_codes.find(coding))


def _route(route: Route) -> str:
    return f"{route.name}, acts on the whole body: {route.systemic}"


def _site(placed: PlacedCode) -> str:
    words = (placed.site.name if placed.site else "", placed.side.value if placed.side else "")
    return ", ".join(word for word in words if word)


def _product(product: Product) -> str:
    drugs = (f"{drug.name} ({', '.join(drug.groups or drug.classes) or 'feeds no rule'})" for drug in product.drugs)
    return f"{', '.join(drugs)}; acts on the whole body: {product.systemic}"


def _readers(screener: Screener, tests: set[str]) -> Iterator[str]:
    """The rules whose clauses name one of these tests: there the value decides, so that no trial can tell."""
    for pack in screener.choose_packs(()):
        for rule in pack.rules:
            clauses = (*rule.finding, *rule.question, *rule.note, *(each.clause for each in rule.additions))
            if any(_names_test(clause, tests) for clause in clauses):
                yield rule.id


def _names_test(clause: Clause, tests: set[str]) -> bool:
    match clause:
        case ResultClause():
            return not tests.isdisjoint(clause.tests)
        case ConditionClause():
            return any(_names_test(result, tests) for result in (*clause.unless, *clause.past_unless))
        case _:
            return False


def _tried(screener: Screener, coding: Coding, kind: str, now: Span) -> Iterator[str]:
    """What a screening says of the one entry of a small chart."""
    screening = screener.answer(_chart(screener, coding, kind, now), content_type=None, query=(), now=now).screening
    reference = f"{_TRIALS[kind].type}/{_ENTRY}"
    said = False
    for finding in screening.findings:
        if any(source.reference == reference for source in finding.evidence):
            said = True
            yield f"finding {finding.rule}, {finding.category.code}"
    for question in screening.questions:
        if any(source.reference == reference for source in question.evidence):
            said = True
            yield f"open question {question.rule}, up to {question.ceiling.code}: {question.ask}"
    for note in screening.notes:
        if any(source.reference == reference for source in note.evidence):
            said = True
            yield f"note: {note.text}"
    if not said:
        yield "nothing: no rule of the packs in force reads it so"


def _chart(screener: Screener, coding: Coding, kind: str, now: Span) -> bytes:
    """A woman of thirty with one entry: every rule can hold for her."""
    trial = _TRIALS[kind]
    system = next(uri for uri, key in screener.knowledge.systems.items() if key == coding.system)
    birth_date = plus_days(now, -_AGE_DAYS).written
    patient = {"resourceType": "Patient", "id": "subject", "gender": "female", "birthDate": birth_date}
    entry = {
        "resourceType": trial.type,
        "id": _ENTRY,
        "patient" if trial.type == "Immunization" else "subject": {"reference": _PATIENT},
        trial.code: {"coding": [{"system": system, "code": coding.code}]},
        trial.date: now.first.isoformat(),
        **trial.rest,
    }
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient}, {"resource": entry}]}
    return orjson.dumps(bundle)
