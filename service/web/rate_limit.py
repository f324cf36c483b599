"""`RATE_LIMIT`: how much one caller may ask. CDS Hooks is never counted: bulk work must not starve order entry."""

from __future__ import annotations

import hashlib
import mmap
import struct
import time
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, g, request
from flask_limiter import Limiter
from limits import parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from service.settings import Settings
from service.store import SharedLock
from service.trust import Caller
from service.web.canaries import is_canary

# The sandbox's FHIR server is asked by this service itself, many times a call.
_NOT_COUNTED: Final = ("/cds-services", "/health", "/metrics", "/sandbox/fhir", "/static")
_SLOT: Final = struct.Struct("<16sdQ")  # half of the key's hash, until when (seconds since 1970), count
_SLOTS: Final = 16_384
_TRIES: Final = 32


def limit_rate(app: Flask, settings: Settings) -> None:
    """Answer 429 to who asks too much; the count is one for all workers of this machine."""
    if not settings.rate_limit:
        return
    limiter = Limiter(
        _caller,
        app=app,
        application_limits=[settings.rate_limit],
        storage_uri=f"{SharedCounts.STORAGE_SCHEME[0]}://",
        strategy="fixed-window",
        headers_enabled=True,
        retry_after="delta-seconds",
    )
    limiter.request_filter(_is_not_counted)


def limit_refusals(app: Flask, settings: Settings) -> None:
    """Stop asking who an address is that was refused too often: each refusal costs work, and a row of the trail.

    To be called before callers are asked who they are.
    """
    if not settings.rate_limit:
        return
    limit = parse(settings.rate_limit)
    refused = FixedWindowRateLimiter(SharedCounts())

    @app.before_request
    def stop() -> None:
        if not _is_not_counted() and not refused.test(limit, str(request.remote_addr)):
            until = refused.get_window_stats(limit, str(request.remote_addr)).reset_time
            raise TooManyRequests(retry_after=max(1, round(until - time.time())))

    @app.after_request
    def count(response: Response) -> Response:
        if response.status_code == HTTPStatus.UNAUTHORIZED and not _is_not_counted():
            refused.hit(limit, str(request.remote_addr))
        return response


def _caller() -> str:
    caller = g.get("caller")
    return f"caller {caller.name}" if isinstance(caller, Caller) else f"address {request.remote_addr}"


def is_counted(path: str) -> bool:
    """Whether requests at this path count."""
    return not any(path == free or path.startswith(f"{free}/") for free in _NOT_COUNTED)


def _is_not_counted() -> bool:
    return is_canary() or not is_counted(request.path)


class SharedCounts(Storage):
    """Counts in memory that forked workers share. When 32 neighbouring places are taken, the oldest is forgotten."""

    STORAGE_SCHEME = ["needlewise-shared"]  # noqa: RUF012 - as limits has it

    def __init__(self, uri: str | None = None, *, wrap_exceptions: bool = False, **_: Any) -> None:  # noqa: ANN401
        """Set the memory aside; make it before the fork."""
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._memory = mmap.mmap(-1, _SLOTS * _SLOT.size)
        self._lock = SharedLock()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What can go wrong below."""
        return OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and give the count of this window, which begins with the first."""
        with self._lock.held():
            place, until, count = self._find(key)
            if count == 0:
                until = time.time() + expiry
            _SLOT.pack_into(self._memory, place, _hash(key), until, count + amount)
        return count + amount

    def get(self, key: str) -> int:
        """The count of this window."""
        with self._lock.held():
            return self._find(key)[2]

    def get_expiry(self, key: str) -> float:
        """When this window ends, in seconds since 1970."""
        with self._lock.held():
            _, until, count = self._find(key)
        return until if count else time.time()

    def check(self) -> bool:
        """Whether it works."""
        return True

    def reset(self) -> int:
        """Forget all."""
        with self._lock.held():
            self._memory[:] = bytes(len(self._memory))
        return _SLOTS

    def clear(self, key: str) -> None:
        """Forget one."""
        with self._lock.held():
            _SLOT.pack_into(self._memory, self._find(key)[0], _hash(key), 0.0, 0)

    def _find(self, key: str) -> tuple[int, float, int]:
        """The place of a key, until when it counts, and its count: 0 where it is new."""
        wanted, now = _hash(key), time.time()
        start = int.from_bytes(wanted[:8], "little")
        free, earliest = 0, float("inf")
        for step in range(_TRIES):
            place = (start + step) % _SLOTS * _SLOT.size
            held, until, count = _SLOT.unpack_from(self._memory, place)
            if held == wanted and until >= now:
                return place, until, count
            if until < earliest:
                free, earliest = place, until
        return free, 0.0, 0


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()[:16]
