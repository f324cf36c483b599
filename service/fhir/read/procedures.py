"""Procedure and Immunization: what was done, and when."""

from __future__ import annotations

from typing import Final

from service.core.chart import Immunization, Procedure
from service.core.dates import Period
from service.fhir.read.body_sites import read_body_sites
from service.fhir.read.elements import Elements
from service.fhir.read.reading import Reading, moment
from service.fhir.read.received import Received

_EVENT: Final = frozenset(
    {
        "preparation",
        "in-progress",
        "not-done",
        "on-hold",
        "stopped",
        "completed",
        "entered-in-error",
        "unknown",
    }
)


def read_procedure(reading: Reading, received: Received) -> Procedure:
    """A Procedure: R4 says when it was `performed`, R5 when it `occurred`."""
    procedure, faults = reading.elements(received, ("status",))
    if procedure.flag("notDone"):  # STU3's way to say it was not
        procedure.fault("status", "stands beside notDone")
    return Procedure(
        status=procedure.status("status", _EVENT),
        performed=_performed(procedure),
        body_sites=read_body_sites(reading, received, procedure),
        faults=tuple(faults),
    )


def _performed(procedure: Elements) -> Period:
    for stem in ("performed", "occurrence"):
        if procedure.has(f"{stem}Period"):
            return procedure.period(f"{stem}Period")
        if (span := moment(procedure, stem)) is not None:
            return Period(start=span, end=span)
    return Period()


def read_immunization(reading: Reading, received: Received) -> Immunization:
    """An Immunization (STU3 gave its `date`)."""
    immunization, faults = reading.elements(received, ("status",))
    if immunization.flag("notGiven"):
        immunization.fault("status", "stands beside notGiven")
    return Immunization(
        status=immunization.status("status", _EVENT),
        occurrence=moment(immunization, "occurrence") or immunization.span("date"),
        faults=tuple(faults),
    )
