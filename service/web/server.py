"""The production server: gunicorn with threads, set up for one process family that shares what was loaded.

main process: load, warm up, freeze ──fork──▶ workers, each with threads that wait for senders
"""

from __future__ import annotations

import gc
import logging
import socket
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Final
from weakref import WeakSet

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.http import errors as malformed
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import TConn, ThreadWorker
from werkzeug.exceptions import BadRequest, RequestTimeout

from service.settings import Settings
from service.web.errors import raised_answer
from service.web.logs import log, log_bug
from service.web.paths import Wsgi

_THREADS: Final = 32  # for senders, most of whom are being waited for; one at a time computes
_KEEPALIVE_S: Final = 75  # longer than the idle time of the usual proxies, so that they never meet a closed door
_GRACE_S: Final = 30
_REQUEST_S: Final = 60  # to send a whole request; who drips a byte now and then does not hold a thread for ever
_LONGEST_LINE: Final = 8_190

_STATUS: Final[dict[type[Exception], HTTPStatus]] = {
    malformed.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    malformed.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    malformed.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
}


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Serves one WSGI application until it is told to stop."""

    def __init__(
        self, settings: Settings, app: Wsgi, *, in_worker: Callable[[], None], at_end: Callable[[], None]
    ) -> None:
        """Take the settings and the application, with all loaded that it will need: workers share it.

        `in_worker` is called in each worker when it begins, and `at_end` in the main process when all of them have
        ended.
        """
        self._settings = settings
        self._app = app
        self._in_worker = in_worker
        self._at_end = at_end
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn how to serve; nothing is read from its own files or variables."""
        chosen: dict[str, object] = {
            "bind": _address(self._settings),
            "workers": self._settings.workers,
            "worker_class": Worker,
            "threads": _THREADS,
            "preload_app": True,
            "keepalive": _KEEPALIVE_S,
            "graceful_timeout": _GRACE_S,
            "timeout": _REQUEST_S + _GRACE_S,
            "limit_request_line": _LONGEST_LINE,
            "logger_class": ServerLog,
            "loglevel": self._settings.log_level,
            "control_socket_disable": True,  # it would write into the home folder
            "forwarded_allow_ips": "",  # no proxy is trusted; links come from PUBLIC_URL
            "proc_name": "needlewise",
            "when_ready": _when_ready,
            "post_worker_init": lambda _: self._in_worker(),
            "on_exit": lambda _: self._at_end(),
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Wsgi:
        """The application; called once, in the main process, before it forks the workers."""
        share_with_workers()
        return _guarded(self._app)


def share_with_workers() -> None:
    """Let the collector leave alone what lives as long as the process: it would copy the pages that forks share.

    Nothing is collected before: loading leaves a few dozen objects behind, and to look for them takes longer than all
    that is saved.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


def _address(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{host}:{settings.port}"


def _when_ready(arbiter: Any) -> None:  # noqa: ANN401 - gunicorn has no types
    addresses = ", ".join(str(listener) for listener in arbiter.LISTENERS)
    log(logging.INFO, event=f"listening on {addresses}")


def _guarded(app: Wsgi) -> Wsgi:
    """The application, with a body whose faults are the sender's and not ours, and the say when to hang up."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["wsgi.input"] = _Body(environ["wsgi.input"], environ["gunicorn.socket"])

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:  # noqa: ANN401 - as WSGI has it
            if ("Connection", "close") in headers:  # gunicorn drops the header and does as it likes
                start_response.__self__.force_close()  # type: ignore[attr-defined]  # a method of its Response
            return start_response(status, headers, *rest)

        return app(environ, start)

    return serve


# Connections that were no longer listened to because the request took too long to arrive.
_STOPPED: Final[WeakSet[socket.socket]] = WeakSet()


class _Body:
    """A request body whose faults of framing (chunk sizes, trailers) and of time are answered, with 400 and 408."""

    def __init__(self, body: Any, connection: socket.socket) -> None:  # noqa: ANN401 - gunicorn has no types
        self._body = body
        self._connection = connection

    def read(self, size: int = -1) -> bytes:
        """Read at most `size` bytes, all where it is negative. Raises BadRequest or RequestTimeout."""
        try:
            data: bytes = self._body.read(size)
        except malformed.ParseException:
            raise BadRequest from None
        except OSError:
            if self._connection in _STOPPED:
                raise RequestTimeout from None
            raise
        if not 0 <= size <= len(data) and self._connection in _STOPPED:
            raise RequestTimeout
        return data


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's threaded worker, with a limit on how long a request may take to arrive and our form of errors."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - gunicorn has no types
        """Take what gunicorn gives."""
        super().__init__(*args, **kwargs)
        self._started: dict[TConn, float] = {}

    def handle(self, conn: TConn) -> object:
        """Handle one request, and remember meanwhile since when."""
        self._started[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            del self._started[conn]

    def murder_pending(self) -> None:
        """Called every second: stop listening to senders that have had their time. What was read is still answered."""
        super().murder_pending()
        latest = time.monotonic() - _REQUEST_S
        for conn, started in list(self._started.items()):
            if started < latest:
                _stop_reading(conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:  # noqa: ANN401, ARG002 - as gunicorn
        """Answer a request that is no HTTP; the log gets no word of it."""
        if isinstance(exc, malformed.ParseException):
            status = _STATUS.get(type(exc), HTTPStatus.BAD_REQUEST)
            log(logging.WARNING, event="not an HTTP request", error=type(exc).__name__, status=int(status))
        else:
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            log_bug(exc, status=int(status))
        media_type, body = raised_answer(getattr(req, "path", ""), status)
        head = (
            f"HTTP/1.1 {int(status)} {status.phrase}\r\nConnection: close\r\nContent-Type: {media_type}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        try:
            write_nonblock(client, head.encode("ascii") + body)
        except OSError:
            return  # nobody is there any more


def _stop_reading(conn: TConn) -> None:
    _STOPPED.add(conn.sock)
    try:
        conn.sock.shutdown(socket.SHUT_RD)
    except OSError:
        return


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's messages, sent through our allow-list instead of its own handlers."""

    def setup(self, cfg: Any) -> None:  # noqa: ANN401 - gunicorn has no types
        """Leave the handlers to the root logger; there is no access log, since we write our own line."""
        self.cfg = cfg
        self._access_log_enabled = False
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)
