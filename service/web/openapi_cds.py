"""The CDS Hooks half of the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

from service.cds.hooks import Hook
from service.fhir.versions import JSON

_SPECIFICATION: Final = "https://cds-hooks.hl7.org/2.0/"
_TEXT: Final = {"type": "string"}
_OBJECT: Final = {"type": "object"}

_FAULTS: Final = {
    400: "The body is no JSON, or breaks the rules of CDS Hooks: the issues name every member that is wrong.",
    404: "There is no such service; GET /cds-services lists them.",
    412: "Nothing to screen: neither prefetch nor an EHR that can be read.",
    413: "The body is over the limit, also once decompressed, or holds too many entries.",
    415: "The media type or encoding of the body is not supported.",
    422: "A FHIR version that is not supported, or a chart that can't be read.",
    500: "A fault of the service. Nothing was screened.",
}
_SERVICE: Final = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"enum": [hook.service_id for hook in Hook]},
}


def cds_paths() -> dict[str, Any]:
    """The paths under `/cds-services`."""
    return {
        "/cds-services": {
            "get": {
                "operationId": "cdsServices",
                "summary": "The CDS Hooks services and their prefetch templates",
                "tags": ["cds-hooks"],
                "responses": {"200": _answer("The services.", "CdsServices")},
            }
        },
        "/cds-services/{id}": {
            "post": {
                "operationId": "cdsService",
                "summary": "A CDS Hooks call in, at most three cards out",
                "description": "A call that is not about dry needling is answered with no cards, and no chart is read.",
                "tags": ["cds-hooks"],
                "parameters": [_SERVICE],
                "requestBody": _body("CdsCall"),
                "responses": {"200": _answer("The cards.", "CdsCards"), **_faults(*_FAULTS)},
            }
        },
        "/cds-services/{id}/feedback": {
            "post": {
                "operationId": "cdsFeedback",
                "summary": "What became of cards",
                "tags": ["cds-hooks"],
                "parameters": [_SERVICE],
                "requestBody": _body("CdsFeedback"),
                "responses": {
                    "200": _answer("How many entries were taken, and which were not.", "CdsFeedbackTaken"),
                    **_faults(400, 404, 413, 415, 500),
                },
            }
        },
    }


def cds_schemas() -> dict[str, Any]:
    """CDS Hooks' own definitions are the source; here stands what every call needs."""
    more = {"externalDocs": {"url": _SPECIFICATION}}
    return {
        "CdsServices": {
            "type": "object",
            "required": ["services"],
            "properties": {"services": {"type": "array", "items": _OBJECT}},
            **more,
        },
        "CdsCall": {
            "type": "object",
            "required": ["hook", "hookInstance", "context"],
            "properties": {
                "hook": {"enum": [hook.value for hook in Hook]},
                "hookInstance": _TEXT,
                "context": {"type": "object", "required": ["patientId"], "properties": {"patientId": _TEXT}},
                "prefetch": {"type": "object", "description": "By the keys of discovery; null: none, or not known."},
                "fhirServer": _TEXT,
                "fhirAuthorization": _OBJECT,
            },
            **more,
        },
        "CdsCards": {
            "type": "object",
            "required": ["cards"],
            "properties": {
                "cards": {"type": "array", "maxItems": 3, "items": _OBJECT},
                "systemActions": {"type": "array", "items": _OBJECT},
            },
            **more,
        },
        "CdsFeedback": {
            "type": "object",
            "required": ["feedback"],
            "properties": {"feedback": {"type": "array", "items": _OBJECT}},
            **more,
        },
        "CdsFeedbackTaken": {
            "type": "object",
            "required": ["received", "stored"],
            "properties": {
                "received": {"type": "integer"},
                "stored": {"type": "boolean"},
                "refused": {"type": "array", "items": _OBJECT},
            },
        },
    }


def _body(schema: str) -> dict[str, Any]:
    return {"required": True, "content": _content(schema)}


def _answer(description: str, schema: str) -> dict[str, Any]:
    return {
        "description": description,
        "headers": {"X-Request-ID": {"$ref": "#/components/headers/X-Request-ID"}},
        "content": _content(schema),
    }


def _faults(*statuses: int) -> dict[str, Any]:
    return {str(status): _answer(_FAULTS[status], "OperationOutcome") for status in statuses}


def _content(schema: str) -> dict[str, Any]:
    return {JSON: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
