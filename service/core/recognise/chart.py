"""Chart → Facts: each entry to the recogniser of its kind, and what became of every one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeVar, assert_never

from service.core.chart import Chart, CodeableConcept, Entry, Kind, Source
from service.core.dates import Span
from service.core.facts import (
    Aside,
    ConditionFact,
    Facts,
    Fate,
    ListSeen,
    MedicineFact,
    ProcedureFact,
    ResultFact,
    Told,
)
from service.core.knowledge import Knowledge
from service.core.recognise.allergies import allergy_told, recognise_allergy
from service.core.recognise.conditions import condition_told, recognise_condition
from service.core.recognise.frame import Frame
from service.core.recognise.medicines import medicine_told, recognise_medicine
from service.core.recognise.orders import NeedlingOrder, recognise_order, target_of
from service.core.recognise.procedures import (
    immunization_told,
    procedure_told,
    recognise_immunization,
    recognise_procedure,
)
from service.core.recognise.results import observation_told, recognise_observation, speaks
from service.core.words import REMEMBERED

T = TypeVar("T")

# The reason of entries with a code that a list could hold and none does: nothing but their number is told.
_ONLY_COUNTED: Final = "known-system"


@dataclass(slots=True)
class _Gathered:
    """Facts while they are being collected."""

    conditions: list[ConditionFact] = field(default_factory=list)
    medicines: list[MedicineFact] = field(default_factory=list)
    results: list[ResultFact] = field(default_factory=list)
    procedures: list[ProcedureFact] = field(default_factory=list)
    orders: list[NeedlingOrder] = field(default_factory=list)
    silent: list[Source] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)
    none_known: set[Kind] = field(default_factory=set)
    no_information: set[Kind] = field(default_factory=set)
    counts: Counter[Kind] = field(default_factory=Counter)


def recognise(
    chart: Chart, frame: Frame, *, targets: Sequence[CodeableConcept], electrical_stimulation: bool | None
) -> Facts:
    """All that the chart says. Facts come in an order of their own, not of the entries."""
    found = _Gathered()
    knowledge = frame.knowledge
    codes = _Codes(frame)
    for entry in chart.entries:
        told = codes.told(entry)
        if told is not None:
            found.counts[entry.kind] += 1
            if told.reason == _ONLY_COUNTED:
                found.silent.append(entry.source)
            else:
                found.asides.append(Aside(entry.source, *told))
        elif not _is_about_absence(entry, knowledge, found):
            found.counts[entry.kind] += 1
            _recognise(entry, frame, found)
    for lost in chart.unreadable:
        if lost.kind is not None:
            found.counts[lost.kind] += 1
    orders = sorted(found.orders, key=lambda order: _order_of(order.entry.source, order.entry.code.words()))
    ordered = [target for order in orders for target in order.targets]
    asked = [target_of(target, knowledge) for target in targets]
    said = {order.electrical for order in orders if order.electrical is not None}
    current = electrical_stimulation if electrical_stimulation is not None else (max(said) if said else None)
    return Facts(
        subject=chart.subject,
        as_of=frame.as_of,
        conditions=tuple(sorted(found.conditions, key=_key)),
        medicines=tuple(sorted(found.medicines, key=_key)),
        results=tuple(sorted(found.results, key=_key)),
        procedures=tuple(sorted(found.procedures, key=_key)),
        asides=tuple(sorted(found.asides, key=lambda aside: _order_of(aside.source, aside.name))),
        silent=tuple(found.silent),
        unreadable=chart.unreadable,
        lists=tuple(
            ListSeen(
                kind=kind,
                count=found.counts[kind],
                none_known=kind in found.none_known,
                no_information=kind in found.no_information,
            )
            for kind in Kind
        ),
        targets=tuple(dict.fromkeys(asked or ordered)),
        orders=tuple(order.entry.source for order in orders),
        encounter=next((order.encounter for order in orders if order.encounter), None),
        electrical_stimulation=current,
    )


class _Codes:
    """What codes alone tell of entries; asked once for each code, since the door gives equal codes one object."""

    __slots__ = ("_frame", "_parts", "_told")

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._told: dict[int, tuple[Kind, Told | None]] = {}  # by identity: the chart keeps the codes alive
        self._parts: dict[int, bool] = {}

    def told(self, entry: Entry) -> Told | None:
        """What becomes of the entry, where its code alone says that no rule reads it: so are most of a chart."""
        code, kind = entry.code, entry.kind
        known = self._told.get(id(code))
        if known is None or known[0] is not kind:
            frame = self._frame
            known = self._told[id(code)] = (
                kind,
                _told(kind, code, frame.knowledge, frame.tests, frame.drugs, frame.concepts),
            )
        told = known[1]
        if told is None or (entry.parts and (kind is Kind.MEDICINE or any(map(self._speaks, entry.parts)))):
            return None
        return told

    def _speaks(self, part: CodeableConcept) -> bool:
        known = self._parts.get(id(part))
        if known is None:
            known = self._parts[id(part)] = speaks(part, self._frame.knowledge)
        return known


@lru_cache(maxsize=REMEMBERED)
def _told(
    kind: Kind,
    code: CodeableConcept,
    knowledge: Knowledge,
    tests: frozenset[str],
    drugs: frozenset[str],
    concepts: frozenset[str],
) -> Told | None:
    if knowledge.none_known.find_all(code.codings):
        return None
    match kind:
        case Kind.CONDITION:
            return condition_told(code, knowledge)
        case Kind.MEDICINE:
            return medicine_told(code, knowledge, drugs)
        case Kind.OBSERVATION:
            return observation_told(code, knowledge, tests)
        case Kind.PROCEDURE:
            return procedure_told(code, knowledge)
        case Kind.IMMUNIZATION:
            return immunization_told(code, knowledge)
        case Kind.ALLERGY:
            return allergy_told(code, knowledge, concepts)
        case Kind.ORDER:
            return None
    assert_never(kind)


def _recognise(entry: Entry, frame: Frame, found: _Gathered) -> None:
    match entry.kind:
        case Kind.CONDITION:
            _keep(recognise_condition(entry, frame), found.conditions, found.asides)
        case Kind.MEDICINE:
            _keep(recognise_medicine(entry, frame), found.medicines, found.asides)
        case Kind.OBSERVATION:
            read = recognise_observation(entry, frame)
            if isinstance(read, Aside):
                found.asides.append(read)
            else:
                found.results.extend(read[0])
                found.conditions.extend(read[1])
        case Kind.PROCEDURE:
            _keep(recognise_procedure(entry, frame.knowledge), found.procedures, found.asides)
        case Kind.IMMUNIZATION:
            _keep(recognise_immunization(entry, frame.knowledge), found.procedures, found.asides)
        case Kind.ALLERGY:
            _keep(recognise_allergy(entry, frame), found.conditions, found.asides)
        case Kind.ORDER:
            order = recognise_order(entry, frame.knowledge)
            if isinstance(order, NeedlingOrder):
                found.orders.append(order)
            else:
                found.asides.append(order)


def _keep(read: list[T] | Aside, facts: list[T], asides: list[Aside]) -> None:
    if isinstance(read, Aside):
        asides.append(read)
    else:
        facts.extend(read)


def _is_about_absence(entry: Entry, knowledge: Knowledge, found: _Gathered) -> bool:
    """Whether the entry only says that a list is empty, or that nothing is known of it (FHIR checklist FH-83..86)."""
    said = knowledge.none_known.find_all(entry.code.codings)
    if not said:
        return False
    for row in said:
        kinds = found.none_known if row.meaning == "none-known" else found.no_information
        kinds.add(Kind(row.concept) if row.concept in list(Kind) else entry.kind)
    reason = "says-none-known" if said[0].meaning == "none-known" else "says-no-information"
    found.asides.append(Aside(source=entry.source, fate=Fate.NOTED, name=entry.code.words(), reason=reason))
    return True


def _key(fact: ConditionFact | MedicineFact | ResultFact | ProcedureFact) -> tuple[str, ...]:
    """An order that depends on what a fact says, never on where its entry stood."""
    said: tuple[str, ...]
    match fact:
        case ConditionFact():
            said = (fact.concept, fact.meaning, fact.status, _written(fact.recorded), _written(fact.onset))
        case MedicineFact():
            said = (fact.drug.name, fact.use, fact.status, _written(fact.since), _written(fact.ended))
        case ResultFact():
            said = (fact.test, fact.outcome, fact.said, _written(fact.date), _written(fact.date_value))
        case ProcedureFact():
            said = (fact.concept, _written(fact.date))
        case _:
            assert_never(fact)
    return (*said, *_order_of(fact.source, fact.name))


def _written(span: Span | None) -> str:
    return span.written if span is not None else ""


def _order_of(source: Source, name: str) -> tuple[str, str, str]:
    return (name, source.reference or "", source.type)
