"""The FHIR endpoint: the operation `$screen`."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from threading import Semaphore
from typing import Final
from uuid import uuid4

import orjson
from flask import Blueprint, Response, request

from service import __version__
from service.core.dates import Span
from service.fhir.refused import Issue, operation_outcome
from service.fhir.versions import FHIR_JSON, Answer, FhirVersion, declared_version
from service.fhir.write import risk_assessment
from service.pipeline import Screener, read_clock
from service.settings import Settings
from service.store import Store
from service.web.answers import fhir_answer, wanted
from service.web.batch import add_batch
from service.web.body import read_body
from service.web.example import EXAMPLE
from service.web.idempotency import idempotency_key
from service.web.keeping import Keeper, Sent
from service.web.message import add_messages
from service.web.prefer import preferred
from service.web.screening import Desk, Done, location
from service.web.waiting import letting_others

# Threads are for waiting senders. Screening is all computing: many at a time in one process only take turns at the
# interpreter, so that each lasts longer and none ends sooner. Two, so that small charts pass a large one.
_COMPUTING: Final = 2
_RETURNED: Final = frozenset({"minimal", "representation", "OperationOutcome"})


def warm_up(screener: Screener) -> None:
    """Screen a small chart in each FHIR version that is written differently, so that no caller waits for imports.

    A fault here is one that every request would meet: the service had better not start.
    """
    body = orjson.dumps(EXAMPLE)
    for version in (FhirVersion.R4, FhirVersion.R5):
        screening, _ = screener.answer(body, content_type=FHIR_JSON, query=(), now=read_clock())
        risk_assessment(screening, version, identifier=str(uuid4()), resource_id=None, software_version=__version__)


def fhir_blueprint(
    settings: Settings, screener: Screener, store: Store, *, clock: Callable[[], Span] = read_clock
) -> Blueprint:
    """The screening half of `/fhir`."""
    fhir = Blueprint("fhir", __name__, url_prefix="/fhir")
    computing = Semaphore(_COMPUTING)
    screener = letting_others(screener, computing)
    keeper = Keeper(store=store, keep_inputs=settings.keep_inputs)
    desk = Desk(screener=screener, keeper=keeper, clock=clock)
    add_batch(fhir, settings, desk, computing)
    add_messages(fhir, settings, desk, computing)

    @fhir.post("/RiskAssessment/$screen")
    def screen() -> Response:
        answer = wanted()
        key = idempotency_key()
        declared_version(request.content_type)  # refuses what would not be read, before the body is
        sent = Sent(
            body=read_body(request, settings.max_body),
            query=tuple(request.args.items(multi=True)),
            content_type=request.content_type,
        )
        with computing:
            asked = screener.read(sent.body, content_type=sent.content_type, query=sent.query)
            done = desk.screen(asked, sent=sent, answer=answer, key=key)
            return _told(done, answer, settings)

    return fhir


def _told(done: Done, answer: Answer, settings: Settings) -> Response:
    """The answer, in the length that the caller prefers where the result can be read later."""
    if done.stored is None:
        return fhir_answer(done.resource, answer, done.version)
    preference = preferred("return")
    if preference == "minimal":
        response = Response(status=HTTPStatus.OK)
        del response.headers["Content-Type"]
    elif preference == "OperationOutcome":
        issue = Issue("informational", f"screened and stored: {done.stored.headline}", severity="information")
        response = fhir_answer(operation_outcome((issue,), done.version), answer, done.version)
    else:
        response = fhir_answer(done.resource, answer, done.version)
    if preference in _RETURNED:
        response.headers["Preference-Applied"] = f"return={preference}"
    response.headers["Location"] = location(done.stored.id, settings)
    if done.is_replay:
        response.headers["Idempotency-Replayed"] = "true"
    return response
