"""The way back in: the service calls itself over HTTP, at the address that it listens on, like anybody else.

Never at PUBLIC_URL: from inside a container or a cluster that may lead nowhere, or to another replica.
"""

from __future__ import annotations

import time
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from typing import Any, Final, NamedTuple

import orjson

from service.settings import Settings
from service.trust import parse_base

_BEYOND_S: Final = 10  # for what a call takes beside waiting for the EHR
_IPV4: Final = 4


class Reply(NamedTuple):
    """What came back."""

    status: int  # 0: nothing
    content: Any  # JSON; None where it is none
    took_ms: int


class Door:
    """Our own door."""

    def __init__(self, settings: Settings) -> None:
        """Take the address; nothing is connected yet."""
        self._host = _reached_at(settings.host)
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


def _reached_at(host: str) -> str:
    """Where to connect to what listens on this host: all addresses are none."""
    try:
        address = ip_address(host)
    except ValueError:
        # A name; or a short form such as 127.1, which is an address to the system and not a plain URL to us.
        return host if parse_base(f"http://{host}") else "127.0.0.1"
    if address.is_unspecified:
        return "127.0.0.1" if address.version == _IPV4 else "::1"
    return host


def _json(body: bytes) -> Any:  # noqa: ANN401 - whatever it holds
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1_000)
