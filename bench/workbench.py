"""How long the workbench takes to answer an edit, beside `$screen` of the same chart: `python -m bench.workbench`."""

from __future__ import annotations

import http.client
from typing import Final

from bench.measure import in_turns
from bench.rows import charts_of
from bench.servers import PRODUCT, Served, post

_ENTRIES: Final = 1_000
_ROUNDS: Final = 40
_BOUNDARY: Final = "edit"
_HEADERS: Final = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}", "Accept": "text/html"}
_MILLI: Final = 1_000


def main() -> None:
    """Measure and print; what a person sees has to be there before they wonder."""
    charts = charts_of(_ENTRIES)
    forms = {chart: form_of(chart) for chart in charts}
    with Served(PRODUCT, charts[0]) as product:
        connection = product.connect()
        tasks = {"$screen": product.ask, "workbench": lambda chart: _answer(connection, forms[chart])}
        times = in_turns(tasks, charts, _ROUNDS)
        connection.close()
    for name, taken in times.items():
        median, p99 = taken.median * _MILLI, taken.p99 * _MILLI
        print(f"{name:<10} {_ENTRIES:,} entries: median {median:.0f} ms, p99 {p99:.0f} ms")


def form_of(chart: bytes) -> bytes:
    """The form that the page sends after an edit: the chart, a target, and that only the result is wanted."""
    fields = {"chart": chart, "target": b"left gastrocnemius", "as-of": b"2026-03-02", "part": b"result"}
    parts = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        for name, value in fields.items()
    )
    return b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode()


def _answer(connection: http.client.HTTPConnection, form: bytes) -> bytes:
    answer = post(connection, "/", form, _HEADERS)
    if b'class="headline ' not in answer:
        raise RuntimeError("the workbench answered without a headline")
    return answer


if __name__ == "__main__":
    main()
