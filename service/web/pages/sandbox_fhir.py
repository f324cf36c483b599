"""The sandbox's FHIR server over HTTP, and its public key. It knows tokens of its own only."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, request

from service.fhir.versions import FHIR_JSON, FhirVersion
from service.fhir.versions import Answer as Form
from service.sandbox.box import Box
from service.sandbox.server import Answer, Grant, outcome
from service.web.answers import fhir_answer, json_answer

_BEARER: Final = re.compile(r"Bearer +(\S+) *", re.IGNORECASE)
_CHALLENGE: Final = 'Bearer realm="needlewise sandbox"'


def sandbox_fhir_blueprint(box: Box) -> Blueprint:
    """Everything under `/sandbox/fhir`, and `/sandbox/jwks.json`."""
    sandbox = Blueprint("sandbox-fhir", __name__, url_prefix="/sandbox")

    @sandbox.get("/jwks.json")
    def keys() -> Response:
        response = json_answer(box.key_set)
        response.content_type = "application/jwk-set+json"
        return response

    @sandbox.get("/fhir/metadata")
    def metadata() -> Response:
        return _written(Answer(HTTPStatus.OK, box.server.metadata()))

    @sandbox.get("/fhir/<type_>")
    def search(type_: str) -> Response:
        grant = _grant(box)
        query = request.query_string.decode("ascii", "replace")
        return _written(box.server.search(grant, type_, query) if grant is not None else _UNKNOWN)

    @sandbox.get("/fhir/<type_>/<id_>")
    def read(type_: str, id_: str) -> Response:
        grant = _grant(box)
        return _written(box.server.read(grant, type_, id_) if grant is not None else _UNKNOWN)

    return sandbox


_UNKNOWN: Final = outcome(HTTPStatus.UNAUTHORIZED, "login", "send the access token that the call brought")


def _grant(box: Box) -> Grant | None:
    shown = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    return box.granted(shown[1]) if shown is not None else None


def _written(answer: Answer) -> Response:
    response = fhir_answer(answer.resource, Form(FHIR_JSON), FhirVersion.R4, answer.status)
    if answer.status is HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = _CHALLENGE
    return response
