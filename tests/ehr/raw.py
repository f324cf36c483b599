"""A server below HTTP: for those that do not keep to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def raw_server(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """The URL of a server that treats each connection so, once it has heard something."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stopped = threading.Event()

        def talk(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                connection.recv(65_536)
                behave(connection)

        def serve() -> None:
            while not stopped.is_set():
                with suppress(OSError):
                    connection, _ = listener.accept()
                    threading.Thread(target=talk, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stopped.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()
