"""What every answer carries: security headers, the request's id, compression where asked for; and its log line."""

from __future__ import annotations

import gzip
import logging
import time
from typing import Final
from uuid import uuid4

from flask import Flask, Response, g, request

from service.settings import Settings
from service.web.canaries import is_canary
from service.web.logs import log, request_id, trace_id

_COMPRESS_FROM: Final = 1_024  # bytes; below, the gzip frame costs more than it saves
_LEVEL: Final = 4
_YEAR_S: Final = 31_536_000

# An API answer is never a page: nothing in it may load, run or be framed.
_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"


def carry_headers(app: Flask, settings: Settings) -> None:
    """Put the headers on every answer of this application, and write one log line for each request."""
    secure = settings.public_url.startswith("https://")
    origins = frozenset(settings.cors_origins)

    @app.before_request
    def begin() -> None:
        g.started = time.perf_counter()
        given = request.headers
        g.trace = trace_id(given.get("traceparent"))
        g.request_id = request_id(given.get("X-Request-ID")) or g.trace or str(uuid4())

    @app.after_request
    def finish(response: Response) -> Response:
        headers = response.headers
        headers["X-Request-ID"] = g.request_id
        if g.trace:
            headers["traceparent"] = request.headers["traceparent"]
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        headers.setdefault("Content-Security-Policy", _POLICY)
        headers.setdefault("Cache-Control", "no-store")
        if "warning" in g:
            headers["Warning"] = g.warning
        if secure:
            headers["Strict-Transport-Security"] = f"max-age={_YEAR_S}"
        if origins:
            _allow_origin(response, origins)
        if "language" in g:
            headers["Content-Language"] = g.language
            response.vary.add("Accept-Language")
        _compress(response)
        _write_line(response)
        return response


def _allow_origin(response: Response, origins: frozenset[str]) -> None:
    """Let pages of the listed web origins read the answer (CORS); others get no header and so no access."""
    response.vary.add("Origin")
    headers = response.headers
    origin = request.headers.get("Origin")
    if origin not in origins:
        return
    headers["Access-Control-Allow-Origin"] = origin
    headers["Access-Control-Expose-Headers"] = (
        "X-Request-ID, Location, Warning, ETag, Idempotency-Replayed, Retry-After, WWW-Authenticate"
    )
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = headers.get("Allow", "GET, HEAD, POST, OPTIONS")
        headers["Access-Control-Allow-Headers"] = (
            "Content-Type, Content-Encoding, Accept, Authorization, X-Request-ID, traceparent, Idempotency-Key, Prefer"
        )
        headers["Access-Control-Max-Age"] = "600"


def _compress(response: Response) -> None:
    if response.direct_passthrough or response.status_code in {204, 304}:
        return
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] <= 0 or "Content-Encoding" in response.headers:
        return
    body = response.get_data()
    if len(body) < _COMPRESS_FROM:
        return
    response.set_data(gzip.compress(body, _LEVEL, mtime=0))  # no clock: equal answers are equal bytes
    response.headers["Content-Encoding"] = "gzip"


def _caller() -> str | None:
    """The name in TRUST of who calls, else their address."""
    if is_canary():
        return "canary"
    return who.name if (who := g.get("caller")) else request.remote_addr


def _write_line(response: Response) -> None:
    """One line a request, of what `service.web.logs.LINE` allows."""
    log(
        logging.INFO,
        request_id=g.request_id,
        trace_id=g.trace,
        caller=_caller(),
        route=request.url_rule.rule if request.url_rule else "unmatched",
        status=response.status_code,
        duration_ms=round((time.perf_counter() - g.started) * 1_000, 1),
        headline=g.get("headline"),
        pack=g.get("pack"),
    )
