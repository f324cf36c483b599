"""The service's own door, as a caller on this machine finds it: HTTP to the address that it listens on."""

from __future__ import annotations

import http.client
import secrets
from contextlib import closing
from http import HTTPStatus
from typing import Any, Final

import orjson

from service.settings import Settings

HEADER: Final = "X-Needlewise-Canary"
"""Carries the secret by which the service knows its own canaries, made anew at each start and shared with nobody."""

_PATH: Final = "/fhir/RiskAssessment/$screen"
_PATIENCE_S: Final = 30


class Door:
    """Asks, and knows the word that lets a canary in."""

    def __init__(self, settings: Settings) -> None:
        """Take the address; make it before the workers are forked, so that they share the word."""
        self._host = settings.own_host
        self._port = settings.port
        self.secret: Final = secrets.token_urlsafe(32)

    def is_canary(self, given: str | None) -> bool:
        """Whether a request that carries this header is one of our own."""
        return given is not None and secrets.compare_digest(given.encode(), self.secret.encode())

    def ask(self, query: str, body: bytes) -> dict[str, Any] | None:
        """The RiskAssessment of a chart; None where it was not answered with one."""
        headers = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json", HEADER: self.secret}
        try:
            with closing(http.client.HTTPConnection(self._host, self._port, timeout=_PATIENCE_S)) as connection:
                connection.request("POST", f"{_PATH}?{query}", body, headers)
                answer = connection.getresponse()
                content = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        if answer.status != HTTPStatus.OK:
            return None
        read: dict[str, Any] = orjson.loads(content)
        return read
