"""`make bench`: the performance table, as ratios of one run. Absolute times depend on the machine and on the hour."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Final

from bench.cds import cds_row
from bench.measure import Times
from bench.rows import InProcess, Row, by_size, cold_start_row, http_rows, in_process_rows, list_size_row, memory_row
from service.cli.loading import load_screener
from service.cli.settings import effective_settings
from service.web.fhir import warm_up
from service.web.server import share_with_workers

_MILLI: Final = 1_000


def main() -> int:
    """Measure and print; a slow machine is no failure."""
    _say("cold start")
    rows = [cold_start_row()]
    _say("memory")
    rows.append(memory_row())
    screener = load_screener(effective_settings())
    warm_up(screener)
    share_with_workers()  # the collector as the server sets it
    process = InProcess(screener)
    _say("in process")
    sizes = by_size(process)
    rows += in_process_rows(process, sizes)
    rows.append(list_size_row(process))
    _say("over HTTP")
    rows += [*http_rows(sizes), cds_row()]
    _print_rows(sorted(rows, key=lambda row: row.number))
    _print_sizes(sizes)
    return 0


def _say(what: str) -> None:
    print(f"measuring: {what} ...", file=sys.stderr, flush=True)


def _print_rows(rows: Sequence[Row]) -> None:
    print("The floor is orjson.loads of the same bytes; medians unless p99 is said; all in one run.\n")
    print(f"{'row':>3}  {'what':<76} {'target':>7} {'stretch':>7} {'measured':>8}")
    for row in rows:
        measured = "-" if row.measured is None else f"{row.measured:.2f}"
        print(
            f"{row.number:>3}  {row.what:<76} {row.target:>7.2f} {row.stretch:>7.2f} {measured:>8}"
            f"  {_verdict(row)}{f' ({row.detail})' if row.detail else ''}"
        )


def _verdict(row: Row) -> str:
    if row.measured is None:
        return "not measured"
    if row.measured <= row.stretch:
        return "stretch"
    return "target" if row.measured <= row.target else "above"


def _print_sizes(sizes: Mapping[int, Mapping[str, Times]]) -> None:
    print("\nClinical mix by size: milliseconds of this run, and ratios\n")
    head = ("entries", "floor", "in process", "× floor", "trivial", "HTTP", "× trivial", "× floor")
    print("".join(f"{each:>12}" for each in head))
    for size, times in sizes.items():
        floor, screen = times["floor"].median, times["screen"].median
        line = f"{size:>12,}{floor * _MILLI:>12.3f}{screen * _MILLI:>12.3f}{screen / floor:>12.2f}"
        if "http" in times:
            http, trivial, beside = (times[name].median for name in ("http", "trivial", "http floor"))
            line += f"{trivial * _MILLI:>12.3f}{http * _MILLI:>12.3f}{http / trivial:>12.2f}{http / beside:>12.2f}"
        print(line)


if __name__ == "__main__":
    sys.exit(main())
