"""How much an EHR may cost us, and by which clocks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of one call."""

    timeout_s: float  # for one answer, from the first byte sent to the last received
    most_bytes: int  # of all answers together, decompressed
    most_entries: int  # likewise


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The door's clocks."""

    monotonic: Callable[[], float]
    epoch: Callable[[], float]  # seconds since 1970, for what is signed


class Allowance:
    """An amount that several threads use up together."""

    def __init__(self, amount: int) -> None:
        """Begin with all of it."""
        self._lock = threading.Lock()
        self._left = amount

    @property
    def left(self) -> int:
        """What is left now."""
        return self._left

    def take(self, amount: int) -> bool:
        """Use some; False, and nothing is used, where it is not there."""
        with self._lock:
            if amount > self._left:
                return False
            self._left -= amount
            return True
