"""`/sandbox`: a page that plays an EHR. It works without JavaScript; with it, without reloads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from threading import BoundedSemaphore
from typing import Any, Final

import orjson
from flask import Blueprint, Response, abort, g, request
from werkzeug.exceptions import ServiceUnavailable

from service.cds.hooks import Hook
from service.core.knowledge import Knowledge
from service.sandbox.box import Box
from service.sandbox.ehr import Ehr
from service.sandbox.patients import BY_ID, PATIENTS
from service.sandbox.session import Session
from service.web.pages.layout import Pages
from service.web.pages.sandbox_form import filled_in, new_session, step
from service.web.pages.sandbox_view import chart_parts, site_groups

_STATE: Final = "page"  # purpose of its seal
_LONGEST: Final = 1_000_000
# Each click that calls holds a thread while others answer it, also those that read its chart: some must stay free.
_AT_ONCE: Final = 8
_WAIT_S: Final = 1.0
_RETRY_S: Final = 2

# What a clinician does, and the hook that an EHR fires then.
_MOMENTS: Final = (
    (Hook.ORDER_SIGN, "Sign the order"),
    (Hook.ORDER_SELECT, "Choose the order"),
    (Hook.ORDER_DISPATCH, "Dispatch it"),
    (Hook.APPOINTMENT_BOOK, "Book an appointment"),
    (Hook.PATIENT_VIEW, "Open the chart"),
)
_ORDERS: Final = (
    ("dry-needling", "Dry needling"),
    ("stimulation", "Dry needling, with current through the needles"),
    ("exercise", "Therapeutic exercise"),
)
_SIDES: Final = (("left", "Left"), ("right", "Right"), ("both", "Both sides"), ("", "Not said"))
_RESTARTED: Final = "This page was older than the service that answers now. Here is a new one."


def sandbox_blueprint(
    pages: Pages, box: Box, ehr: Ehr, knowledge: Knowledge, *, today: Callable[[], date]
) -> Blueprint:
    """The page."""
    sandbox = Blueprint("sandbox", __name__, url_prefix="/sandbox")
    calling = BoundedSemaphore(_AT_ONCE)
    groups = site_groups(knowledge)
    sites = frozenset(site for _, names in groups for site in names)
    choices: dict[str, Any] = {
        "sites": groups,
        "sides": _SIDES,
        "orders": _ORDERS,
        "moments": _MOMENTS,
        "patients": PATIENTS,
    }

    def page(session: Session) -> Response:
        return pages.page(
            "sandbox.html",
            session=session,
            patient=session.order.patient,
            chart=chart_parts(session, today()),
            state=box.seal.close(session.sealed(), purpose=_STATE),
            as_json=_as_json,
            **choices,
        )

    @sandbox.get("")
    def show() -> Response:
        patient = BY_ID.get(request.args.get("patient", PATIENTS[0].id))
        if patient is None:
            abort(404)
        return page(new_session(patient))

    @sandbox.post("")
    def act() -> Response:
        if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
            abort(403)  # somebody else's page sent this form
        request.max_content_length = request.max_form_memory_size = _LONGEST
        form = request.form
        sealed = box.seal.open(form.get("state", ""), purpose=_STATE)
        if sealed is None:
            return page(replace(new_session(PATIENTS[0]), said=(_RESTARTED,)))
        session = filled_in(Session.opened(sealed), form, sites)
        if not calling.acquire(timeout=_WAIT_S):
            raise ServiceUnavailable(retry_after=_RETRY_S)
        try:
            return page(step(session, form, ehr, request_id=g.request_id))
        finally:
            calling.release()

    return sandbox


def _as_json(content: object) -> str:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2).decode()
