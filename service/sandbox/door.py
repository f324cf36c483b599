"""The way back in: the service calls itself over HTTP, at the address that it listens on, like anybody else.

Never at PUBLIC_URL: from inside a container or a cluster that may lead nowhere, or to another replica.
"""

from __future__ import annotations

import time
from http.client import HTTPConnection, HTTPException
from typing import Any, Final, NamedTuple

import orjson

from service.settings import Settings

_BEYOND_S: Final = 10  # for what a call takes beside waiting for the EHR


class Reply(NamedTuple):
    """What came back."""

    status: int  # 0: nothing
    content: Any  # JSON; None where it is none
    took_ms: int


class Door:
    """Our own door."""

    def __init__(self, settings: Settings) -> None:
        """Take the address; nothing is connected yet."""
        self._host = settings.own_host
        self._port = settings.port
        self._patience_s = settings.cds_budget_s + _BEYOND_S

    @property
    def url(self) -> str:
        """The address, without a path."""
        return f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{self._port}"

    def post(self, path: str, content: object, *, token: str, request_id: str) -> Reply:
        """Send JSON, as a CDS client does."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}", "X-Request-ID": request_id}
        connection = HTTPConnection(self._host, self._port, timeout=self._patience_s)
        began = time.perf_counter()
        try:
            connection.request("POST", path, orjson.dumps(content), headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, HTTPException):
            return Reply(0, None, _since(began))
        finally:
            connection.close()
        return Reply(answer.status, _json(body), _since(began))


def _json(body: bytes) -> Any:  # noqa: ANN401 - whatever it holds
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1_000)
