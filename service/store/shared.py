"""What forked workers share on one machine without a server: a file and a lock without names."""

from __future__ import annotations

import fcntl
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from threading import Lock


def unnamed_file(owner: object) -> FileIO:
    """A file that nobody else can open, and that is gone with its owner. Unbuffered: what is read is what is there."""
    file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed with its owner
    weakref.finalize(owner, file.close)
    return file


class SharedLock:
    """A lock between threads and forked processes, which the system opens when its holder dies."""

    def __init__(self) -> None:
        """Make it before the fork."""
        self._threads = Lock()
        self._file = unnamed_file(self)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it."""
        with self._threads:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)
