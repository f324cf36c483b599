"""`/metrics`: counts and durations in Prometheus form, of all worker processes of this server together.

Labels come from closed sets (path templates, rules, packs): nothing of a patient, and no caller can make new ones.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import Final

import prometheus_client.values
from flask import Blueprint, Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from service import __version__
from service.pipeline import Screener
from service.store import Store
from service.web.canaries import is_canary
from service.web.told import Told, told

_SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"  # as the library calls it
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def share_metrics() -> Path:
    """Let the workers that are forked from now on count together, in a folder to be removed at the end.

    Call it before `Metrics` is made. The library chooses its kind of value when it is imported, which is earlier.
    """
    folder = Path(tempfile.mkdtemp(prefix="needlewise-metrics-"))
    os.environ[_SHARED] = str(folder)
    prometheus_client.values.ValueClass = prometheus_client.values.MultiProcessValue()  # type: ignore[no-untyped-call]
    return folder


def forget_metrics(folder: Path) -> None:
    """Remove what `share_metrics` made; the main process calls it when all workers have ended."""
    shutil.rmtree(folder, ignore_errors=True)


class Metrics:
    """What is counted. Each application has its own."""

    def __init__(self, *, shared: Path | None = None) -> None:
        """Begin at nothing; with `shared`, together with the other workers."""
        self._shared = shared
        self._own = CollectorRegistry()
        self._states: list[Collector] = []
        self._failures_seen = 0
        self._counting = Lock()
        self.requests: Final = Counter(
            "needlewise_requests", "Requests answered", ["route", "method", "status"], registry=self._own
        )
        self.seconds: Final = Histogram(
            "needlewise_request_seconds",
            "From a request's head to its answer, in seconds",
            ["route"],
            buckets=_SECONDS,
            registry=self._own,
        )
        self.screenings: Final = Counter(
            "needlewise_screenings", "Screenings, by headline and pack", ["headline", "pack"], registry=self._own
        )
        self.rules: Final = Counter(
            "needlewise_rules", "Screenings in which a rule gave a finding or a question", ["rule", "kind"],
            registry=self._own,
        )  # fmt: skip
        self.ehr_calls: Final = Counter(
            "needlewise_ehr_calls", "Queries to EHRs, by what came of them", ["outcome"], registry=self._own
        )
        self.ehr_seconds: Final = Histogram(
            "needlewise_ehr_seconds", "Time that EHRs took for a query, in seconds", buckets=_SECONDS,
            registry=self._own,
        )  # fmt: skip
        self.store_failures: Final = Counter(
            "needlewise_store_failures", "Times that the store could not be reached or written", registry=self._own
        )

    def show(self, state: Collector) -> None:
        """Show what is not counted but is so or so at the moment of asking."""
        self._states.append(state)

    def heard_ehr(self, outcome: str, seconds: float) -> None:
        """Count a query to an EHR."""
        self.ehr_calls.labels(outcome).inc()
        self.ehr_seconds.observe(seconds)

    def count_failures(self, store: Store) -> None:
        """Count what the store of this process failed at since last asked."""
        with self._counting:
            new = store.failures - self._failures_seen
            self._failures_seen += new
        if new > 0:
            self.store_failures.inc(new)

    def count_request(self, response: Response) -> None:
        """Count the request that is being answered, and what it screened."""
        route = request.url_rule.rule if request.url_rule else "unmatched"
        method = request.method if request.method in _METHODS else "other"
        self.requests.labels(route, method, str(response.status_code)).inc()
        self.seconds.labels(route).observe(time.perf_counter() - g.started)
        for screening in told():
            self._count_screening(screening)

    def written(self) -> bytes:
        """All of it, in the text form of Prometheus."""
        registry = CollectorRegistry()
        if self._shared is None:
            registry.register(self._own)
        else:
            MultiProcessCollector(registry, str(self._shared))  # type: ignore[no-untyped-call]
        for state in self._states:
            registry.register(state)
        return generate_latest(registry)

    def _count_screening(self, screening: Told) -> None:
        for pack in screening.packs:
            self.screenings.labels(screening.headline, pack).inc()
        for rule, kind in screening.rules:
            self.rules.labels(rule, kind).inc()


class _Loaded(Collector):
    """Software and packs, as labels of ones."""

    def __init__(self, screener: Screener) -> None:
        self._packs = [(pack.id, pack.version) for pack in screener.packs.values()]
        self._lists = screener.knowledge.version

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """What is loaded now."""
        software = GaugeMetricFamily("needlewise_info", "Software and lists", labels=["version", "lists"])
        software.add_metric([__version__, self._lists], 1)
        packs = GaugeMetricFamily("needlewise_pack_info", "Rule packs that are loaded", labels=["pack", "version"])
        for pack in self._packs:
            packs.add_metric(pack, 1)
        return software, packs


def count_requests(app: Flask, metrics: Metrics, screener: Screener, store: Store) -> None:
    """Count every request of this application, and serve `/metrics`."""
    metrics.show(_Loaded(screener))
    page = Blueprint("metrics", __name__)

    @page.get("/metrics")
    def read_metrics() -> Response:
        metrics.count_failures(store)
        return Response(metrics.written(), content_type=CONTENT_TYPE_PLAIN_0_0_4)

    @app.after_request
    def count(response: Response) -> Response:
        metrics.count_failures(store)
        if not is_canary():
            metrics.count_request(response)
        return response

    app.register_blueprint(page)
