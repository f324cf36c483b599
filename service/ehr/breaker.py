"""A server that keeps failing is left alone for a while: it would cost every call its time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from circuitbreaker import CircuitBreaker

_FAILURES: Final = 5  # one after the other
_PAUSE_S: Final = 30


class _FailedError(Exception):
    """Tells the circuit breaker what it counts."""


class Breaker:
    """One server's.

    closed ──5 failures──▶ open ──30 s──▶ half open: one call goes ahead; it fails ──▶ open, it succeeds ──▶ closed
    """

    def __init__(self, *, failures: int = _FAILURES, pause_s: float = _PAUSE_S) -> None:
        """Begin closed."""
        self._circuit = CircuitBreaker(
            failure_threshold=failures, recovery_timeout=pause_s, expected_exception=_FailedError
        )
        self._lock = threading.Lock()
        self._trying = False

    @contextmanager
    def call(self) -> Iterator[bool]:
        """A call to the server; gives whether it may be talked to."""
        with self._lock:
            half_open = not (self._circuit.opened or self._circuit.closed)
            tries = half_open and not self._trying
            self._trying |= tries
            may = bool(self._circuit.closed) or tries
        try:
            yield may
        finally:
            if tries:
                with self._lock:
                    self._trying = False

    def is_open(self) -> bool:
        """Whether the server has to be left alone, also by calls that are under way."""
        return bool(self._circuit.opened)

    def note(self, *, answered: bool) -> None:
        """Count: the server answered, be it with a refusal, or it failed."""
        with self._lock, suppress(_FailedError), self._circuit:
            if not answered:
                raise _FailedError
