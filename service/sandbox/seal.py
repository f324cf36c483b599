"""What leaves this process and has to come back unchanged: tokens of the sandbox's FHIR server, and a page's state.

The secret is made at start and shared by the worker processes, which are forked later. It dies with them.
"""

from __future__ import annotations

import hashlib
import hmac
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final

import orjson

_MAC: Final = 32  # bytes
_LONGEST: Final = 2_000_000  # bytes of JSON


class Seal:
    """Seals JSON into one word for URLs and headers, and opens what it sealed itself."""

    def __init__(self, secret: bytes) -> None:
        """Take at least 32 random bytes."""
        self._secret = secret

    def close(self, content: object, *, purpose: str) -> str:
        """The content as text. What is sealed for one purpose can't be opened for another."""
        packed = zlib.compress(orjson.dumps(content), 9)
        return urlsafe_b64encode(self._mac(packed, purpose) + packed).decode().rstrip("=")

    def open(self, text: str, *, purpose: str) -> Any:  # noqa: ANN401 - as it was closed
        """What was sealed, or None where this is not it."""
        if not text.isascii():
            return None
        try:
            raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError:
            return None
        mac, packed = raw[:_MAC], raw[_MAC:]
        if not hmac.compare_digest(mac, self._mac(packed, purpose)):
            return None
        return orjson.loads(zlib.decompressobj().decompress(packed, _LONGEST))

    def _mac(self, packed: bytes, purpose: str) -> bytes:
        return hmac.digest(self._secret, purpose.encode() + b"\0" + packed, hashlib.sha256)
