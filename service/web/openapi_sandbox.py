"""The sandbox's part of the OpenAPI document. Its FHIR server answers tokens of its own only."""

from __future__ import annotations

from typing import Any, Final

from service.fhir.versions import FHIR_JSON, JSON

_HTML: Final = "text/html"
_KEYS: Final = "application/jwk-set+json"
_ID: Final = {"in": "path", "required": True, "schema": {"type": "string"}}
_SCHEMAS: Final[dict[str, Any]] = {
    _HTML: {"type": "string"},
    JSON: {"type": "object", "required": ["issue"]},  # an error, to who is no browser
    FHIR_JSON: {"type": "object", "required": ["resourceType"]},
    _KEYS: {"type": "object", "required": ["keys"]},
}


def sandbox_paths() -> dict[str, Any]:
    """Everything under `/sandbox`."""
    fhir = {
        str(status): _answer(words, FHIR_JSON)
        for status, words in (
            (200, "The Bundle or resource."),
            (400, "A search parameter that this server does not know."),
            (401, "No token of the sandbox, or one that is over."),
            (403, "The sandbox withholds such entries of this patient."),
            (404, "There is no such resource."),
        )
    }
    return {
        "/sandbox": {
            "get": {
                "operationId": "sandbox",
                "summary": "A page that plays an EHR",
                "tags": ["pages"],
                "parameters": [{"name": "patient", "in": "query", "schema": {"type": "string"}}],
                "responses": {
                    "200": _answer("The page.", _HTML),
                    "404": _answer("There is no such patient.", _HTML, JSON),
                },
            },
            "post": {
                "operationId": "sandboxStep",
                "summary": "A click in it: an order signed, a card answered",
                "tags": ["pages"],
                "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}},
                "responses": {
                    "200": _answer("The page after it.", _HTML),
                    "400": _answer("The page offers nothing such.", _HTML, JSON),
                    "403": _answer("The form came from another site.", _HTML, JSON),
                    "413": _answer("The form is too large.", _HTML, JSON),
                    "503": _answer("Too many try the sandbox at once.", _HTML, JSON),
                },
            },
        },
        "/sandbox/jwks.json": {
            "get": {
                "operationId": "sandboxKeys",
                "summary": "The public key that the sandbox signs its calls with",
                "tags": ["pages"],
                "responses": {"200": _answer("A JWKS.", _KEYS)},
            }
        },
        "/sandbox/fhir/metadata": {
            "get": {
                "operationId": "sandboxMetadata",
                "summary": "The sandbox's FHIR server: CapabilityStatement",
                "tags": ["pages"],
                "responses": {"200": _answer("The CapabilityStatement.", FHIR_JSON)},
            }
        },
        "/sandbox/fhir/{type}": {
            "get": {
                "operationId": "sandboxSearch",
                "summary": "The sandbox's FHIR server: search",
                "tags": ["pages"],
                "parameters": [{**_ID, "name": "type"}],
                "responses": fhir,
            }
        },
        "/sandbox/fhir/{type}/{id}": {
            "get": {
                "operationId": "sandboxRead",
                "summary": "The sandbox's FHIR server: read",
                "tags": ["pages"],
                "parameters": [{**_ID, "name": "type"}, {**_ID, "name": "id"}],
                "responses": fhir,
            }
        },
    }


def _answer(description: str, *media_types: str) -> dict[str, Any]:
    return {
        "description": description,
        "headers": {"X-Request-ID": {"$ref": "#/components/headers/X-Request-ID"}},
        "content": {media_type: {"schema": _SCHEMAS[media_type]} for media_type in media_types},
    }
