"""CDS Hooks calls with dull defaults, in the shapes that clients send."""

from collections.abc import Mapping
from functools import cache
from itertools import count
from typing import Any, Final

import orjson

from service.cds.answer import Answered, Answerer
from service.cds.cards import Form
from service.cds.chart import Ask
from service.cds.discovery import templates
from service.cds.requests import read_call
from service.core.dates import Span, parse_span
from service.pipeline import Screener
from tests.vignettes.runner import knowledge, packs

Json = dict[str, Any]

SUBJECT: Final = {"reference": "Patient/joe"}
OUTCOME: Final = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "forbidden"}]}


def moment(written: str = "2026-03-02T09:30:00+00:00") -> Span:
    span = parse_span(written)
    assert span is not None
    return span


def order(id_: str = "order", site: str = "left gastrocnemius", words: str = "Dry needling", **more: Any) -> Json:
    made = {"resourceType": "ServiceRequest", "id": id_, "status": "draft", "intent": "order", "subject": SUBJECT}
    made |= {"code": {"text": words}}
    return made | ({"bodySite": [{"text": site}]} if site else {}) | more


def patient(gender: str = "male", id_: str = "joe") -> Json:
    return {"resourceType": "Patient", "id": id_, "gender": gender, "birthDate": "1990-01-01"}


def taking(medicine: str = "Apixaban 5 mg tablet", id_: str = "medicine", **more: Any) -> Json:
    made = {"resourceType": "MedicationRequest", "id": id_, "status": "active", "intent": "order", "subject": SUBJECT}
    return made | {"authoredOn": "2026-02-20", "medicationCodeableConcept": {"text": medicine}} | more


def has(problem: str, id_: str = "problem") -> Json:
    return {
        "resourceType": "Condition",
        "id": id_,
        "subject": SUBJECT,
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"text": problem},
        "recordedDate": "2026-02-10",
    }


def found(*resources: Json, **more: Any) -> Json:
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(resources), "entry": entries} | more


def whole(*problems: Json, medicines: tuple[Json, ...] = (), gender: str = "male") -> Json:
    """A prefetch with all lists that a question would be asked about."""
    return {
        "patient": patient(gender),
        "conditions": found(*problems),
        "medicationRequests": found(*medicines),
    }


def bundle(*resources: Json) -> Json:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}


def sign(*orders: Json, prefetch: object = None, hook: str = "order-sign", **more: Any) -> Json:
    """A call, by default one of order-sign."""
    context: Json = {"userId": "Practitioner/doc", "patientId": "joe", "draftOrders": bundle(*orders)}
    made: Json = {"hook": hook, "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": context}
    context |= more.pop("context", {})
    return made | ({"prefetch": prefetch} if prefetch is not None else {}) | more


def call_of(hook: str, context: Json, prefetch: object = None, **more: Any) -> Json:
    """A call of any hook, with a context of its own."""
    made: Json = {"hook": hook, "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"}
    return made | {"context": {"patientId": "joe"} | context, "prefetch": prefetch or {}} | more


@cache
def answerer() -> Answerer:
    screener = Screener(knowledge=knowledge(), packs=packs(), default_packs=("default",), max_entries=1_000)
    return Answerer(
        screener=screener,
        templates=templates(tuple(packs().values()), knowledge()),
    )


def unasked(call: object, needs: object) -> Mapping[str, Any]:  # noqa: ARG001
    return {}


def form(**wanted: Any) -> Form:
    """Ids are counted, so that answers can be compared."""
    numbers = count(1)
    return Form(new_id=lambda: f"id-{next(numbers)}", **wanted)


def answered(sent: Json, ask: Ask = unasked, *, now: str = "2026-03-02T09:30:00+00:00", **wanted: Any) -> Answered:
    call = read_call(orjson.dumps(sent), f"dry-needling-{sent['hook']}")
    null_is_empty = wanted.pop("null_is_empty", False)
    return answerer().answer(call, ask=ask, now=moment(now), form=form(**wanted), null_is_empty=null_is_empty)


def cards(sent: Json, ask: Ask = unasked, **wanted: Any) -> list[Json]:
    return [card.content for card in answered(sent, ask, **wanted).cards]
