"""A real server in a process of its own, as a user would start it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import requests

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60


@dataclass(frozen=True)
class Served:
    """A server that is running."""

    host: str
    port: int
    process: subprocess.Popen[bytes]
    output: Path

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def printed(self) -> str:
        """Everything it has written to standard output and error."""
        return self.output.read_text(encoding="utf-8")

    def lines(self) -> list[dict[str, object]]:
        return [orjson.loads(line) for line in self.printed().splitlines()]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)


@contextmanager
def serving(output: Path, *, start: str = "", **settings: str) -> Iterator[Served]:
    """Start `needlewise serve` with these settings on a free port; `start` is Python that runs before it."""
    port = free_port()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("NEEDLEWISE_")}
    environ |= {f"NEEDLEWISE_{name}": value for name, value in settings.items()}
    environ["NEEDLEWISE_PORT"] = str(port)
    environ.setdefault("NEEDLEWISE_DATABASE_URL", f"sqlite:///{output.with_suffix('.db')}")
    command = f"{start}\nimport sys\nfrom service.cli import main\nsys.exit(main(['serve']))"
    with output.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", command], cwd=ROOT, env=environ, stdout=out, stderr=subprocess.STDOUT
        )
    served = Served("127.0.0.1", port, process, output)
    try:
        _wait(served)
        yield served
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(PATIENCE_S)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait(served: Served) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        assert served.process.poll() is None, served.printed()
        try:
            requests.get(f"{served.url}/health/live", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"the server did not start: {served.printed()}")
