"""The extensions of a result, one function each. Their StructureDefinitions stand in `service.fhir.definitions`."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Final

from service.core.chart import Source
from service.core.screening import Category, Change, Headline, ListState, PackUsed, Target, TypeCount
from service.fhir.canonical import structure
from service.fhir.definitions.vocabulary import HEADLINE
from service.fhir.elements import Element, own_coding, reference, target_concept
from service.fhir.primitives import code, sentence

_UNKNOWN: Final = "unknown"
_LONGEST_TYPE: Final = 64
FATES: Final = tuple(field.name for field in fields(TypeCount) if field.name != "type")


def headline(worst: Headline) -> Element:
    """The worst headline over all targets."""
    return {"url": structure("headline"), "valueCodeableConcept": headline_concept(worst)}


def headline_concept(of: Headline) -> Element:
    """A headline as a CodeableConcept."""
    return _of_headline(of.code)


def category_concept(of: Category) -> Element:
    """A category of a finding: one of the headline's codes."""
    return _of_headline(of.code)


def rule_pack(pack: PackUsed) -> Element:
    """A rule pack that produced the result, with the rules that this site has switched off."""
    return {
        "url": structure("rule-pack"),
        "extension": [
            {"url": "id", "valueCode": pack.id},
            {"url": "version", "valueString": pack.version},
            *({"url": "switched-off", "valueCode": rule} for rule in pack.switched_off),
        ],
    }


def account(lists: tuple[ListState, ...], entries: tuple[TypeCount, ...]) -> Element:
    """How the input was used: how each list arrived, and what became of every entry."""
    return {"url": structure("account"), "extension": [*map(_list_state, lists), *map(_type_count, by_type(entries))]}


def by_type(entries: tuple[TypeCount, ...]) -> list[TypeCount]:
    """The counts with a type that can be written as a code: what calls itself something odd is `unknown`."""
    counts: dict[str, TypeCount] = {}
    for count in entries:
        type_ = (code(count.type) if len(count.type) <= _LONGEST_TYPE else "") or _UNKNOWN
        named = count if count.type == type_ else replace(count, type=type_)
        counts[type_] = _sum(counts[type_], named) if type_ in counts else named
    return list(counts.values())


def prediction_kind(kind: str) -> Element:
    """Which of headline, finding and question a prediction is."""
    return {"url": structure("prediction-kind"), "valueCode": kind}


def note_kind(kind: str) -> Element:
    """What a note is about."""
    return {"url": structure("note-kind"), "valueCode": kind}


def target(at: Target | None) -> list[Element]:
    """The target that a prediction is about; nothing where it is about the whole patient."""
    return [] if at is None else [{"url": structure("target"), "valueCodeableConcept": target_concept(at)}]


def rule(of: str | None) -> list[Element]:
    """The rule behind a finding, question or note."""
    return [] if of is None else [{"url": structure("rule"), "valueCoding": own_coding("rule", of)}]


def evidence(sources: tuple[Source, ...]) -> list[Element]:
    """The entries that a finding, question or note rests on."""
    return [{"url": structure("evidence"), "valueReference": reference(source)} for source in sources]


def worded(name: str, text: str) -> list[Element]:
    """An extension that holds a sentence: `action`, `ends-when` or `ask`; nothing where there is none to say."""
    words = sentence(text)
    return [{"url": structure(name), "valueString": words}] if words else []


def coded(name: str, value: str) -> Element:
    """An extension that holds a code: `certainty` or `ceiling`."""
    return {"url": structure(name), "valueCode": value}


def change(of: Change) -> Element:
    """What would end a finding or close a question, and the headline that would follow."""
    parts: list[Element] = [{"url": "kind", "valueCode": of.kind.value}]
    parts += [{"url": "entry", "valueReference": reference(source)} for source in of.entries]
    if of.on is not None:
        parts.append({"url": "date", "valueDate": of.on.isoformat()})
    parts += [
        {"url": name, "valueCoding": {"system": coding.system, "code": coding.code, "display": coding.display}}
        for name, coding in (("code", of.code), ("value", of.value))
        if coding is not None
    ]
    if of.of_list is not None:
        parts.append({"url": "list", "valueCode": of.of_list.value})
    return {"url": structure("change"), "extension": [*parts, {"url": "headline", "valueCode": of.headline.code}]}


def _of_headline(code_: str) -> Element:
    return {"coding": [own_coding("headline", code_, HEADLINE.display(code_))]}


def _list_state(state: ListState) -> Element:
    return {
        "url": "list",
        "extension": [
            {"url": "kind", "valueCode": state.kind.value},
            {"url": "state", "valueCode": state.state},
            {"url": "count", "valueUnsignedInt": state.count},
        ],
    }


def _type_count(count: TypeCount) -> Element:
    return {
        "url": "entries",
        "extension": [
            {"url": "type", "valueCode": count.type},
            {"url": "used", "valueUnsignedInt": count.used},
            {"url": "noted", "valueUnsignedInt": count.noted},
            {"url": "set-aside", "valueUnsignedInt": count.set_aside},
            {"url": "not-matched", "valueUnsignedInt": count.not_matched},
            {"url": "unreadable", "valueUnsignedInt": count.unreadable},
            {"url": "not-read", "valueUnsignedInt": count.not_read},
        ],
    }


def _sum(one: TypeCount, other: TypeCount) -> TypeCount:
    return TypeCount(type=one.type, **{fate: getattr(one, fate) + getattr(other, fate) for fate in FATES})
