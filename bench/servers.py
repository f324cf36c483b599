"""Real server processes on loopback: started, asked over one kept connection, weighed, stopped."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bench.charts import AS_OF

PRODUCT: Final = ("service", "serve")
TRIVIAL: Final = ("bench.trivial",)

_PATH: Final = f"/fhir/RiskAssessment/$screen?as-of={AS_OF}&target=left%20gastrocnemius"
_HEADERS: Final = {"Content-Type": "application/fhir+json"}
# Settings of whoever runs the bench; and a product that compiles itself at every start is not what is served.
_NOT_FOR_SERVERS: Final = ("NEEDLEWISE_", "PYTHONDONTWRITEBYTECODE")
_START_S: Final = 60
_STOP_S: Final = 30


class Served:
    """One server, for the length of a `with`; `cold_start` is how long its first answer took from nothing."""

    def __init__(self, module: tuple[str, ...], first: bytes, *, workers: int = 1, database_url: str = "none") -> None:
        """Start it and wait for its answer to the first body. Without a database it leaves nothing behind."""
        self._port = _free_port()
        environ = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_FOR_SERVERS)}
        environ |= {
            "NEEDLEWISE_PORT": str(self._port),
            "NEEDLEWISE_WORKERS": str(workers),
            "NEEDLEWISE_DATABASE_URL": database_url,
        }
        started = time.perf_counter()
        self._process = subprocess.Popen(  # noqa: S603 - ours
            (sys.executable, "-m", *module), env=environ, stdout=subprocess.DEVNULL
        )
        try:
            self._connection = self._first_connection(started + _START_S)
            self.ask(first)
        except BaseException:
            self._process.kill()
            raise
        self.cold_start = time.perf_counter() - started

    def __enter__(self) -> Self:
        """The running server."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self._connection.close()
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def ask(self, body: bytes) -> bytes:
        """Post one chart over the first connection. Raises RuntimeError unless it is answered with 200."""
        return ask(self._connection, body)

    def connect(self) -> http.client.HTTPConnection:
        """One more connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_START_S)
        connection.connect()
        return connection

    def memory_a_worker(self) -> float | None:
        """Proportional set size of a worker in MB, the mean of all; None where the system does not tell."""
        sizes = [_pss(pid) for pid in _children(self._process.pid)]
        told = [size for size in sizes if size is not None]
        return sum(told) / len(told) if told else None

    def _first_connection(self, deadline: float) -> http.client.HTTPConnection:
        while True:
            try:
                return self.connect()
            except OSError:
                if self._process.poll() is not None or time.perf_counter() > deadline:
                    raise RuntimeError("the server did not start") from None
                time.sleep(0.005)


def ask(connection: http.client.HTTPConnection, body: bytes) -> bytes:
    """Post one chart. Raises RuntimeError unless it is answered with 200."""
    return post(connection, _PATH, body, _HEADERS)


def post(connection: http.client.HTTPConnection, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Post a body. Raises RuntimeError unless it is answered with 200."""
    connection.request("POST", path, body, dict(headers))
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != http.HTTPStatus.OK:
        raise RuntimeError(f"answered {answer.status}: {content[:400]!r}")
    return content


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        if int(after_name[1]) == parent:
            found.append(int(stat.parent.name))
    return found


def _pss(pid: int) -> float | None:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), None)
