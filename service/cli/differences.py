"""What two RiskAssessments say differently, in lines to read. Ids, identifiers and the narrative are no difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final

from service.fhir.canonical import structure

Json = Mapping[str, Any]

_KIND: Final = structure("prediction-kind")
_RULE: Final = structure("rule")
_TARGET: Final = structure("target")
_HEADLINE: Final = structure("headline")
_NOTE_KIND: Final = structure("note-kind")
_OWN: Final = frozenset(
    {"id", "identifier", "text", "extension", "prediction", "note"}
)  # compared apart, or not at all
_WORDS: Final = "rationale"


def differences(before: Json, now: Json) -> list[str]:
    """A line for each thing that is gone, new or said otherwise."""
    lines = [
        *_worst(before, now),
        *_predictions(before, now),
        *_notes(before, now),
    ]
    lines += [f"{name}: is not the same" for name in _others(before, now)]
    if not lines and _shape(before) != _shape(now):
        lines.append("account, rule packs or the form of the result: is not the same")
    return lines


def _worst(before: Json, now: Json) -> Iterator[str]:
    was, is_ = (_headline(each) for each in (before, now))
    if was != is_:
        yield f"headline: {was} → {is_}"


def _predictions(before: Json, now: Json) -> Iterator[str]:
    was, is_ = ({_name(each): each for each in result.get("prediction", ())} for result in (before, now))
    for name in dict.fromkeys(chain(was, is_)):
        if name not in is_:
            yield f"{name}: gone ({_risk(was[name])}: {was[name].get(_WORDS, '')})"
        elif name not in was:
            yield f"{name}: new ({_risk(is_[name])}: {is_[name].get(_WORDS, '')})"
        elif was[name] != is_[name]:
            yield from _changed(name, was[name], is_[name])


def _changed(name: str, was: Json, is_: Json) -> Iterator[str]:
    if _risk(was) != _risk(is_):
        yield f"{name}: {_risk(was)} → {_risk(is_)}"
    if was.get(_WORDS) != is_.get(_WORDS):
        yield f"{name}: said {was.get(_WORDS, '')!r}, says {is_.get(_WORDS, '')!r}"
    if _risk(was) == _risk(is_) and was.get(_WORDS) == is_.get(_WORDS):
        yield f"{name}: its evidence, action or what ends it is not the same"


def _notes(before: Json, now: Json) -> Iterator[str]:
    was, is_ = ([_note(each) for each in result.get("note", ())] for result in (before, now))
    yield from (f"note gone: {each}" for each in was if each not in is_)
    yield from (f"note new: {each}" for each in is_ if each not in was)


def _others(before: Json, now: Json) -> Iterator[str]:
    for name in sorted((before.keys() | now.keys()) - _OWN):
        was, is_ = before.get(name), now.get(name)
        if name == "contained":  # the Device: its version is told with the versions
            continue
        if was != is_:
            yield name


def _shape(result: Json) -> dict[str, Any]:
    return {name: each for name, each in result.items() if name not in {"id", "identifier", "text", "contained"}}


def _headline(result: Json) -> str:
    return _code(next(iter(_extensions(result, _HEADLINE)), {}).get("valueCodeableConcept", {}))


def _name(prediction: Json) -> str:
    kind = next((each["valueCode"] for each in _extensions(prediction, _KIND)), "prediction")
    rule = next((each["valueCoding"]["code"] for each in _extensions(prediction, _RULE)), "")
    target = next((each["valueCodeableConcept"].get("text", "") for each in _extensions(prediction, _TARGET)), "")
    return " ".join(part for part in (kind, rule, f"({target})" if target else "") if part)


def _note(note: Json) -> str:
    kind = next((each["valueCode"] for each in _extensions(note, _NOTE_KIND)), "note")
    return f"{kind}: {note.get('text', '')}"


def _risk(prediction: Json) -> str:
    return _code(prediction.get("qualitativeRisk", {}))


def _code(concept: Json) -> str:
    return str(next((coding.get("code", "") for coding in concept.get("coding", ())), "none"))


def _extensions(element: Json, url: str) -> Iterable[Json]:
    return (each for each in element.get("extension", ()) if each.get("url") == url)
