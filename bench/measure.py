"""Taking times: everything that is compared is taken in turns, in one run, on the same bytes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, islice
from typing import Final, NamedTuple

_PERCENT: Final = 100


class Times(NamedTuple):
    """Seconds, as they were taken."""

    taken: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.taken)

    @property
    def p99(self) -> float:
        """The one that 99 of 100 stay under."""
        return statistics.quantiles(self.taken, n=_PERCENT, method="inclusive")[-1]


def in_turns(tasks: Mapping[str, Callable[[bytes], object]], charts: Sequence[bytes], rounds: int) -> dict[str, Times]:
    """Every task once on each of `rounds` charts, one task after the other; then over again from the first chart.

    A result is dropped inside its time: to free what was made is part of making it.
    """
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for task in tasks.values():  # caches, imports and connections are warm before the first time is taken
        task(charts[-1])
    for chart in islice(cycle(charts), rounds):
        for name, task in tasks.items():
            started = time.perf_counter()
            task(chart)
            taken[name].append(time.perf_counter() - started)
    return {name: Times(tuple(times)) for name, times in taken.items()}
