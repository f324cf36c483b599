"""`Idempotency-Key`: by which a caller marks a request that may come again."""

from __future__ import annotations

import re
from typing import Final

from flask import request

from service.fhir.refused import Case, Issue, Refused

_KEY: Final = re.compile(r"[\x20-\x7e]{1,255}")


def idempotency_key() -> str:
    """The Idempotency-Key, "" where there is none. Raises Refused for one that can't be."""
    given = request.headers.get("Idempotency-Key")
    if given is None:
        return ""
    if not _KEY.fullmatch(given):
        message = "Idempotency-Key must be 1 to 255 printable characters"
        raise Refused(Case.BAD_PARAMETER, Issue("value", message))
    return given
