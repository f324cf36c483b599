"""`python -m bench.load`: many callers at once, for a while. Requests a second, p99, and whether memory stays flat.

The same is done to a trivial Flask handler under the same server: times belong to a machine and an hour, ratios less.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import cycle, islice
from pathlib import Path
from typing import Final, NamedTuple

from bench.charts import clinical_chart
from bench.measure import Times
from bench.servers import PRODUCT, TRIVIAL, Served, ask

_CALLERS: Final = 8
_WORKERS: Final = 2
_CHARTS: Final = 40  # different ones, in turn
_SIZES: Final = {10: 1.0, 1_000: 0.04}  # entries → share of the requests
_WEIGHED: Final = 5  # times, evenly over the long run; the first is the warm server
_MILLI: Final = 1_000


class Load(NamedTuple):
    """What came of a number of requests from all callers together."""

    times: Times
    seconds: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.times.taken) / self.seconds


def main() -> int:
    """Measure and print. Exit status 1 where any request was not answered with 200."""
    asked = _arguments()
    print(f"{_CALLERS} callers, {_WORKERS} worker processes, {asked.requests:,} requests, store: {asked.store}\n")
    print(f"{'entries':>8}{'':>10}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'p99/p50':>9}")
    with tempfile.TemporaryDirectory() as folder:
        database = "none" if asked.store == "none" else f"sqlite:///{Path(folder, 'bench.db')}"
        for entries, share in _SIZES.items():
            count = max(_CHARTS, round(asked.requests / 10 * share))
            _compare(entries, count, database)
        _weigh(asked.requests, database)
    return 0


def _compare(entries: int, count: int, database: str) -> None:
    charts = [clinical_chart(entries, seed) for seed in range(_CHARTS)]
    rates = {}
    for name, module in (("trivial", TRIVIAL), ("product", PRODUCT)):
        with Served(module, charts[0], workers=_WORKERS, database_url=database) as server:
            load(server, charts, count // 4)  # warm
            done = load(server, charts, count)
        rates[name] = done.rate
        middle, slow = done.times.median * _MILLI, done.times.p99 * _MILLI
        line = f"{entries:>8,}{name:>10}{done.rate:>12,.0f}{middle:>9.1f}{slow:>9.1f}{slow / middle:>9.1f}"
        print(line, flush=True)
    print(f"{'':>18}{rates['product'] / rates['trivial']:>11.2f} of the trivial handler's rate")


def _weigh(requests: int, database: str) -> None:
    charts = [clinical_chart(10, seed) for seed in range(_CHARTS)]
    print(f"\nmemory of a worker over {requests:,} requests of 10 entries (proportional set size)")
    with Served(PRODUCT, charts[0], workers=_WORKERS, database_url=database) as server:
        load(server, charts, max(_CHARTS, requests // 50))
        first = last = server.memory_a_worker()
        for part in range(1, _WEIGHED + 1):
            load(server, charts, requests // _WEIGHED)
            last = server.memory_a_worker()
            if first is None or last is None:
                print("this system does not tell")
                return
            print(f"{part * requests // _WEIGHED:>10,} requests: {last / first:.3f} of the warm server's", flush=True)


def load(server: Served, charts: Sequence[bytes], count: int) -> Load:
    """Ask `count` times from all callers at once, each over a connection of its own that is kept."""
    bodies = cycle(charts)
    shares = [list(islice(bodies, count // _CALLERS)) for _ in range(_CALLERS)]
    started = time.perf_counter()
    with ThreadPoolExecutor(_CALLERS) as pool:
        taken = [each for some in pool.map(lambda share: _call(server, share), shares) for each in some]
    return Load(Times(tuple(taken)), time.perf_counter() - started)


def _call(server: Served, bodies: Sequence[bytes]) -> list[float]:
    taken = []
    with closing(server.connect()) as connection:
        for body in bodies:
            started = time.perf_counter()
            ask(connection, body)
            taken.append(time.perf_counter() - started)
    return taken


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--requests", type=int, default=50_000, help="of the long run; the others are a tenth of it")
    parser.add_argument("--store", choices=("none", "sqlite"), default="sqlite", help="what the product remembers in")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
