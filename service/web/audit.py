"""The audit trail as FHIR: who asked for what."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, request

from service.fhir.audit_event import Audited, audit_event
from service.fhir.primitives import is_id
from service.fhir.versions import FhirVersion
from service.settings import Settings
from service.store import Recorded, Store
from service.web.answers import fhir_answer, wanted
from service.web.body import read_form
from service.web.results import require_store
from service.web.search import EVENTS, read_search, searchset
from service.web.trail import note
from service.web.who import who


def audit_blueprint(settings: Settings, store: Store) -> Blueprint:
    """AuditEvents, by id and by search."""
    audit = Blueprint("audit", __name__, url_prefix="/fhir")
    base = f"{settings.base_url}/fhir"

    @audit.get("/AuditEvent/<id_>")
    def read(id_: str) -> Response:
        answer = wanted()
        require_store(store)
        event = store.audit.read(id_, who=who()) if is_id(id_) else None
        if event is None:
            abort(404)
        note("read")
        version = answer.version(FhirVersion.R4)
        return fhir_answer(audit_event(_told(event, base), version), answer, version)

    @audit.get("/AuditEvent")
    def search() -> Response:
        return found(request.args.items(multi=True))

    @audit.post("/AuditEvent/_search")
    def search_by_form() -> Response:
        return found((*request.args.items(multi=True), *read_form(request, settings.max_body)))

    def found(query: Any) -> Response:  # noqa: ANN401 - pairs of texts
        answer = wanted()
        require_store(store)
        asked = read_search(tuple(query), EVENTS)
        total, events, ends = store.audit.search(asked.search, who=who())
        version = answer.version(FhirVersion.R4)
        entries = [
            {
                "fullUrl": f"{base}/AuditEvent/{event.id}",
                "resource": audit_event(_told(event, base), version),
                "search": {"mode": "match"},
            }
            for event in events
        ]
        note("search")
        bundle = searchset(asked, f"{base}/AuditEvent", total=total, entries=entries, ends=ends)
        return fhir_answer(bundle, answer, version)

    return audit


def _told(event: Recorded, base: str) -> Audited:
    return Audited(
        id=event.id,
        recorded=event.recorded.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        kind=event.kind,
        agent=event.agent,
        interface=f"{event.method} {event.route}",
        status=event.status,
        request_id=event.request_id,
        subject=event.subject,
        result=f"{base}/RiskAssessment/{event.screening}" if event.screening else "",
        detail=event.detail,
    )
