"""The FHIR endpoint: the operation `$screen`, and what describes it."""

from __future__ import annotations

from threading import Semaphore
from typing import Final
from uuid import uuid4

import orjson
from flask import Blueprint, Response, request

from service import __version__
from service.fhir.versions import FHIR_JSON, FhirVersion, declared_version
from service.fhir.write import risk_assessment
from service.pipeline import Screener, read_clock
from service.settings import Settings
from service.web.answers import fhir_answer, wanted
from service.web.body import read_body
from service.web.example import EXAMPLE
from service.web.told import tell

# Threads are for waiting senders. Screening is all computing: many at a time in one process only take turns at the
# interpreter, so that each lasts longer and none ends sooner. Two, so that small charts pass a large one.
_COMPUTING: Final = 2


def warm_up(screener: Screener) -> None:
    """Screen a small chart in each FHIR version that is written differently, so that no caller waits for imports.

    A fault here is one that every request would meet: the service had better not start.
    """
    body = orjson.dumps(EXAMPLE)
    for version in (FhirVersion.R4, FhirVersion.R5):
        screening, _ = screener.answer(body, content_type=FHIR_JSON, query=(), now=read_clock())
        risk_assessment(screening, version, identifier=str(uuid4()), resource_id=None, software_version=__version__)


def fhir_blueprint(settings: Settings, screener: Screener) -> Blueprint:
    """Everything under `/fhir`."""
    fhir = Blueprint("fhir", __name__, url_prefix="/fhir")
    computing = Semaphore(_COMPUTING)

    @fhir.post("/RiskAssessment/$screen")
    def screen() -> Response:
        answer = wanted()
        declared_version(request.content_type)  # refuses what would not be read, before the body is
        body = read_body(request, settings.max_body)
        with computing:
            screening, version = screener.answer(
                body,
                content_type=request.content_type,
                query=tuple(request.args.items(multi=True)),
                now=read_clock(),
            )
            tell(screening)
            version = answer.version(version)
            resource = risk_assessment(
                screening, version, identifier=str(uuid4()), resource_id=None, software_version=__version__
            )
            return fhir_answer(resource, answer, version)

    return fhir
