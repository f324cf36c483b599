"""ServiceRequest: what is ordered, where on the body, and every detail that may name a side or current."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from service.core.chart import CodeableConcept, Order
from service.fhir.read.body_sites import read_body_sites
from service.fhir.read.elements import Elements
from service.fhir.read.reading import Reading
from service.fhir.read.received import Received
from service.fhir.read.references import reference_string

_REQUEST: Final = frozenset(
    ["draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown", "ended"]
)
_NUMBERS: Final = ("valueQuantity", "valueRange", "valueRatio")


def read_order(reading: Reading, received: Received) -> Order:
    """A ServiceRequest of any version."""
    order, faults = reading.elements(received, ("status",))
    details = [*_order_details(order), *_words(order)]
    encounter = received.resource.get("encounter") or received.resource.get("context")
    return Order(
        status=order.status("status", _REQUEST),
        intent=order.string("intent").lower() or None,
        do_not_perform=order.flag("doNotPerform") is True,
        body_sites=read_body_sites(reading, received, order),
        details=tuple(dict.fromkeys(details)),
        encounter=reference_string(encounter) or None,
        faults=tuple(faults),
    )


def _order_details(order: Elements) -> Iterator[CodeableConcept]:
    """R4: concepts. R5: parameters, each a code with a value."""
    for raw in order.objects("orderDetail"):
        if isinstance(raw, dict) and ("parameter" in raw or "parameterFocus" in raw):
            for parameter in order.inside(raw, "orderDetail").children("parameter"):
                if (detail := _parameter(parameter)) is not None:
                    yield detail
        else:
            concept = order.concepts.read(raw, "orderDetail", order.faults)
            if concept.codings or concept.text:
                yield concept


def _parameter(parameter: Elements) -> CodeableConcept | None:
    """A parameter as one concept: what it is called stands in the text, so that "side: left" reads as said.

    A parameter that is answered with no says nothing; one that only measures (2 Hz) says that it applies.
    """
    code = parameter.concept("code") or CodeableConcept()
    if parameter.flag("valueBoolean") is False:
        return None
    if parameter.flag("valueBoolean") or any(parameter.has(name) for name in _NUMBERS):
        return code
    value = parameter.concept("valueCodeableConcept") or CodeableConcept((), parameter.string("valueString"))
    if not value.codings and not value.text:
        return None
    return CodeableConcept(value.codings, ": ".join(words for words in (code.words(), value.words()) if words))


def _words(order: Elements) -> Iterator[CodeableConcept]:
    """Notes and instructions, which often hold the side."""
    said = [note.string("text") for note in order.children("note")]
    if isinstance(order.raw.get("patientInstruction"), str):
        said.append(order.string("patientInstruction"))
    else:
        said += [one.string("instructionMarkdown") for one in order.children("patientInstruction")]
    yield from (CodeableConcept((), words) for words in said if words)
