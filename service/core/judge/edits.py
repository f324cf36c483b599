"""Entries as they would be written after a change."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from service.core.chart import (
    Allergy,
    CodeableConcept,
    Coding,
    Condition,
    Content,
    Entry,
    Immunization,
    Kind,
    Medicine,
    Observation,
    Procedure,
    Source,
)
from service.core.dates import Period, Span
from service.core.screening import Code

_ERROR: Final = "entered-in-error"
NEGATIVE: Final = Code("http://snomed.info/sct", "260385009", "Negative")
_NEGATIVE: Final = CodeableConcept(codings=(Coding("snomed", NEGATIVE.code, NEGATIVE.display),), text=NEGATIVE.display)
_NEW: Final = Source(position=-2, type="Observation", reference=None)  # no entry of the chart has this place


def resolved(entry: Entry) -> Entry:
    """A problem with the clinical status `resolved`."""
    return _with(entry, _condition(entry, clinical_status="resolved"))


def refuted(entry: Entry) -> Entry:
    """A problem with the verification status `refuted`."""
    return _with(entry, _condition(entry, verification_status="refuted"))


def stopped(entry: Entry, on: Span) -> Entry:
    """A medicine that was stopped on a day: a statement's period, or an order's supply, ends then."""
    content = entry.content()
    assert isinstance(content, Medicine)  # noqa: S101 - the door pairs kinds with contents
    if content.request:
        return _with(entry, replace(content, status="stopped", supply_ends=on))
    period = Period(start=content.effective.start, end=on)
    return _with(entry, replace(content, status="stopped", adherence=None, effective=period))


def withdrawn(entry: Entry) -> Entry:
    """An entry that is marked as entered in error."""
    content = entry.content()
    match content:
        case Condition() | Allergy():
            return _with(entry, replace(content, verification_status=_ERROR))
        case Medicine() | Observation() | Procedure() | Immunization():
            return _with(entry, replace(content, status=_ERROR))
        case _:
            return entry


def negative_result(like: Entry, on: Span) -> Entry:
    """A final result of the same test that says "negative"."""
    return _observation(like.code, _NEGATIVE, on)


def observed(code: CodeableConcept, value: CodeableConcept, on: Span) -> Entry:
    """A final observation with a coded answer."""
    return _observation(code, value, on)


def _observation(code: CodeableConcept, value: CodeableConcept, on: Span) -> Entry:
    content = Observation(status="final", effective=on, concept=value)
    return Entry(source=_NEW, kind=Kind.OBSERVATION, code=code, content=lambda: content, parts=(value,))


def _condition(entry: Entry, **said: str) -> Content:
    content = entry.content()
    assert isinstance(content, Condition | Allergy)  # noqa: S101 - the door pairs kinds with contents
    return replace(content, **said)  # type: ignore[arg-type]


def _with(entry: Entry, content: Content) -> Entry:
    return entry._replace(content=lambda: content)
