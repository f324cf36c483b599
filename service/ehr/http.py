"""HTTP with servers that are not trusted with anything: bounded in time and size, no redirects, no proxies, no cookies.

What it raises and returns holds no URL: they name patients.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from enum import Enum
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Final, NamedTuple

import requests
from urllib3.exceptions import HTTPError

from service import __version__
from service.ehr.addresses import Resolver, look_up
from service.ehr.connections import Adapter, Exchange, Reach, RefusedAddressError, this_thread
from service.ehr.deadline import Deadline
from service.ehr.limits import Allowance
from service.trust import Url

_PIECE: Final = 65_536

# urllib3 writes the path and query of each request.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


class Fault(Enum):
    """Why there is no answer."""

    TIMED_OUT = "no answer in time"
    UNREACHABLE = "no connection"
    ADDRESS_REFUSED = "an address that may not be connected to"
    BROKEN = "what came is not HTTP, or ended too early"
    TOO_LARGE = "the answer is over the limit"


class HttpFault(Exception):  # noqa: N818 - the name says that it is one
    """No answer from a server."""

    def __init__(self, fault: Fault) -> None:
        """Take what happened."""
        super().__init__(fault.value)
        self.fault = fault


class Reply(NamedTuple):
    """An answer, whatever its status."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes


class Http:
    """Connections to one server, kept open between questions."""

    def __init__(
        self,
        *,
        allow_private_addresses: bool,
        ca_file: Path | None = None,
        timeout_s: float,
        resolver: Resolver = look_up,
    ) -> None:
        """Take whom it may connect to; an exchange lasts at most `timeout_s`, however much time the call has."""
        self._timeout_s = timeout_s
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy and no password out of the environment
        self._session.verify = str(ca_file) if ca_file else True
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self._session.headers["User-Agent"] = f"Needlewise/{__version__}"
        adapter = Adapter(Reach(resolver, allow_private_addresses))
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def get(self, url: Url, *, headers: Mapping[str, str], deadline: Deadline, allowance: Allowance) -> Reply:
        """Ask. Raises HttpFault."""
        return self._exchange("GET", url, headers, None, deadline, allowance)

    def post(
        self, url: Url, *, form: Mapping[str, str], headers: Mapping[str, str], deadline: Deadline, allowance: Allowance
    ) -> Reply:
        """Send a form. Raises HttpFault."""
        return self._exchange("POST", url, headers, form, deadline, allowance)

    def post_json(
        self, url: Url, *, body: bytes, headers: Mapping[str, str], deadline: Deadline, allowance: Allowance
    ) -> Reply:
        """Send JSON; `headers` say of which type. Raises HttpFault."""
        return self._exchange("POST", url, headers, body, deadline, allowance)

    def _exchange(
        self,
        method: str,
        url: Url,
        headers: Mapping[str, str],
        sent: Mapping[str, str] | bytes | None,
        deadline: Deadline,
        allowance: Allowance,
    ) -> Reply:
        left = deadline.within_it(self._timeout_s).left()
        if left <= 0:
            raise HttpFault(Fault.TIMED_OUT)
        exchange = this_thread.exchange = Exchange()
        watch = threading.Timer(left, exchange.end)
        watch.daemon = True
        watch.start()
        try:
            with self._session.request(
                method, str(url), headers=headers, data=sent, timeout=left, stream=True, allow_redirects=False
            ) as response:
                body = _body(response, allowance)
                if exchange.ended:  # http.client takes the end of a connection for the end of headers
                    raise HttpFault(Fault.TIMED_OUT)
                return Reply(response.status_code, {n.lower(): v for n, v in response.headers.items()}, body)
        except (requests.RequestException, HTTPError, HTTPException, OSError) as error:
            raise HttpFault(Fault.TIMED_OUT if exchange.ended else _fault(error)) from None
        finally:
            watch.cancel()
            exchange.goes_over(None)
            this_thread.exchange = None


def _body(response: requests.Response, allowance: Allowance) -> bytes:
    """The body, decompressed; never more of it is held than is allowed."""
    declared = response.headers.get("Content-Length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > allowance.left:
        raise HttpFault(Fault.TOO_LARGE)
    pieces: list[bytes] = []
    while piece := response.raw.read1(_PIECE, decode_content=True):
        if not allowance.take(len(piece)):
            raise HttpFault(Fault.TOO_LARGE)
        pieces.append(piece)
    return b"".join(pieces)


def _fault(error: Exception) -> Fault:
    for each in _causes(error):
        if isinstance(each, RefusedAddressError):
            return Fault.ADDRESS_REFUSED
        if isinstance(each, requests.Timeout | TimeoutError):
            return Fault.TIMED_OUT
    if isinstance(error, requests.ConnectionError) and not any(
        isinstance(each, HTTPException) for each in _causes(error)
    ):
        return Fault.UNREACHABLE
    return Fault.BROKEN


def _causes(error: BaseException) -> list[BaseException]:
    """An error and what is wrapped in it, as requests and urllib3 wrap: in `args` and `reason`."""
    found: list[BaseException] = [error]
    for each in found:
        wrapped = [*each.args, getattr(each, "reason", None), each.__context__]
        found += [one for one in wrapped if isinstance(one, BaseException) and not any(one is two for two in found)]
    return found
