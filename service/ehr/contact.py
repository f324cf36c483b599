"""One EHR server as we deal with it: its connections, its token, its patience, and ours."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from service.ehr.addresses import Resolver
from service.ehr.answers import Lost, Reason, Token, Want
from service.ehr.backend_token import BackendTokens
from service.ehr.breaker import Breaker
from service.ehr.deadline import Deadline
from service.ehr.http import Fault, Http, HttpFault, Reply
from service.ehr.limits import Allowance, Clocks
from service.ehr.scopes import may_ask
from service.trust import EhrServer, Url

_THREADS: Final = 32
_JITTER_S: Final = (0.05, 0.25)
_LEAST_S: Final = 0.1  # a try that has less time than this is not begun
_FAIR_S: Final = 1.0  # who did not answer within this long has failed; with less time we may have been the reason

_REASONS: Final = {
    Fault.TIMED_OUT: Reason.TIMED_OUT,
    Fault.UNREACHABLE: Reason.UNREACHABLE,
    Fault.ADDRESS_REFUSED: Reason.UNREACHABLE,
    Fault.BROKEN: Reason.ERROR,
    Fault.TOO_LARGE: Reason.TOO_MUCH,
}
_BUSY: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})

_OUTCOMES: Final = {fault: fault.name.lower().replace("_", "-") for fault in Fault}

Heard = Callable[[str, float], None]
"""Is told what came of a query (`2xx`, `timed-out`, `not-tried`, …), and after how many seconds."""


def unheard(_outcome: str, _seconds: float) -> None:
    """Tell nobody."""


class Contact:
    """What is kept of a server between calls. Nothing of any patient."""

    def __init__(
        self,
        server: EhrServer,
        *,
        timeout_s: float,
        resource_types: Collection[str],
        clocks: Clocks,
        heard: Heard,
        resolver: Resolver,
    ) -> None:
        """Take the server's entry; nothing is connected yet."""
        self.breaker = Breaker()
        self._heard = heard
        self.threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="ehr")
        self._http = Http(
            allow_private_addresses=server.allow_private_addresses,
            ca_file=server.ca_file,
            timeout_s=timeout_s,
            resolver=resolver,
        )
        self._tokens = (
            BackendTokens(server, self._http, resource_types=resource_types, clocks=clocks)
            if server.client_id
            else None
        )

    def close(self) -> None:
        """End what is running, and close all connections."""
        self.threads.shutdown(cancel_futures=True)
        self._http.close()

    def ask(
        self, url: Url, want: Want, token: Token | None, deadline: Deadline, *, allowance: Allowance, request_id: str
    ) -> Reply:
        """The answer to a query, with the token of the call, else with our own. Raises Lost."""
        held = token
        if held is None and self._tokens is not None:
            held = self._tokens.get(deadline)
        reply = self._ask_with(url, want, held, deadline, allowance, request_id)
        if reply.status == HTTPStatus.UNAUTHORIZED and token is None and self._tokens is not None:
            held = self._tokens.get(deadline, instead_of=held)
            reply = self._ask_with(url, want, held, deadline, allowance, request_id)
        return reply

    def _ask_with(
        self, url: Url, want: Want, token: Token | None, deadline: Deadline, allowance: Allowance, request_id: str
    ) -> Reply:
        headers = {"Accept": "application/fhir+json"}
        if request_id:
            headers["X-Request-ID"] = request_id
        if token is not None:
            if not may_ask(token.scope, want.type, is_read=want.is_read):
                raise Lost(Reason.NOT_PERMITTED)
            if token.expires is not None and deadline.clock() >= token.expires:
                raise Lost(Reason.NO_TOKEN)
            headers["Authorization"] = f"Bearer {token.secret}"
        return self._with_one_retry(lambda: self._get(url, headers, deadline, allowance), deadline)

    def _with_one_retry(self, ask: Callable[[], Reply], deadline: Deadline) -> Reply:
        """Ask, and once more where the first try failed in a way that may pass."""
        try:
            reply = ask()
        except HttpFault as missed:
            # A server that was too slow once is not made faster by asking again.
            if missed.fault not in (Fault.UNREACHABLE, Fault.BROKEN) or not self._waits(_jitter(), deadline):
                raise Lost(_REASONS[missed.fault]) from None
        else:
            pause = _pause(reply)
            if pause is None or not self._waits(pause, deadline):
                return reply
        try:
            return ask()
        except HttpFault as missed:
            raise Lost(_REASONS[missed.fault]) from None

    def _get(self, url: Url, headers: dict[str, str], deadline: Deadline, allowance: Allowance) -> Reply:
        if self.breaker.is_open():
            self._heard("not-tried", 0.0)
            raise Lost(Reason.UNREACHABLE)
        began = deadline.clock()
        try:
            reply = self._http.get(url, headers=headers, deadline=deadline, allowance=allowance)
        except HttpFault as missed:
            self._heard(_OUTCOMES[missed.fault], deadline.clock() - began)
            if missed.fault is not Fault.TIMED_OUT or deadline.clock() - began >= _FAIR_S:
                self.breaker.note(answered=missed.fault is Fault.TOO_LARGE)
            raise
        self._heard(f"{reply.status // 100}xx", deadline.clock() - began)
        self.breaker.note(answered=reply.status < HTTPStatus.INTERNAL_SERVER_ERROR)
        return reply

    def _waits(self, seconds: float, deadline: Deadline) -> bool:
        """Wait, if that leaves time for an answer."""
        if seconds + _LEAST_S > deadline.left() or self.breaker.is_open():
            return False
        time.sleep(seconds)
        return True


def _jitter() -> float:
    return random.uniform(*_JITTER_S)  # noqa: S311 - so that callers do not come back all at once


def _pause(reply: Reply) -> float | None:
    """How long to wait before asking again; None where that would not help."""
    if reply.status in _BUSY and "retry-after" in reply.headers:
        return _retry_after(reply)
    return _jitter() if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR else None


def _retry_after(reply: Reply) -> float | None:
    """The seconds that a server asks for, or the time until its date, by its own clock."""
    given = reply.headers["retry-after"].strip()
    if given.isascii() and given.isdigit():
        return max(float(given[:9]), _jitter())
    try:
        then, now = (parsedate_to_datetime(each) for each in (given, reply.headers.get("date", "")))
        return max((then - now).total_seconds(), _jitter())
    except (ValueError, TypeError, OverflowError):
        return None
