"""Errors as answers: one table from case to status; an OperationOutcome under `/fhir`, plain JSON elsewhere.

A browser that asks for a page gets a page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

import orjson
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from service.fhir.refused import Case, Issue, Refused, operation_outcome
from service.fhir.versions import Answer, FhirVersion
from service.store import StoreAwayError
from service.web.answers import JSON_UTF_8, fhir_answer, json_answer, wanted_or_default
from service.web.logs import log_bug
from service.web.pages.layout import Pages

# Contract, section 8.
STATUS: Final[Mapping[Case, HTTPStatus]] = {
    Case.MALFORMED: HTTPStatus.BAD_REQUEST,
    Case.EMPTY: HTTPStatus.BAD_REQUEST,
    Case.UNSUPPORTED_MEDIA: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Case.NOT_ACCEPTABLE: HTTPStatus.NOT_ACCEPTABLE,
    Case.NOT_A_MESSAGE: HTTPStatus.BAD_REQUEST,
    Case.NOT_A_CHART: HTTPStatus.UNPROCESSABLE_ENTITY,
    Case.NO_PATIENT: HTTPStatus.UNPROCESSABLE_ENTITY,
    Case.SEVERAL_PATIENTS: HTTPStatus.UNPROCESSABLE_ENTITY,
    Case.NO_CHART: HTTPStatus.UNPROCESSABLE_ENTITY,
    Case.BAD_PARAMETER: HTTPStatus.BAD_REQUEST,
    Case.UNKNOWN_PACK: HTTPStatus.BAD_REQUEST,
    Case.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Case.TOO_MANY_ENTRIES: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Case.KEY_TAKEN: HTTPStatus.UNPROCESSABLE_ENTITY,
    Case.BAD_CALL: HTTPStatus.BAD_REQUEST,
    Case.NOTHING_TO_SCREEN: HTTPStatus.PRECONDITION_FAILED,
}

# Only CDS Hooks calls are refused for these.
CDS_CASES: Final = frozenset({Case.BAD_CALL, Case.NOTHING_TO_SCREEN})

_RETRY_S: Final = 5  # as long as the store rests after a failure
_KEPT_HEADERS: Final = frozenset({"Allow", "Retry-After", "WWW-Authenticate"})
# The rest of such a request may still be on its way, and must not be taken for the next one.
_CLOSING: Final = frozenset({HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT})

# What Flask, Werkzeug and the server raise by themselves: issue code, and what to do.
_RAISED: Final[Mapping[int, tuple[str, str]]] = {
    400: ("structure", "the request is not well-formed HTTP: check its headers and the framing of its body"),
    401: ("login", "who calls is not known: send an access token in the header Authorization, as Bearer"),
    403: ("forbidden", "this caller may not do this: the token's scope, or the right listed here, does not reach it"),
    404: ("not-found", "there is nothing at this address: GET /fhir/metadata and /openapi.json list what there is"),
    405: ("not-supported", "this address does not take this method: the Allow header lists those it takes"),
    408: ("timeout", "the request took too long to arrive: send it again"),
    413: ("too-long", "the request is too large"),
    414: ("too-long", "the address is too long: send the parameters in the body, as a Parameters resource"),
    415: ("not-supported", "this media type is not supported: send application/fhir+json"),
    417: ("not-supported", "this Expect header is not supported: leave it out"),
    429: ("throttled", "this caller asks too much: try again when Retry-After says so"),
    431: ("too-long", "the headers are too large"),
    503: ("transient", "something that is needed for this can't be reached: try again later"),
}


def answer_errors(app: Flask, pages: Pages) -> None:
    """Answer everything that goes wrong in this application; the form follows the path, and who asks."""

    def _answer(status: HTTPStatus, issues: Sequence[Issue]) -> Response:
        g.issue = issues[0].code  # for the trail
        if wants_page():
            response = pages.page(
                "error.html",
                status,
                title=status.phrase,
                issues=[_sentence(issue.diagnostics) for issue in issues],
                request_id=g.get("request_id"),
            )
        else:
            response = _data(status, issues)
        if status in _CLOSING:
            response.headers["Connection"] = "close"
        return response

    @app.errorhandler(Refused)
    def refused(fault: Refused) -> Response:
        return _answer(STATUS[fault.case], fault.issues)

    @app.errorhandler(StoreAwayError)
    def store_away(_: StoreAwayError) -> Response:
        issue = Issue("transient", "what is stored can't be reached now: try again later")
        response = _answer(HTTPStatus.SERVICE_UNAVAILABLE, (issue,))
        response.headers["Retry-After"] = str(_RETRY_S)
        return response

    @app.errorhandler(HTTPException)
    def raised(fault: HTTPException) -> Response:
        status = HTTPStatus(fault.code or HTTPStatus.INTERNAL_SERVER_ERROR)
        response = _answer(status, (_issue(status),))
        for name, value in fault.get_headers():
            if name in _KEPT_HEADERS:
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def unexpected(fault: Exception) -> Response:
        log_bug(fault, request_id=g.get("request_id"))
        return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, (_bug(g.get("request_id")),))


def raised_answer(path: str, status: HTTPStatus) -> tuple[str, bytes]:
    """Content-Type and body for what fails before there is a request: bad HTTP, seen by the server alone."""
    issue = _bug(None) if status is HTTPStatus.INTERNAL_SERVER_ERROR else _issue(status)
    content = operation_outcome((issue,), FhirVersion.R4)
    if is_fhir(path):
        return Answer().content_type(FhirVersion.R4), orjson.dumps(content)
    if is_cds(path):
        return JSON_UTF_8, orjson.dumps(_for_cds(content))
    return JSON_UTF_8, orjson.dumps({"issue": content["issue"]})


def is_fhir(path: str) -> bool:
    """Whether errors at this path are told as OperationOutcome."""
    return path.startswith(("/fhir/", "/sandbox/fhir/")) or path in ("/fhir", "/sandbox/fhir")


def is_cds(path: str) -> bool:
    """Whether errors at this path are told as an OperationOutcome in plain JSON (CDS Hooks)."""
    return path == "/cds-services" or path.startswith("/cds-services/")


def _for_cds(outcome: dict[str, object]) -> dict[str, object]:
    """The OperationOutcome with the words where CDS clients look for them, in `details.text`."""
    issues = outcome["issue"]
    written = (
        [{**each, "details": {"text": each["diagnostics"]}} for each in issues if isinstance(each, dict)]
        if (isinstance(issues, list))
        else []
    )
    return {**outcome, "issue": written}


def wants_page() -> bool:
    """Whether a browser asks, at an address where there are pages."""
    data_only = is_fhir(request.path) or is_cds(request.path)
    return not data_only and request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html"


def _sentence(message: str) -> str:
    return f"{message[:1].upper()}{message[1:]}."


def _data(status: HTTPStatus, issues: Sequence[Issue]) -> Response:
    answer = wanted_or_default()
    version = answer.version(FhirVersion.R4)
    outcome = operation_outcome(issues, version)
    if is_fhir(request.path):
        return fhir_answer(outcome, answer, version, status)
    if is_cds(request.path):
        return json_answer(_for_cds(outcome), status)
    return json_answer({"issue": outcome["issue"]}, status)


def _issue(status: HTTPStatus) -> Issue:
    """What to say about a status that the framework or the server raised: never its own text, which may quote."""
    code, message = _RAISED.get(status, ("processing", "this request can't be answered"))
    return Issue(code, message)


def _bug(request_id: str | None) -> Issue:
    where = f" under request id {request_id}" if request_id else ""
    message = f"unexpected error in Needlewise, nothing was screened: it is logged{where}; please report it"
    return Issue("exception", message, severity="fatal")
