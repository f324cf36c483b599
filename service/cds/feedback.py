"""Feedback on cards, in the specification's spelling and in Epic's. One bad entry loses none of its neighbours."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from service.core.dates import parse_span
from service.fhir.read import parse_json
from service.fhir.refused import Case, Issue, Refused

Json = dict[str, Any]

_OUTCOMES: Final = ("accepted", "overridden")
_MOST: Final = 1_000  # in one call
_LONGEST: Final = 255
_LONGEST_COMMENT: Final = 4_000
_REASON_EXTENSION: Final = "com.epic.cdshooks.feedback.overrideReason."


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What became of one card. The comment is a clinician's free text: patient data."""

    card: str
    outcome: str
    at: datetime  # UTC
    accepted: tuple[str, ...] = ()  # ids of suggestions
    reason: tuple[str, str, str] | None = None  # system, code, display
    comment: str = field(default="", repr=False)


class Wrong(NamedTuple):
    """An entry that can't be kept: where it stood, and why."""

    place: int
    why: str


class Received(NamedTuple):
    """All of one call."""

    entries: tuple[Feedback, ...]
    wrong: tuple[Wrong, ...]


def read_feedback(body: bytes) -> Received:
    """Read the feedback of one call, each entry once. Raises Refused where nothing in it is feedback."""
    sent = parse_json(body)
    given = sent.get("feedback") if isinstance(sent, dict) else None
    if not isinstance(given, list):
        message = "feedback is missing or no list: send an object with feedback, a list of what became of cards"
        raise Refused(Case.BAD_CALL, Issue("required", message, "CDSHooksFeedback.feedback"))
    if len(given) > _MOST:
        message = f"more than {_MOST} entries of feedback in one call: send them in several"
        raise Refused(Case.TOO_MANY_ENTRIES, Issue("too-costly", message, "CDSHooksFeedback.feedback"))
    read = [_entry(one, place) for place, one in enumerate(given)]
    wrong = [one for one in read if isinstance(one, Wrong)]
    if wrong and len(wrong) == len(read):
        where = "CDSHooksFeedback.feedback"
        raise Refused(Case.BAD_CALL, *(Issue("value", one.why, f"{where}[{one.place}]") for one in wrong))
    return Received(
        tuple(dict.fromkeys(one for one in read if isinstance(one, Feedback))),
        tuple(wrong),
    )


def _entry(given: object, place: int) -> Feedback | Wrong:
    if not isinstance(given, dict):
        return Wrong(place, "it is no object")
    card, outcome = _text(given, "card"), _text(given, "outcome")
    moment = _moment(given.get("outcomeTimestamp"))
    if not card:
        return Wrong(place, "card is missing: send the uuid of the card")
    if outcome not in _OUTCOMES:
        return Wrong(place, f"outcome must be one of {', '.join(_OUTCOMES)}")
    if moment is None:
        return Wrong(place, "outcomeTimestamp must be a moment with its zone, such as 2026-03-02T09:30:00Z")
    reason = _reason(given)
    comment = reason.get("userComment")
    return Feedback(
        card=card,
        outcome=outcome,
        at=moment,
        accepted=_suggestions(given.get("acceptedSuggestions")),
        reason=_coding(reason),
        comment=comment[:_LONGEST_COMMENT] if isinstance(comment, str) else "",
    )


def _reason(given: Json) -> Json:
    """`overrideReason`, also as Epic spells it."""
    for name in ("overrideReason", "overrideReasons"):
        found = given.get(name)
        found = found[0] if isinstance(found, list) and found else found
        if isinstance(found, dict):
            return found
    return {}


def _coding(reason: Json) -> tuple[str, str, str] | None:
    coding = reason.get("reason")
    if isinstance(coding, dict) and _text(coding, "code"):
        return _text(coding, "system"), _text(coding, "code"), _text(coding, "display")
    told = reason.get("extension")
    if not isinstance(told, dict):
        return None
    category, title, display = (
        _text(told, f"{_REASON_EXTENSION}{name}") for name in ("reasonCategory", "reasonTitle", "reasonDisplay")
    )
    return ("", title or category, display or title or category) if title or category or display else None


def _suggestions(given: object) -> tuple[str, ...]:
    found = [_text(one, "id") for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    return tuple(dict.fromkeys(id_ for id_ in found if id_))


def _text(holder: Json, name: str) -> str:
    value = holder.get(name)
    return value.strip()[:_LONGEST] if isinstance(value, str) else ""


def _moment(given: object) -> datetime | None:
    span = parse_span(given.strip()) if isinstance(given, str) else None
    return span.instant.astimezone(UTC) if span is not None and span.instant is not None else None
