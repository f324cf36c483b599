"""What descriptions of the OpenAPI document are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from service.fhir.versions import FHIR_JSON, JSON

EVERYWHERE: Final = ("_format", "_pretty")

# What each status means to a caller; 4xx: sending the same again gives the same.
MEANING: Final[Mapping[int, str]] = {
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


def parameters(names: Iterable[str]) -> list[dict[str, Any]]:
    """Parameters by name, with those that each FHIR path knows."""
    return [{"$ref": f"#/components/parameters/{name}"} for name in (*names, *EVERYWHERE)]


def fhir_content(schema: str) -> dict[str, Any]:
    """A body that is FHIR in either of its media types."""
    return {media_type: {"schema": {"$ref": schema}} for media_type in (FHIR_JSON, JSON)}


def fault(status: HTTPStatus) -> dict[str, Any]:
    """An answer that is an OperationOutcome."""
    return response(MEANING[status], fhir_content("#/components/schemas/OperationOutcome"))


def response(description: str, content: dict[str, Any]) -> dict[str, Any]:
    """An answer."""
    return {
        "description": description,
        "headers": {"X-Request-ID": {"$ref": "#/components/headers/X-Request-ID"}},
        "content": content,
    }
