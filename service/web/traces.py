"""Traces for OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT names a collector; an optional extra, off by default.

A span has the same as a log line and no more: path template, status, headline, packs. The other OTEL_... variables
(sampling, headers, service name) are the SDK's own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Final

from flask import Flask, Response, g, request

from service.settings import SettingsError
from service.web.canaries import is_canary

_SWITCHES: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_NAME: Final = "needlewise"

Ended = Callable[[Mapping[str, str | int]], None]
"""Is told of the request's attributes when it is answered."""


def trace_requests(app: Flask, environ: Mapping[str, str] = os.environ) -> None:
    """Send a span for each request, where a collector is named. Raises SettingsError where the extra is not here."""
    named = next((name for name in _SWITCHES if environ.get(name)), None)
    if named is None:
        return
    if find_spec("opentelemetry.exporter") is None or find_spec("opentelemetry.sdk") is None:
        raise SettingsError(f"{named} is set, and OpenTelemetry is not here: install needlewise[tracing]")
    begin = _tracer()

    @app.before_request
    def start() -> None:
        if not is_canary():
            g.span = begin(_name(), request.headers.get("traceparent"))

    @app.after_request
    def end(response: Response) -> Response:
        ended: Ended | None = g.pop("span", None)
        if ended is not None:
            ended(_attributes(response))
        return response


def _name() -> str:
    return f"{request.method} {request.url_rule.rule}" if request.url_rule else "unmatched"


def _attributes(response: Response) -> dict[str, str | int]:
    route = request.url_rule.rule if request.url_rule else "unmatched"
    told = {"http.route": route, "needlewise.headline": g.get("headline"), "needlewise.pack": g.get("pack")}
    return {
        "http.response.status_code": response.status_code,
        "needlewise.request_id": g.request_id,
        **{name: value for name, value in told.items() if value},
    }


def _tracer() -> Callable[[str, str | None], Ended]:
    """What begins a span, below the caller's where a `traceparent` came. Imported here: it is an extra."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    from opentelemetry.trace import SpanKind  # noqa: PLC0415
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    name = os.environ.get("OTEL_SERVICE_NAME", _NAME)
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))  # it begins anew in each forked worker
    tracer = provider.get_tracer(_NAME)
    callers = TraceContextTextMapPropagator()

    def begin(what: str, traceparent: str | None) -> Ended:
        above = callers.extract({"traceparent": traceparent} if traceparent else {})
        span = tracer.start_span(what, context=above, kind=SpanKind.SERVER)

        def ended(attributes: Mapping[str, str | int]) -> None:
            span.set_attributes(dict(attributes))
            span.end()

        return ended

    return begin
