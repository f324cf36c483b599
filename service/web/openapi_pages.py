"""The pages' part of the OpenAPI document: that they are there, and what they take."""

from __future__ import annotations

from typing import Any, Final

from service.fhir.versions import JSON

_HTML: Final = "text/html"
_CONTENT: Final = {JSON: {"type": "object", "required": ["issue"]}}  # an error, to who is no browser
_NAME: Final = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}


def pages_paths() -> dict[str, Any]:
    """The pages for people, and the files they load."""
    return {
        "/sandbox": {"get": page("sandbox", "A page that plays an EHR")},
        "/docs": {"get": page("docs", "This document as a page to read")},
        "/static/{name}": {
            "get": {
                "operationId": "static",
                "summary": "A style sheet, script or picture of the pages",
                "tags": ["pages"],
                "parameters": [_NAME],
                "responses": {"200": _answer("The file.", "*/*"), "404": _answer("There is none such.", _HTML, JSON)},
            }
        },
    }


def page(operation: str, summary: str) -> dict[str, Any]:
    """A page without parameters."""
    return {
        "operationId": operation,
        "summary": summary,
        "tags": ["pages"],
        "responses": {"200": _answer("The page.", _HTML)},
    }


def _answer(description: str, *media_types: str) -> dict[str, Any]:
    return {
        "description": description,
        "headers": {"X-Request-ID": {"$ref": "#/components/headers/X-Request-ID"}},
        "content": {media_type: {"schema": _CONTENT.get(media_type, {"type": "string"})} for media_type in media_types},
    }
