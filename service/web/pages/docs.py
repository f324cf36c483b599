"""`/docs`: the OpenAPI document as a page to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from flask import Blueprint, Response

from service.web.openapi import document
from service.web.pages.layout import Pages

_BODY: Final = "application/fhir+json"  # the media type to show, where there are several


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path, with nothing left to look up."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Mapping[str, Any], ...]
    body: tuple[str, str] | None  # media types, schema
    example: str  # of the body, as JSON
    answers: tuple[tuple[str, str, str], ...]  # status, description, schema


def docs_blueprint(pages: Pages, base_url: str) -> Blueprint:
    """Everything under `/docs`. The page is made once for a service."""
    docs = Blueprint("docs", __name__, url_prefix="/docs")
    content = document(base_url)

    @docs.get("")
    def show() -> Response:
        return pages.page(
            "docs.html",
            info=content["info"],
            base_url=base_url,
            groups=[(tag, list(_operations(content, tag["name"]))) for tag in content["tags"]],
            schemas=content["components"]["schemas"],
            type_of=_type,
        )

    return docs


def _operations(content: Mapping[str, Any], tag: str) -> Iterator[Operation]:
    for path, methods in content["paths"].items():
        for method, operation in methods.items():
            if tag in operation["tags"]:
                yield _operation(content, path, method, operation)


def _operation(content: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]) -> Operation:
    body = operation.get("requestBody", {}).get("content", {})
    examples = [each for media in body.values() for each in media.get("examples", {}).values()]
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=operation.get("description", ""),
        parameters=tuple(_found(content, each) for each in operation.get("parameters", ())),
        body=(" or ".join(body), _type(_shown(body))) if body else None,
        example=orjson.dumps(examples[0]["value"], option=orjson.OPT_INDENT_2).decode() if examples else "",
        answers=tuple(
            (status, answer["description"], _type(_shown(answer["content"])) if answer.get("content") else "")
            for status, answer in ((status, _found(content, each)) for status, each in operation["responses"].items())
        ),
    )


def _found(content: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part itself, or what it refers to."""
    if "$ref" not in part:
        return part
    found: Any = content
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return dict(found)


def _shown(media: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(media.get(_BODY) or next(iter(media.values())))["schema"]  # type: ignore[no-any-return]


def _type(schema: Mapping[str, Any]) -> str:
    """A schema in a few words.

    >>> _type({"type": "array", "items": {"$ref": "#/components/schemas/Issue"}})
    'list of Issue'
    """
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            return " or ".join(map(_type, schema[choice]))
    if "const" in schema:
        return f'"{schema["const"]}"'
    if "enum" in schema:
        return " or ".join(f'"{each}"' for each in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    kind = schema.get("type", "anything")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)
