"""The pages' part of the OpenAPI document: that they are there, and what they take."""

from __future__ import annotations

from typing import Any, Final

from service.fhir.versions import JSON

_HTML: Final = "text/html"
_CONTENT: Final = {JSON: {"type": "object", "required": ["issue"]}}  # an error, to who is no browser
_NAME: Final = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}

_TEXT: Final = {"type": "string"}
_WORKBENCH: Final = {
    "type": "object",
    "properties": {
        "chart": {"type": "string", "description": "A Bundle or Parameters, as JSON."},
        "target": {"type": "array", "items": _TEXT, "description": "Where the needle goes."},
        "more-targets": {"type": "string", "description": "The same in words, one a line."},
        "as-of": _TEXT,
        "pack": {"type": "string", "description": "Rule packs, parted by `+`."},
        "beside": {"type": "string", "description": "Rule packs to compare with."},
        "electrical-stimulation": {"enum": ["", "true", "false"]},
        "keep": {"const": "yes", "description": "Store the result, and lead to its report."},
        "part": {"const": "result", "description": "The result alone, without the page around it."},
    },
}

_COUNTED: Final = {
    "parameters": [
        {"name": "from", "in": "query", "schema": {"type": "string", "format": "date"}},
        {"name": "to", "in": "query", "schema": {"type": "string", "format": "date"}},
        {"name": "rule", "in": "query", "schema": _TEXT},
        {"name": "caller", "in": "query", "schema": _TEXT, "description": "`-`: those that are not known."},
    ]
}


def pages_paths() -> dict[str, Any]:
    """The pages for people, and the files they load."""
    return {
        "/": {
            "get": page("workbench", "The workbench: a chart and a question, and what is concluded from them"),
            "post": {
                "operationId": "workbenchAnswer",
                "summary": "The workbench with another chart or question; nothing is stored unless `keep` asks for it",
                "tags": ["pages"],
                "requestBody": {"content": {"multipart/form-data": {"schema": _WORKBENCH}}},
                "responses": {
                    "303": _answer("It is stored: `Location` is its report.", _HTML),
                    "200": _answer("The page, also where the chart can't be screened: it says why.", _HTML),
                    "413": _fault("The form is over the limit of a body."),
                },
            },
        },
        "/insights": {"get": {**page("insights", "What was screened, found and overridden, as numbers"), **_COUNTED}},
        "/insights/numbers.csv": {
            "get": {
                **page("insightsNumbers", "The same as CSV"),
                **_COUNTED,
                "responses": {"200": _answer("The numbers.", "text/csv"), "404": _answer("Nothing is stored.", _HTML)},
            }
        },
        "/reports/{id}": {
            "get": {
                "operationId": "report",
                "summary": "A stored result as a page to print and file",
                "tags": ["pages"],
                "parameters": [{**_NAME, "name": "id"}],
                "responses": {
                    "200": _answer("The page.", _HTML),
                    "404": _fault("There is none such."),
                    "503": _fault("The store can't be reached now."),
                },
            }
        },
        "/rules": {
            "get": page("rules", "The rule packs and code lists to read and search, and what a code would do")
            | {"parameters": [_asked("q"), _asked("system"), _asked("code")]}
        },
        "/rules/{pack}": {"get": _one("pack", "A rule pack as a guideline to read")},
        "/rules/codes/{set}": {"get": _one("set", "A code list with the source of every row")},
        "/docs": {"get": page("docs", "This document as a page to read")},
        "/static/{name}": {
            "get": {
                "operationId": "static",
                "summary": "A style sheet, script or picture of the pages",
                "tags": ["pages"],
                "parameters": [_NAME],
                "responses": {"200": _answer("The file.", "*/*"), "404": _fault("There is none such.")},
            }
        },
    }


def _asked(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "string", "maxLength": 120}}


def _one(name: str, summary: str) -> dict[str, Any]:
    """A page about one thing that may not be there."""
    return {
        "operationId": f"rules-{name}",
        "summary": summary,
        "tags": ["pages"],
        "parameters": [{**_NAME, "name": name}],
        "responses": {"200": _answer("The page.", _HTML), "404": _fault("There is none such.")},
    }


def page(operation: str, summary: str) -> dict[str, Any]:
    """A page without parameters."""
    return {
        "operationId": operation,
        "summary": summary,
        "tags": ["pages"],
        "responses": {"200": _answer("The page.", _HTML)},
    }


def _fault(description: str) -> dict[str, Any]:
    """What went wrong: a page for a browser, JSON for whoever is none."""
    return _answer(description, _HTML, JSON)


def _answer(description: str, *media_types: str) -> dict[str, Any]:
    return {
        "description": description,
        "headers": {"X-Request-ID": {"$ref": "#/components/headers/X-Request-ID"}},
        "content": {media_type: {"schema": _CONTENT.get(media_type, {"type": "string"})} for media_type in media_types},
    }
