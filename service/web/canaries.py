"""The door's side of the watch: canaries are let in and not counted, and what the watch found is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

from flask import Flask, g, request
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from service.canary import HEADER, Door, Trouble, Watch

_ROUTE: Final = "/fhir/RiskAssessment/$screen"
_MOST: Final = 20  # troubles that are named


def let_in(app: Flask, door: Door) -> None:
    """Know our own canaries before anybody is asked who they are. They may screen, and nothing else."""

    @app.before_request
    def recognise() -> None:
        rule = request.url_rule
        g.canary = rule is not None and rule.rule == _ROUTE and door.is_canary(request.headers.get(HEADER))


def is_canary() -> bool:
    """Whether this request is one of our own: answered as any other, neither stored, audited nor counted."""
    return bool(g.get("canary"))


def told_by(watch: Watch | None) -> dict[str, object]:
    """What the watch found, for `/health/ready`."""
    if watch is None:
        return {"status": "off"}
    found = watch.board.read()
    if found.ran is None:
        return {"status": "waiting"}
    status = "changed" if found.changed else "silent" if found.silent else "ok"
    told: dict[str, object] = {
        "status": status,
        "canaries": found.checked,
        "ran": datetime.fromtimestamp(found.ran, UTC).isoformat(timespec="seconds"),
    }
    if not found.is_well:
        told["problems"] = [asdict(trouble) for trouble in (*found.changed, *found.silent)[:_MOST]]
    return told


class CanaryState(Collector):
    """What the watch found, as metrics."""

    def __init__(self, watch: Watch) -> None:
        """Take the watch."""
        self._watch = watch

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """What it found last; nothing before its first round."""
        found = self._watch.board.read()
        changed = GaugeMetricFamily(
            "needlewise_canary_changed",
            "Rules whose synthetic patient is not judged as before",
            labels=["rule", "pack"],
        )
        silent = GaugeMetricFamily(
            "needlewise_rule_silent", "Rules that no longer fire as they used to", labels=["rule", "pack"]
        )
        ran = GaugeMetricFamily(
            "needlewise_canary_run_timestamp_seconds", "When the synthetic patients were last screened"
        )
        if found.ran is not None:
            ran.add_metric([], found.ran)
            for check in self._watch.checks:
                is_changed = any((each.rule, each.pack) == (check.rule, check.pack) for each in found.changed)
                changed.add_metric([check.rule, check.pack], float(is_changed))
                is_silent = any((each.rule, each.pack) == (check.rule, check.pack) for each in found.silent)
                silent.add_metric([check.rule, check.pack], float(is_silent))
        return changed, silent, ran


def in_words(trouble: Trouble) -> str:
    """As a log line says it: names of our own rules and packs, and nothing else."""
    return f"rule {trouble.rule} of {trouble.pack} {trouble.problem}"
