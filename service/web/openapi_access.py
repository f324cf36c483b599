"""What may come before any operation is reached: who calls, and how often. Added to every path of the document."""

from __future__ import annotations

from typing import Any, Final

from service.fhir.versions import FHIR_JSON, JSON
from service.web.access import Access, Door, access_to
from service.web.errors import is_fhir
from service.web.rate_limit import is_counted

SCHEMES: Final = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "With AUTH=jwt: an OAuth 2 access token with SMART system scopes.",
    },
    "cdsClient": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "With AUTH=jwt: the JWT of a CDS client, made for this one call.",
    },
}

_NOT_KNOWN: Final = "With AUTH=jwt: no token, or one that is not accepted; see the header WWW-Authenticate."
_NOT_ALLOWED: Final = "With AUTH=jwt: the caller is known and has no right or scope for this."
_TOO_OFTEN: Final = "Over RATE_LIMIT: try again after the seconds in Retry-After."
_TOO_LONG: Final = "The address is too long: send the parameters in the body."
_NO_KEYS: Final = "With AUTH=jwt: the caller's key set can't be had now; try again after the seconds in Retry-After."

_RETRY_AFTER: Final = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
_CHALLENGE: Final = {"WWW-Authenticate": {"description": "Bearer.", "schema": {"type": "string"}}}

Json = dict[str, Any]


def with_doors(paths: Json) -> Json:
    """The same paths, each operation with what is asked of callers and the answers that turn them away."""
    for path, operations in paths.items():
        access = access_to(path.replace("{id}", "<id_>"), open_discovery=False)
        for operation in operations.values():
            responses = operation["responses"]
            for status, answer in _turned_away(path, access).items():
                responses.setdefault(status, answer)
            if access.door is not Door.OPEN:
                scheme = "cdsClient" if access.door is Door.CDS_CLIENT else "bearer"
                operation["security"] = [{}, {scheme: []}]  # nobody is asked where AUTH is none
            operation["responses"] = dict(sorted(responses.items()))
    return paths


def _turned_away(path: str, access: Access) -> Json:
    content = _content(path)
    found: Json = {"414": {"description": _TOO_LONG, "content": content}}
    if access.door is not Door.OPEN:
        # CDS clients are told without a word.
        said = {} if access.door is Door.CDS_CLIENT else {"content": content}
        found["401"] = {"description": _NOT_KNOWN, "headers": _CHALLENGE, **said}
        found["403"] = {"description": _NOT_ALLOWED, "content": content}
        found["503"] = {"description": _NO_KEYS, "headers": _RETRY_AFTER, "content": content}
    if is_counted(path):
        found["429"] = {"description": _TOO_OFTEN, "headers": _RETRY_AFTER, "content": content}
    return found


def _content(path: str) -> Json:
    """Errors as they are told at a path."""
    outcome = {"schema": {"$ref": "#/components/schemas/OperationOutcome"}}
    if is_fhir(path):
        return {FHIR_JSON: outcome, JSON: outcome}
    if path.startswith("/cds-services"):
        return {JSON: outcome}
    return {"text/html": {"schema": {"type": "string"}}, JSON: {"schema": {"type": "object"}}}
