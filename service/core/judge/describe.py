"""Evidence in words: what, its value or status, and its dates."""

from __future__ import annotations

from collections.abc import Iterable

from service.core.facts import BirthFact, ConditionFact, MedicineFact, ProcedureFact, ResultFact, Use
from service.core.judge.outcomes import Fact
from service.core.places import Place
from service.core.wording import Wording


def describe(fact: Fact, wording: Wording) -> str:
    """One entry as a clinician would name it: "Iron deficiency anemia (active, recorded 2026-02-10)"."""
    if not isinstance(fact, BirthFact) and fact.withheld:
        return fact.withheld
    match fact:
        case ConditionFact():
            return _with(fact.name, _of_condition(fact, wording))
        case MedicineFact():
            return _with(fact.name or fact.drug.name, _of_medicine(fact, wording))
        case ResultFact():
            value = f": {wording.say(fact.said)}" if fact.said else ""
            return _with(f"{fact.name}{value}", _of_result(fact, wording))
        case ProcedureFact():
            details = [_of_place(place, fact.name.lower()) for place in fact.places]
            return _with(fact.name, [*details, str(fact.date) if fact.date else wording.say("undated")])
        case BirthFact():
            return _with(wording.say(fact.name), [str(fact.date)])


def listed(facts: Iterable[Fact], wording: Wording) -> str:
    """Several entries, each once, parted by semicolons."""
    return "; ".join(dict.fromkeys(describe(fact, wording) for fact in facts))


def _with(name: str, details: Iterable[str]) -> str:
    told = ", ".join(detail for detail in details if detail)
    return f"{name} ({told})" if told else name


def _status(status: str, wording: Wording) -> str:
    """A status with what stands beside it, word by word."""
    return ", ".join(wording.say(part) for part in status.split(", "))


def _of_condition(fact: ConditionFact, wording: Wording) -> list[str]:
    say = wording.say
    details = [_status(fact.status, wording), "" if fact.severity.lower() in fact.name.lower() else fact.severity]
    details += [_of_place(place, fact.name.lower()) for place in fact.places]
    if fact.place_unread:
        details.append(f"{say('place not understood')}: {fact.place_unread}")
    dates = [
        f"{say(word)} {span}"
        for word, span in (("since", fact.onset), ("recorded", fact.recorded), ("ended", fact.ended))
        if span is not None
    ]
    details += dates or [say("undated")]
    return [*details, f"{say('recorded by')} {fact.recorder}" if fact.recorder else "", wording.say(fact.remark)]


def _of_place(place: Place, said: str) -> str:
    """The place and side, as far as the entry's name does not say them already."""
    side = str(place.side) if place.side and place.side not in said else ""
    if not place.name or place.name.lower() in said:
        return side
    return place.name if not side or side in place.name.lower() else f"{side} {place.name}"


def _of_medicine(fact: MedicineFact, wording: Wording) -> list[str]:
    say = wording.say
    kinds = f" {say('and')} ".join(say(name.replace("-", " ")) for name in fact.drug.classes)
    details = [kinds, _status(fact.status, wording)]
    if fact.route:
        details.append(f"{say('route')}: {fact.route}")
    if fact.since:
        details.append(f"{say('since')} {fact.since}")
    if fact.ended:
        word = "ends" if fact.use in (Use.TAKING, Use.HELD) else "ended"
        details.append(f"{say(word)} {fact.ended}")
    if not fact.since and not fact.ended:
        details.append(f"{say('recorded')} {fact.dated}" if fact.dated else say("undated"))
    return details


def _of_result(fact: ResultFact, wording: Wording) -> list[str]:
    details = [str(fact.date) if fact.date else wording.say("undated")]
    if fact.flags:
        flags = f" {wording.say('and')} ".join(wording.say(flag) for flag in sorted(fact.flags))
        details.append(f"{wording.say('flagged')} {flags}")
    return details
