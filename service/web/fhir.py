"""The FHIR endpoint: the operation `$screen`."""

from __future__ import annotations

import re
from collections.abc import Callable
from threading import Semaphore
from typing import Final
from uuid import uuid4

import orjson
from flask import Blueprint, Response, request

from service import __version__
from service.core.dates import Span
from service.fhir.refused import Case, Issue, Refused
from service.fhir.versions import FHIR_JSON, FhirVersion, declared_version
from service.fhir.write import risk_assessment
from service.pipeline import Screener, read_clock
from service.settings import Settings
from service.store import Store
from service.web.answers import fhir_answer, wanted
from service.web.body import read_body
from service.web.example import EXAMPLE
from service.web.keeping import Keeper, Sent
from service.web.screening import Desk, Done

# Threads are for waiting senders. Screening is all computing: many at a time in one process only take turns at the
# interpreter, so that each lasts longer and none ends sooner. Two, so that small charts pass a large one.
_COMPUTING: Final = 2
_KEY: Final = re.compile(r"[\x20-\x7e]{1,255}")


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
    keeper = Keeper(store=store, keep_inputs=settings.keep_inputs)
    desk = Desk(screener=screener, keeper=keeper, clock=clock)

    @fhir.post("/RiskAssessment/$screen")
    def screen() -> Response:
        answer = wanted()
        key = _idempotency_key()
        declared_version(request.content_type)  # refuses what would not be read, before the body is
        sent = Sent(
            body=read_body(request, settings.max_body),
            query=tuple(request.args.items(multi=True)),
            content_type=request.content_type,
        )
        with computing:
            asked = screener.read(sent.body, content_type=sent.content_type, query=sent.query)
            done = desk.screen(asked, sent=sent, answer=answer, key=key)
            response = fhir_answer(done.resource, answer, done.version)
        return _stored(response, done, settings)

    return fhir


def _stored(response: Response, done: Done, settings: Settings) -> Response:
    """The answer with where it is stored, and whether it is one that was given before."""
    if done.stored is not None:
        response.headers["Location"] = f"{settings.base_url}/fhir/RiskAssessment/{done.stored.id}"
    if done.is_replay:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _idempotency_key() -> str:
    """The Idempotency-Key, "" where there is none. A quoted one is the same: drafts of the header differ."""
    given = request.headers.get("Idempotency-Key")
    if given is None:
        return ""
    if not _KEY.fullmatch(given):
        message = "Idempotency-Key must be 1 to 255 printable characters"
        raise Refused(Case.BAD_PARAMETER, Issue("value", message))
    return given
