"""The audit trail: an event for every screening, read, feedback and refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from flask import Flask, Response, g, request

from service.store import Event, Store
from service.web.access import Door, access_to
from service.web.canaries import is_canary
from service.web.keeping import event_of
from service.web.who import who

# Told by the log and the metrics: one row a refusal would do an attacker's work.
_REFUSED: Final = 400
_FAULT: Final = 500
_NOT_AUDITED: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS})


def note(kind: str, *, subject: str = "", screening: str = "", detail: str = "") -> None:
    """Say what this request does; it is written down with its answer."""
    g.event = event_of(kind, detail=detail).of(subject, screening)


def keep_trail(app: Flask, store: Store) -> None:
    """Write down what was asked for, before the answer leaves. A screening is written down with its result."""

    @app.after_request
    def record(response: Response) -> Response:
        event = _event(response)
        if event is not None and store.keeps and not is_canary():
            store.audit.record(event, who=who(), now=datetime.now(UTC))  # noqa: TID251 - the door's clock
        return response


def _event(response: Response) -> Event | None:
    """What there is to write down; None where it is written already, or nobody's business was touched."""
    status = response.status_code
    if not _REFUSED <= status < _FAULT:
        event: Event | None = g.get("event")
        return replace(event, status=status) if event is not None and status < _FAULT else None
    rule = request.url_rule
    if rule is None or status in _NOT_AUDITED or access_to(rule.rule, open_discovery=False).door is Door.OPEN:
        return None
    return event_of("refusal", status=status, detail=g.get("issue", ""))
