"""What is stored, in the OpenAPI document."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from service.fhir.definitions.capability import EVENTS_BY, RESULTS_BY
from service.web.openapi_parts import fault, fhir_content, parameters, response

_FORM: Final = "application/x-www-form-urlencoded"
_READ: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.NOT_ACCEPTABLE, HTTPStatus.SERVICE_UNAVAILABLE)
_APART: Final = ("_id", "date", "subject")  # described for each, or for `$screen` too
_WORDS: Final = ("_count", "_sort", "_summary", "_page")


def stored_paths() -> dict[str, Any]:
    """The addresses of results and of the audit trail."""
    found: dict[str, Any] = {}
    for type_, names, what in (("RiskAssessment", RESULTS_BY, "result"), ("AuditEvent", EVENTS_BY, "event")):
        path = f"/fhir/{type_}"
        asked = [f"{type_}.{name}" if name in _APART else name for name in names]
        found[path] = {"get": _search(type_, [*asked, *_WORDS], what, "")}
        found[f"{path}/_search"] = {"post": _search(type_, [*asked, *_WORDS], what, "ByForm") | _form()}
        found[f"{path}/{{id}}"] = {"get": _read(type_, what)}
    return found


def _read(type_: str, what: str) -> dict[str, Any]:
    return {
        "operationId": f"read{type_}",
        "summary": f"One stored {what}",
        "description": "Only for the caller who caused it, or one that is listed for reading alone. A result is read "
        "in the FHIR version it was answered in. With `DATABASE_URL=none` there is none.",
        "tags": ["results"],
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
            *parameters(()),
        ],
        "responses": {
            "200": response(f"The {what}.", fhir_content("#/components/schemas/Resource")),
            **{str(int(status)): fault(status) for status in _READ},
        },
    }


def _search(type_: str, names: list[str], what: str, how: str) -> dict[str, Any]:
    return {
        "operationId": f"search{type_}{how}",
        "summary": f"Stored {what}s",
        "description": "The newest first, unless `_sort` says otherwise. Values separated by commas are alternatives; "
        "a parameter that is repeated must hold each time.",
        "tags": ["results"],
        "parameters": parameters(names),
        "responses": {
            "200": response("A searchset, with links to itself and the next page.", fhir_content(_BUNDLE)),
            "400": response("A parameter is unknown or can't be read.", fhir_content(_OUTCOME)),
            **{str(int(status)): fault(status) for status in _READ},
        },
    }


_BUNDLE: Final = "#/components/schemas/Bundle"
_OUTCOME: Final = "#/components/schemas/OperationOutcome"


def _form() -> dict[str, Any]:
    words = "The parameters, so that they stand in no address."
    return {"requestBody": {"description": words, "content": {_FORM: {"schema": {"type": "object"}}}}}


def stored_parameters() -> dict[str, Any]:
    """The parameters and headers that only these addresses know."""

    def query(name: str, description: str) -> dict[str, Any]:
        return {"name": name, "in": "query", "description": description, "schema": {"type": "string"}}

    def header(name: str, description: str) -> dict[str, Any]:
        return {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}

    when = "A FHIR date, if need be with a prefix: `ge2026-03-02`; twice for a period."
    return {
        "RiskAssessment._id": query("_id", "Ids."),
        "AuditEvent._id": query("_id", "Ids."),
        "RiskAssessment.date": query("date", f"What it was judged for. {when}"),
        "AuditEvent.date": query("date", f"When it was recorded. {when}"),
        "RiskAssessment.subject": query("subject", "The same as `patient`."),
        "identifier": query("identifier", "The UUID of a screening, alone or behind its system and `|`."),
        "patient": query("patient", "`Patient/123`, `123`, or the whole reference as it stands in the result."),
        "method": query("method", "A rule pack that took part."),
        "risk": query("risk", "A headline code that any prediction has."),
        "headline": query("headline", "The headline of the whole result."),
        "agent": query("agent", "Who called: the name in TRUST, else the address."),
        "_sort": query("_sort", "`date` or `_lastUpdated`, with `-` in front for the newest first."),
        "_page": query("_page", "As a `next` link has it."),
        "Idempotency-Key": header("Idempotency-Key", "Marks a request that may come again, for 24 hours."),
        "Accept-Language": header("Accept-Language", "The language of the result: `en`, `de` or `es`."),
        "Prefer": header("Prefer", "`return=minimal`, `return=representation` or `return=OperationOutcome`."),
    }
