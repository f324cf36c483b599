"""`/openapi.json`: the HTTP interface as OpenAPI 3.1. A test compares it with the routes and the error table."""

from __future__ import annotations

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
from service.web.openapi_access import SCHEMES, with_doors
from service.web.openapi_cds import cds_paths, cds_schemas
from service.web.openapi_pages import pages_paths
from service.web.openapi_parts import fault, fhir_content, parameters, response
from service.web.openapi_sandbox import sandbox_paths
from service.web.openapi_stored import stored_parameters, stored_paths

_SPECIFICATION: Final = "http://hl7.org/fhir"
_BUG: Final = HTTPStatus.INTERNAL_SERVER_ERROR
_REFUSALS: Final = {status for case, status in STATUS.items() if case not in CDS_CASES}
_QUESTION: Final = ("target", "as-of", "pack", "subject", "electrical-stimulation")
_PAGED: Final = ("_count", "_summary")


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
            "A result that is stored has `Location`; one that could not be stored has `Warning`. The same request with "
            "the same `Idempotency-Key` within 24 hours, or a Bundle with the same `identifier`, gets the same answer, "
            "with `Idempotency-Replayed: true`. `Prefer: return=minimal`, `representation` or `OperationOutcome` is "
            "heard where the result is stored.",
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
        "paths": with_doors(_paths()),
        "components": {
            "schemas": _schemas() | cds_schemas(),
            "parameters": _parameters() | stored_parameters(),
            "headers": _headers(),
            "securitySchemes": SCHEMES,
        },
    }


def _paths() -> dict[str, Any]:
    return {
        "/fhir/RiskAssessment/$screen": {"post": _screen()},
        **stored_paths(),
        "/fhir": {"post": _batch()},
        "/fhir/$process-message": {"post": _process()},
        "/fhir/metadata": {"get": _metadata()},
        "/fhir/$versions": {"get": _versions()},
        "/fhir/$package": {"get": _package()},
        **{f"/fhir/{type_}": {"get": _search(type_)} for type_ in DEFINITIONS},
        **{f"/fhir/{type_}/{{id}}": {"get": _read(type_)} for type_ in DEFINITIONS},
        **cds_paths(),
        **pages_paths(),
        **sandbox_paths(),
        "/health/live": {"get": _health("live", "Whether the process answers", {"$ref": "#/components/schemas/Live"})},
        "/health/ready": {
            "get": _health("ready", "What is loaded, with versions and counts", {"$ref": "#/components/schemas/Ready"})
        },
        "/metrics": {
            "get": {
                "operationId": "metrics",
                "summary": "Counts and durations of all worker processes, for Prometheus",
                "tags": ["operation"],
                "responses": {"200": response("They are.", {"text/plain": {"schema": {"type": "string"}}})},
            }
        },
        "/openapi.json": {
            "get": {
                "operationId": "openapi",
                "summary": "This document",
                "tags": ["operation"],
                "responses": {"200": response("This document.", {JSON: {"schema": {"type": "object"}}})},
            }
        },
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
        "parameters": parameters((*_QUESTION, "Idempotency-Key", "Prefer", "Accept-Language")),
        "requestBody": {"required": True, "content": {FHIR_JSON: media, JSON: {"schema": chart}}},
        "responses": {
            "200": response("The result.", fhir_content("#/components/schemas/RiskAssessment")),
            **{str(int(status)): fault(status) for status in sorted({*_REFUSALS, _BUG})},
        },
    }


def _batch() -> dict[str, Any]:
    bundle = {"schema": {"$ref": "#/components/schemas/Bundle"}}
    return {
        "operationId": "batch",
        "summary": "Screen many charts",
        "description": "A Bundle of type `batch`; each entry has `request.method` POST, `request.url` "
        "`RiskAssessment/$screen` with its query, and a Bundle or Parameters as `resource`. The answer has the same "
        "order; what becomes of one entry leaves the others alone.",
        "tags": ["screening"],
        "parameters": parameters(("Idempotency-Key", "Accept-Language")),
        "requestBody": {"required": True, "content": {FHIR_JSON: bundle, JSON: bundle}},
        "responses": {
            "200": response("A Bundle of type `batch-response`.", fhir_content("#/components/schemas/Bundle")),
            **{str(int(status)): fault(status) for status in sorted({*_REFUSALS, _BUG})},
        },
    }


def _process() -> dict[str, Any]:
    bundle = {"schema": {"$ref": "#/components/schemas/Bundle"}}
    return {
        "operationId": "processMessage",
        "summary": "Screen the chart in a FHIR message",
        "description": "A Bundle of type `message` whose MessageHeader has the event `screen-dry-needling`; the rest "
        "is the chart. The answer is a message: `ok` with a RiskAssessment, or `fatal-error` with an "
        "OperationOutcome. The query parameters are those of `$screen`.",
        "tags": ["screening"],
        "parameters": parameters((*_QUESTION, "Idempotency-Key", "Accept-Language")),
        "requestBody": {"required": True, "content": {FHIR_JSON: bundle, JSON: bundle}},
        "responses": {
            "200": response("A Bundle of type `message`.", fhir_content("#/components/schemas/Bundle")),
            **{str(int(status)): fault(status) for status in sorted({*_REFUSALS, _BUG})},
        },
    }


def _metadata() -> dict[str, Any]:
    return {
        "operationId": "metadata",
        "summary": "What this FHIR server does",
        "tags": ["definitions"],
        "parameters": parameters(()),
        "responses": {
            "200": response("The CapabilityStatement.", fhir_content("#/components/schemas/CapabilityStatement")),
            "406": fault(HTTPStatus.NOT_ACCEPTABLE),
        },
    }


def _versions() -> dict[str, Any]:
    return {
        "operationId": "versions",
        "summary": "The FHIR versions that are read and written",
        "tags": ["definitions"],
        "parameters": parameters(()),
        "responses": {
            "200": response("Each `version`, and the `default`.", fhir_content("#/components/schemas/Parameters")),
            "406": fault(HTTPStatus.NOT_ACCEPTABLE),
        },
    }


def _package() -> dict[str, Any]:
    return {
        "operationId": "package",
        "summary": "Every definition, in one Bundle to be loaded by another FHIR server",
        "tags": ["definitions"],
        "parameters": parameters(()),
        "responses": {
            "200": response("A collection.", fhir_content("#/components/schemas/Bundle")),
            "406": fault(HTTPStatus.NOT_ACCEPTABLE),
        },
    }


def _search(resource_type: str) -> dict[str, Any]:
    return {
        "operationId": f"search{resource_type}",
        "summary": f"Every {resource_type} of this service",
        "tags": ["definitions"],
        "parameters": parameters((*SEARCHED_BY, *_PAGED)),
        "responses": {
            "200": response("A searchset.", fhir_content("#/components/schemas/Bundle")),
            "400": response(
                "A search parameter is unknown or doubled.", fhir_content("#/components/schemas/OperationOutcome")
            ),
            "406": fault(HTTPStatus.NOT_ACCEPTABLE),
        },
    }


def _read(resource_type: str) -> dict[str, Any]:
    return {
        "operationId": f"read{resource_type}",
        "summary": f"One {resource_type} of this service",
        "tags": ["definitions"],
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
            *parameters(()),
        ],
        "responses": {
            "200": response(f"The {resource_type}.", fhir_content("#/components/schemas/Resource")),
            "404": fault(HTTPStatus.NOT_FOUND),
            "406": fault(HTTPStatus.NOT_ACCEPTABLE),
        },
    }


def _health(name: str, summary: str, schema: dict[str, str]) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["operation"],
        "responses": {"200": response("It is.", {JSON: {"schema": schema}})},
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
