"""Traces: nothing unless a collector is named; then a span a request, below the caller's, with nothing of a patient."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson
import pytest
import requests
from flask import Flask
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from service.settings import SettingsError
from service.web.traces import trace_requests
from tests.web.charts import AS_OF, FHIR_JSON, SCREEN, bundle, patient, taking
from tests.web.serving import serving

TRACE = "0af7651916cd43dd8448eb211c80319c"
ABOVE = "b7ad6b7169203331"


class Collector(ThreadingHTTPServer):
    """Takes what an OpenTelemetry collector would."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        super().__init__(("127.0.0.1", 0), Taking)

    def spans(self) -> list[Span]:
        return [
            span
            for body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


class Taking(BaseHTTPRequestHandler):
    """Keeps each body."""

    def do_POST(self) -> None:
        assert isinstance(self.server, Collector)
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def test_a_request_gives_a_span_below_the_caller_s(collector: Collector, tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{collector.server_port}"
    start = f"import os; os.environ.update(OTEL_EXPORTER_OTLP_ENDPOINT={address!r}, OTEL_BSP_SCHEDULE_DELAY='100')"
    body = orjson.dumps(bundle(patient("zyxwvu"), taking("zyxwvu", of="zyxwvu")))
    headers = {"Content-Type": FHIR_JSON, "traceparent": f"00-{TRACE}-{ABOVE}-01"}
    with serving(tmp_path / "log", start=start, WORKERS="2", DATABASE_URL="none") as server:
        url = f"{server.url}{SCREEN}?{AS_OF}&target=zyxwvu"
        assert requests.post(url, data=body, headers=headers, timeout=60).status_code == 200
        for _ in range(300):
            if any(span.name == f"POST {SCREEN}" for span in collector.spans()):
                break
            time.sleep(0.1)
    (span,) = (span for span in collector.spans() if span.name == f"POST {SCREEN}")
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, ABOVE)
    told = {each.key: each.value.string_value or each.value.int_value for each in span.attributes}
    assert told["http.route"] == SCREEN
    assert told["http.response.status_code"] == 200
    assert told["needlewise.headline"] == "insufficient-data"
    assert all(b"zyxwvu" not in each for each in collector.bodies)


def test_nothing_is_traced_unless_a_collector_is_named() -> None:
    app = Flask("plain")
    trace_requests(app, {})
    assert not app.before_request_funcs


def test_a_collector_without_the_extra_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.web.traces.find_spec", lambda _: None)
    with pytest.raises(SettingsError, match=r"install needlewise\[tracing\]"):
        trace_requests(Flask("plain"), {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})
