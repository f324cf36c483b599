"""`/openapi.json`: the HTTP interface as OpenAPI 3.1. A test compares it with the routes and the error table."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response

from service import __version__
from service.fhir.definitions.capability import DEFINITIONS, SEARCHED_BY
from service.fhir.versions import FHIR_JSON, JSON
from service.settings import Settings
from service.web.answers import json_answer
from service.web.errors import CDS_CASES, STATUS
from service.web.example import EXAMPLE
from service.web.openapi_cds import cds_paths, cds_schemas
from service.web.openapi_pages import pages_paths
from service.web.openapi_sandbox import sandbox_paths

_SPECIFICATION: Final = "http://hl7.org/fhir"
_BUG: Final = HTTPStatus.INTERNAL_SERVER_ERROR
_REFUSALS: Final = {status for case, status in STATUS.items() if case not in CDS_CASES}
_EVERYWHERE: Final = ("_format", "_pretty")
_PAGED: Final = ("_count", "_summary")

# What each status means to a caller; 4xx: sending the same again gives the same.
_MEANING: Final[Mapping[int, str]] = {
    400: "The body is no JSON (or has doubled names, is nested too deeply, is not UTF-8), there is no body, "
    "or a parameter or rule pack is unknown, doubled or wrong.",
    404: "There is nothing at this address.",
    405: "This address does not take this method; see the header Allow.",
    406: "No media type or FHIR version that was asked for can be written.",
    413: "The body is over the limit, also once decompressed, or the chart has too many entries.",
    415: "The media type, charset, encoding or FHIR version of the body is not supported.",
    422: "The body is JSON but no chart of one patient, or the Idempotency-Key came with another request: see the "
    "issues.",
    503: "What is stored can't be reached now: try again later.",
    500: "A fault of the service. Nothing was screened.",
}


def openapi_blueprint(settings: Settings) -> Blueprint:
    """Serve the document; it is made once."""
    openapi = Blueprint("openapi", __name__)
    content = document(settings.base_url)

    @openapi.get("/openapi.json")
    def read_openapi() -> Response:
        return json_answer(content)

    return openapi


def document(base_url: str) -> dict[str, Any]:
    """The OpenAPI document of a service at this address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Needlewise",
            "version": __version__,
            "summary": "Dry-needling safety at the point of order: a FHIR chart in, one RiskAssessment out.",
            "description": "The FHIR interface describes itself, too: `GET /fhir/metadata`. "
            "Every answer carries `X-Request-ID`, the caller's own where one was sent. Request bodies may be "
            "compressed (`Content-Encoding: gzip` or `deflate`); answers are with `Accept-Encoding: gzip`. "
            "A result that is stored has `Location`; one that could not be stored has `Warning`.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base_url}],
        "tags": [
            {"name": "screening", "description": "The main job."},
            {"name": "cds-hooks", "description": "At order entry: CDS Hooks 2.0."},
            {"name": "results", "description": "What was stored."},
            {"name": "definitions", "description": "What describes the FHIR interface."},
            {"name": "pages", "description": "For people with a browser."},
            {"name": "operation", "description": "For whoever runs the service."},
        ],
        "paths": {
            "/fhir/RiskAssessment/$screen": {"post": _screen()},
            "/fhir/RiskAssessment/{id}": {"get": _read_result()},
            "/fhir/metadata": {"get": _metadata()},
            "/fhir/$versions": {"get": _versions()},
            "/fhir/$package": {"get": _package()},
            **{f"/fhir/{type_}": {"get": _search(type_)} for type_ in DEFINITIONS},
            **{f"/fhir/{type_}/{{id}}": {"get": _read(type_)} for type_ in DEFINITIONS},
            **cds_paths(),
            **pages_paths(),
            **sandbox_paths(),
            "/health/live": {
                "get": _health("live", "Whether the process answers", {"$ref": "#/components/schemas/Live"})
            },
            "/health/ready": {
                "get": _health(
                    "ready", "What is loaded, with versions and counts", {"$ref": "#/components/schemas/Ready"}
                )
            },
            "/metrics": {
                "get": {
                    "operationId": "metrics",
                    "summary": "Counts and durations of all worker processes, for Prometheus",
                    "tags": ["operation"],
                    "responses": {"200": _response("They are.", {"text/plain": {"schema": {"type": "string"}}})},
                }
            },
            "/openapi.json": {
                "get": {
                    "operationId": "openapi",
                    "summary": "This document",
                    "tags": ["operation"],
                    "responses": {"200": _response("This document.", {JSON: {"schema": {"type": "object"}}})},
                }
            },
        },
        "components": {"schemas": _schemas() | cds_schemas(), "parameters": _parameters(), "headers": _headers()},
    }


def _screen() -> dict[str, Any]:
    chart = {"oneOf": [{"$ref": "#/components/schemas/Bundle"}, {"$ref": "#/components/schemas/Parameters"}]}
    media: dict[str, Any] = {
        "schema": chart,
        "examples": {
            "order": {"summary": "A dry-needling order and one medicine", "value": EXAMPLE},
        },
    }
    return {
        "operationId": "screen",
        "summary": "Screen a chart",
        "description": "The body is a Bundle (collection, searchset, transaction, batch, document, message) or a "
        "Parameters resource, of one patient, in FHIR 4.0, 4.3 or 5.0. The query parameters are for a Bundle body; "
        "in Parameters they are parameters of the same names, and the chart is `chart`.",
        "tags": ["screening"],
        "parameters": [
            {"$ref": f"#/components/parameters/{name}"}
            for name in ("target", "as-of", "pack", "subject", "electrical-stimulation", *_EVERYWHERE)
        ],
        "requestBody": {"required": True, "content": {FHIR_JSON: media, JSON: {"schema": chart}}},
        "responses": {
            "200": _response("The result.", _fhir("#/components/schemas/RiskAssessment")),
            **{str(int(status)): _fault(status) for status in sorted({*_REFUSALS, _BUG})},
        },
    }


def _read_result() -> dict[str, Any]:
    return {
        "operationId": "readRiskAssessment",
        "summary": "One stored result, as it was sent",
        "description": "Only to the caller who caused it. In the FHIR version it was answered in; asking for another "
        "is a 406. With `DATABASE_URL=none` there is none.",
        "tags": ["results"],
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
            *({"$ref": f"#/components/parameters/{name}"} for name in _EVERYWHERE),
        ],
        "responses": {
            "200": _response("The result.", _fhir("#/components/schemas/RiskAssessment")),
            "404": _fault(HTTPStatus.NOT_FOUND),
            "406": _fault(HTTPStatus.NOT_ACCEPTABLE),
            "503": _fault(HTTPStatus.SERVICE_UNAVAILABLE),
        },
    }


def _metadata() -> dict[str, Any]:
    return {
        "operationId": "metadata",
        "summary": "What this FHIR server does",
        "tags": ["definitions"],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in _EVERYWHERE],
        "responses": {
            "200": _response("The CapabilityStatement.", _fhir("#/components/schemas/CapabilityStatement")),
            "406": _fault(HTTPStatus.NOT_ACCEPTABLE),
        },
    }


def _versions() -> dict[str, Any]:
    return {
        "operationId": "versions",
        "summary": "The FHIR versions that are read and written",
        "tags": ["definitions"],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in _EVERYWHERE],
        "responses": {
            "200": _response("Each `version`, and the `default`.", _fhir("#/components/schemas/Parameters")),
            "406": _fault(HTTPStatus.NOT_ACCEPTABLE),
        },
    }


def _package() -> dict[str, Any]:
    return {
        "operationId": "package",
        "summary": "Every definition, in one Bundle to be loaded by another FHIR server",
        "tags": ["definitions"],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in _EVERYWHERE],
        "responses": {
            "200": _response("A collection.", _fhir("#/components/schemas/Bundle")),
            "406": _fault(HTTPStatus.NOT_ACCEPTABLE),
        },
    }


def _search(resource_type: str) -> dict[str, Any]:
    return {
        "operationId": f"search{resource_type}",
        "summary": f"Every {resource_type} of this service",
        "tags": ["definitions"],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in (*SEARCHED_BY, *_PAGED, *_EVERYWHERE)],
        "responses": {
            "200": _response("A searchset.", _fhir("#/components/schemas/Bundle")),
            "400": _response(
                "A search parameter is unknown or doubled.", _fhir("#/components/schemas/OperationOutcome")
            ),
            "406": _fault(HTTPStatus.NOT_ACCEPTABLE),
        },
    }


def _read(resource_type: str) -> dict[str, Any]:
    return {
        "operationId": f"read{resource_type}",
        "summary": f"One {resource_type} of this service",
        "tags": ["definitions"],
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
            *({"$ref": f"#/components/parameters/{name}"} for name in _EVERYWHERE),
        ],
        "responses": {
            "200": _response(f"The {resource_type}.", _fhir("#/components/schemas/Resource")),
            "404": _fault(HTTPStatus.NOT_FOUND),
            "406": _fault(HTTPStatus.NOT_ACCEPTABLE),
        },
    }


def _health(name: str, summary: str, schema: dict[str, str]) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["operation"],
        "responses": {"200": _response("It is.", {JSON: {"schema": schema}})},
    }


def _fhir(schema: str) -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": schema}} for media_type in (FHIR_JSON, JSON)}


def _fault(status: HTTPStatus) -> dict[str, Any]:
    return _response(_MEANING[status], _fhir("#/components/schemas/OperationOutcome"))


def _response(description: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": description,
        "headers": {"X-Request-ID": {"$ref": "#/components/headers/X-Request-ID"}},
        "content": content,
    }


def _headers() -> dict[str, Any]:
    return {
        "X-Request-ID": {
            "description": "The caller's request id where a sound one was sent, else its trace id, else a new one.",
            "schema": {"type": "string"},
        }
    }


def _parameters() -> dict[str, Any]:
    def query(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
        return {"name": name, "in": "query", "description": description, "schema": schema}

    texts = {"type": "array", "items": {"type": "string"}}
    return {
        "target": query(
            "target",
            "Where the needle goes, in words or as `system|code`; repeatable. Replaces what orders in the chart say.",
            texts,
        ),
        "as-of": query("as-of", "The moment to judge for, a FHIR date or dateTime; default: now.", {"type": "string"}),
        "pack": query("pack", "Rule pack, by name or canonical; repeatable.", texts),
        "subject": query(
            "subject", "Whose chart it is, such as `Patient/123`, where it holds several patients.", {"type": "string"}
        ),
        "electrical-stimulation": query(
            "electrical-stimulation", "Whether current goes through the needles.", {"type": "boolean"}
        ),
        "_id": query("_id", "Logical ids, separated by commas.", {"type": "string"}),
        "url": query("url", "Canonical addresses, separated by commas.", {"type": "string"}),
        "name": query("name", "How names begin, whatever their case, separated by commas.", {"type": "string"}),
        "version": query("version", "Versions, separated by commas.", {"type": "string"}),
        "_count": query(
            "_count", "How many resources a page holds; the `next` link leads on.", {"type": "integer", "minimum": 0}
        ),
        "_summary": query(
            "_summary",
            "`true`: resources without their codes, rules and elements; `count`: the total alone.",
            {"enum": ["true", "false", "count"]},
        ),
        "_format": query(
            "_format", "`json`, `application/json` or `application/fhir+json`; overrides `Accept`.", {"type": "string"}
        ),
        "_pretty": query("_pretty", "Indent the answer.", {"type": "boolean"}),
    }


def _schemas() -> dict[str, Any]:
    """FHIR's own definitions are the source for resources; here stands what tells them apart."""
    counts = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}}
    text = {"type": "string"}
    return {
        **{
            name: {
                "type": "object",
                "required": ["resourceType"],
                "properties": {"resourceType": {"const": name}},
                "externalDocs": {"url": f"{_SPECIFICATION}/{name.lower()}.html"},
            }
            for name in ("Bundle", "Parameters", "RiskAssessment", "CapabilityStatement")
        },
        "Resource": {
            "type": "object",
            "required": ["resourceType"],
            "properties": {"resourceType": text},
            "externalDocs": {"url": f"{_SPECIFICATION}/resource.html"},
        },
        "OperationOutcome": {
            "type": "object",
            "required": ["resourceType", "issue"],
            "properties": {
                "resourceType": {"const": "OperationOutcome"},
                "issue": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Issue"}},
            },
        },
        "Issue": {
            "type": "object",
            "required": ["severity", "code", "diagnostics"],
            "properties": {
                "severity": {"enum": ["fatal", "error", "warning", "information"]},
                "code": {"type": "string", "description": "Of FHIR's issue-type."},
                "diagnostics": {"type": "string", "description": "What is wrong and what to do; never a value sent."},
                "expression": {"type": "array", "items": text, "description": "FHIRPath from the root of the body."},
            },
        },
        "Live": {"type": "object", "required": ["status"], "properties": {"status": {"const": "ok"}}},
        "Ready": {
            "type": "object",
            "required": ["status", "software", "packs", "lists", "store", "canary"],
            "properties": {
                "status": {
                    "enum": ["ok", "degraded"],
                    "description": "Degraded: it screens, and `store` or `canary` says what is wrong.",
                },
                "canary": {
                    "type": "object",
                    "description": "Synthetic patients, one a rule, screened through the public door.",
                    "required": ["status"],
                    "properties": {
                        "status": {"enum": ["ok", "changed", "silent", "waiting", "off"]},
                        "canaries": {"type": "integer"},
                        "ran": {"type": "string", "format": "date-time"},
                        "problems": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "required": ["rule", "pack", "problem"],
                                "properties": {"rule": text, "pack": text, "problem": text},
                            },
                        },
                    },
                },
                "store": {
                    "type": "object",
                    "required": ["status", "failures"],
                    "properties": {
                        "status": {"enum": ["ok", "failed", "none"]},
                        "failures": {"type": "integer", "description": "How often it was away for this process."},
                        "problem": text,
                    },
                },
                "software": {
                    "type": "object",
                    "required": ["name", "version"],
                    "properties": {"name": text, "version": text},
                },
                "packs": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["id", "version", "title", "rules", "default"],
                        "properties": {
                            "id": text,
                            "version": text,
                            "title": text,
                            "rules": {"type": "integer"},
                            "default": {"type": "boolean", "description": "Used where a request names no pack."},
                        },
                    },
                },
                "lists": {
                    "type": "object",
                    "required": ["version", "counts"],
                    "properties": {"version": text, "counts": counts},
                },
            },
        },
    }
