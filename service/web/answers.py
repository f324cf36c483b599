"""FHIR resources and plain JSON as HTTP answers."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import orjson
from flask import Response, request

from service.fhir.refused import Refused
from service.fhir.versions import FHIR_JSON, Answer, FhirVersion, negotiate

JSON_UTF_8: Final = "application/json; charset=utf-8"


def wanted() -> Answer:
    """The form that the request wants its answer in. Raises Refused where there is none such."""
    return negotiate(request.headers.get("Accept"), request.args.getlist("_format"))


def wanted_or_default() -> Answer:
    """The same, for an error, which is told in FHIR JSON to whoever accepts nothing that is written here."""
    try:
        return wanted()
    except Refused:
        return Answer(FHIR_JSON)


def fhir_answer(
    resource: dict[str, object], answer: Answer, version: FhirVersion, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    """A FHIR resource, indented where `_pretty` asks for it."""
    return Response(dump(resource), status=status, content_type=answer.content_type(version))


def described(body: Callable[[], bytes], packed: bytes, answer: Answer, version: FhirVersion) -> Response:
    """A FHIR resource that was written before, and compressed, once for all who ask."""
    plain = request.args.get("_pretty", "").lower() == "true"
    packs = request.accept_encodings["gzip"] > 0 and not plain
    content = dump(orjson.loads(body())) if plain else packed if packs else body()
    response = Response(content, content_type=answer.content_type(version))
    if packs:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response


def json_answer(content: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Plain JSON, for paths that are not FHIR's."""
    return Response(dump(content), status=status, content_type=JSON_UTF_8)


def dump(content: object) -> bytes:
    """JSON bytes; people read what `_pretty=true` asks for, so it also ends with a line break."""
    if request.args.get("_pretty", "").lower() == "true":
        return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return orjson.dumps(content)
