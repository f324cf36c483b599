"""What the workbench is asked: the form as it was sent, and as a question to the core."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from flask import Request  # noqa: TC002 - the types of this room are there at run time

from service.core.chart import CodeableConcept
from service.core.dates import parse_span
from service.fhir.primitives import plain
from service.fhir.read import Asked
from service.fhir.refused import Case, Issue, Refused
from service.fhir.versions import FHIR_JSON
from service.pipeline import Screener
from service.web.pages.examples import Example

_STIMULATION: Final = {"": None, "true": True, "false": False}
_MOST_TARGETS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The form's fields, as a page shows them again."""

    chart: str
    targets: tuple[str, ...] = ()
    as_of: str = ""
    packs: tuple[str, ...] = ()
    stimulation: str = ""
    beside: tuple[str, ...] = ()  # packs to compare with
    example: str = ""

    def query(self) -> tuple[tuple[str, str], ...]:
        """The question as a query string asks it."""
        single = (("as-of", self.as_of), ("electrical-stimulation", self.stimulation))
        named = (*(("target", each) for each in self.targets), *(("pack", each) for each in self.packs), *single)
        return tuple((name, value) for name, value in named if value)


def of_example(example: Example) -> Form:
    """The form that an example is shown with."""
    return Form(
        chart=example.chart,
        as_of=example.as_of,
        packs=example.packs,
        stimulation=example.stimulation,
        example=example.id,
    )


def read_form(request: Request, max_body: int) -> Form:
    """The form that was sent, at most `max_body` bytes of it."""
    request.max_content_length = max_body
    request.max_form_memory_size = max_body
    sent = request.form
    targets = (*sent.getlist("target"), *sent.get("more-targets", "").splitlines())
    return Form(
        chart=sent.get("chart", ""),
        targets=tuple(dict.fromkeys(filter(None, map(plain, targets))))[:_MOST_TARGETS],
        as_of=sent.get("as-of", "").strip(),
        packs=several(sent.get("pack", "")),
        stimulation=sent.get("electrical-stimulation", ""),
        beside=several(sent.get("beside", "")),
    )


def several(written: str) -> tuple[str, ...]:
    """Pack ids as the form's choices write them.

    >>> several("default+extended")
    ('default', 'extended')
    """
    return tuple(each for each in written.split("+") if each)


def ask(form: Form, screener: Screener) -> Asked:
    """The chart and the question. What the form says goes before what a Parameters resource says. Raises Refused."""
    asked = screener.read(form.chart.encode(), content_type=FHIR_JSON, query=())
    as_of = parse_span(form.as_of) if form.as_of else None
    faults = []
    if form.as_of and as_of is None:
        faults.append(Issue("value", "the date is not one such as 2026-03-02", "as-of"))
    if form.stimulation not in _STIMULATION:
        faults.append(Issue("value", "electrical stimulation is neither true nor false", "electrical-stimulation"))
    if faults:
        raise Refused(Case.BAD_PARAMETER, *faults)
    targets = tuple(CodeableConcept((), each) for each in form.targets)
    stimulation = _STIMULATION[form.stimulation]
    return replace(
        asked,
        targets=targets or asked.targets,
        as_of=as_of or asked.as_of,
        packs=form.packs or asked.packs,
        electrical_stimulation=asked.electrical_stimulation if stimulation is None else stimulation,
    )


def choices(screener: Screener) -> tuple[tuple[str, ...], ...]:
    """Every choice of packs that can be judged by, as their ids, base pack first."""
    ids = tuple(screener.packs)
    pairs = [(one, other) for place, one in enumerate(ids) for other in ids[place + 1 :]]
    found: dict[tuple[str, ...], None] = {}
    for each in (*((one,) for one in ids), *pairs):
        with suppress(Refused):  # two base packs
            found[tuple(pack.id for pack in screener.choose_packs(each))] = None
    return tuple(found)
