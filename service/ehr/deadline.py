"""Until when an answer is of use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment of a monotonic clock. The clock is the caller's, so that a test can hold it."""

    clock: Callable[[], float]
    at: float

    @classmethod
    def within(cls, seconds: float, clock: Callable[[], float]) -> Deadline:
        """So many seconds from now."""
        return cls(clock, clock() + seconds)

    def left(self) -> float:
        """Seconds that are left, never below zero."""
        return max(0.0, self.at - self.clock())

    def within_it(self, seconds: float) -> Deadline:
        """So many seconds from now, but no later than this."""
        return Deadline(self.clock, min(self.at, self.clock() + seconds))
