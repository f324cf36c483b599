"""Evidence in words: what, its value or status, and its dates."""

from __future__ import annotations

from collections.abc import Iterable

from service.core.facts import ConditionFact, MedicineFact, ProcedureFact, ResultFact, Use
from service.core.judge.outcomes import Fact


def describe(fact: Fact) -> str:
    """One entry as a clinician would name it: "Iron deficiency anemia (active, recorded 2026-02-10)"."""
    match fact:
        case ConditionFact():
            return _with(fact.name, _of_condition(fact))
        case MedicineFact():
            return _with(fact.name or fact.drug.name, _of_medicine(fact))
        case ResultFact():
            value = f": {fact.said}" if fact.said else ""
            return _with(f"{fact.name}{value}", _of_result(fact))
        case ProcedureFact():
            return _with(fact.name, [str(fact.date) if fact.date else "undated"])


def listed(facts: Iterable[Fact]) -> str:
    """Several entries, each once, parted by semicolons."""
    return "; ".join(dict.fromkeys(describe(fact) for fact in facts))


def _with(name: str, details: Iterable[str]) -> str:
    told = ", ".join(detail for detail in details if detail)
    return f"{name} ({told})" if told else name


def _of_condition(fact: ConditionFact) -> list[str]:
    details = [fact.status]
    if fact.severity and fact.severity.lower() not in fact.name.lower():
        details.append(fact.severity)
    for place in fact.places:
        if place.name.lower() not in fact.name.lower():
            details.append(f"{place.side} {place.name}" if place.side and place.side not in place.name else place.name)
        elif place.side and place.side not in fact.name.lower():
            details.append(str(place.side))
    if fact.onset:
        details.append(f"since {fact.onset}")
    if fact.recorded:
        details.append(f"recorded {fact.recorded}")
    if fact.ended:
        details.append(f"ended {fact.ended}")
    if not (fact.onset or fact.recorded or fact.ended):
        details.append("undated")
    if fact.recorder:
        details.append(f"recorded by {fact.recorder}")
    if fact.remark:
        details.append(fact.remark)
    return details


def _of_medicine(fact: MedicineFact) -> list[str]:
    details = [fact.status]
    if fact.route:
        details.append(f"route: {fact.route}")
    if fact.since:
        details.append(f"since {fact.since}")
    if fact.ended:
        word = "ends" if fact.use in (Use.TAKING, Use.HELD) else "ended"
        details.append(f"{word} {fact.ended}")
    if not fact.since and not fact.ended:
        details.append(f"recorded {fact.dated}" if fact.dated else "undated")
    return details


def _of_result(fact: ResultFact) -> list[str]:
    details = [str(fact.date) if fact.date else "undated"]
    if fact.flags:
        details.append("flagged " + " and ".join(sorted(fact.flags)))
    return details
