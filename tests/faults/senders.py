"""Callers who send chart after chart, and remember what was acknowledged."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import requests

from tests.web.charts import AS_OF, FHIR_JSON, SCREEN, chart
from tests.web.serving import Served

BODY = orjson.dumps(chart())


def screen(url: str, **headers: str) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.post(f"{url}{SCREEN}?{AS_OF}", data=BODY, headers={"Content-Type": FHIR_JSON} | named, timeout=30)


def is_stored(answer: requests.Response) -> bool:
    assert answer.status_code == 200, answer.text
    return "Location" in answer.headers


def stored_again(url: str, within_s: float = 30) -> bool:
    """Whether results are stored again after a while: a store that failed is left alone for some seconds."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if is_stored(screen(url)):
            return True
        time.sleep(0.2)
    return False


class Senders:
    """Several at a time."""

    def __init__(self, count: int, *servers: Served) -> None:
        self.acknowledged: dict[str, bytes] = {}  # id → body
        self.not_stored = 0
        self.lost = 0  # no answer came: nothing was promised
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._send, args=(servers[number % len(servers)],)) for number in range(count)
        ]

    def _send(self, server: Served) -> None:
        with requests.Session() as session:
            while not self._stop.is_set():
                try:
                    answer = session.post(f"{server.url}{SCREEN}?{AS_OF}", data=BODY, timeout=30)
                except requests.RequestException:
                    self.lost += 1
                    time.sleep(0.05)
                    continue
                assert answer.status_code == 200
                location = answer.headers.get("Location")
                if location is None:
                    self.not_stored += 1
                else:
                    self.acknowledged[location.rpartition("/")[2]] = answer.content

    @contextmanager
    def sending(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join(30)

    def wait_for(self, count: int) -> None:
        """Until so many more are acknowledged."""
        wanted, until = len(self.acknowledged) + count, time.monotonic() + 60
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < until, f"{len(self.acknowledged)} of {wanted}"
            time.sleep(0.02)
