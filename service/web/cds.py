"""CDS Hooks: discovery, the five services, and feedback on their cards."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from threading import Semaphore
from typing import Any, Final
from uuid import uuid4

import orjson
from flask import Blueprint, Response, abort, g, request

from service import __version__
from service.cds.answer import Answered, Answerer
from service.cds.cards import Form
from service.cds.chart import Ask, Need, NotFetched
from service.cds.discovery import discovery, templates
from service.cds.feedback import Feedback, read_feedback
from service.cds.hooks import hook_of
from service.cds.reach import Reach
from service.cds.requests import HookCall, read_call
from service.core.dates import Span
from service.fhir.refused import Case, Issue, Refused
from service.fhir.write import risk_assessment
from service.pipeline import Screener, read_clock
from service.settings import Settings
from service.store import FeedbackEntry, Store
from service.trust import Caller
from service.web.answers import JSON_UTF_8, json_answer
from service.web.body import read_body
from service.web.keeping import Keeper, Sent
from service.web.language import wanted_language
from service.web.logs import log
from service.web.news import News
from service.web.told import tell
from service.web.trail import note
from service.web.waiting import letting_others

_MEDIA: Final = ("application/json", "application/fhir+json", "application/json+fhir", "text/json")
_CHARSETS: Final = ("utf-8", "utf8", "us-ascii")
_FRESH: Final = "max-age=3600, must-revalidate"  # clients read discovery daily
_COMPUTING: Final = 2  # as in service.web.fhir


def cds_blueprint(
    settings: Settings,
    screener: Screener,
    *,
    reach: Callable[[str], Reach],
    store: Store,
    clock: Callable[[], Span] = read_clock,
) -> Blueprint:
    """Everything under `/cds-services`. `reach` makes each call's way to its EHR."""
    cds = Blueprint("cds", __name__, url_prefix="/cds-services")
    # All packs, not only the default ones: what is prefetched does not change with a setting.
    computing = Semaphore(_COMPUTING)
    screener = letting_others(screener, computing)
    answerer = Answerer(screener=screener, templates=templates(tuple(screener.packs.values()), screener.knowledge))
    services = orjson.dumps(discovery(answerer.templates))
    etag = hashlib.sha256(services).hexdigest()[:32]
    news = News(store, settings.quiet_days)
    keeper = Keeper(store=store, keep_inputs=settings.keep_inputs)

    def waiting(ask: Ask) -> Ask:
        """Let others compute while this call waits for its EHR."""

        def asked(call: HookCall, needs: Sequence[Need]) -> Mapping[str, dict[str, Any] | NotFetched]:
            computing.release()
            try:
                return ask(call, needs)
            finally:
                computing.acquire()

        return asked

    @cds.get("")
    def discover() -> Response:
        response = Response(services, content_type=JSON_UTF_8)
        response.headers["Cache-Control"] = _FRESH
        response.set_etag(etag)
        response.make_conditional(request)
        return response

    @cds.post("/<id_>")
    def call(id_: str) -> Response:
        way = reach(g.request_id)
        body = _body(id_, settings)
        sent = read_call(body, id_)
        if not sent.has_uuid:
            log(logging.INFO, event="hookInstance is no UUID", request_id=g.request_id)
        id_of_result = str(uuid4())
        report_url = f"{settings.public_url}/reports/{id_of_result}" if settings.public_url and store.keeps else ""
        with computing:
            now = clock()
            answered = answerer.answer(
                sent,
                ask=waiting(way.ask),
                now=now,
                form=_form(settings, report_url),
                null_is_empty=way.null_is_empty(sent),
                language=wanted_language(screener),
            )
            cards = news.of(answered.cards, sent, caller=_caller_name(), now=_moment(now))
            holds_token = sent.access is not None and bool(sent.access.token)
            kept = Sent(body=body, content_type=request.content_type, door="cds", holds_token=holds_token)
            result = _stored(answered, keeper, kept, id_of_result)
            if result is not None and "id" not in result:
                cards = [_without_link(card, report_url) for card in cards]
            return json_answer(_written(cards, result, settings))

    @cds.post("/<id_>/feedback")
    def feedback(id_: str) -> Response:
        received = read_feedback(_body(id_, settings))
        entries = [_entry(one, id_) for one in received.entries]
        kept = store.keep_feedback(entries, now=_moment(clock())) if entries else True
        note("feedback")
        answer: dict[str, Any] = {"received": len(entries), "stored": kept}
        if received.wrong:
            answer["refused"] = [{"index": wrong.place, "reason": wrong.why} for wrong in received.wrong]
        return json_answer(answer)

    return cds


def _entry(one: Feedback, service: str) -> FeedbackEntry:
    return FeedbackEntry(
        card=one.card,
        outcome=one.outcome,
        at=one.at,
        service=service,
        caller=_caller_name(),
        accepted=one.accepted,
        reason=one.reason,
        comment=one.comment,
    )


def _caller_name() -> str:
    caller = g.get("caller")
    return caller.name if isinstance(caller, Caller) else ""


def _moment(now: Span) -> datetime:
    if now.instant is None:
        raise ValueError("the door's clock gives no moment")
    return now.instant


def _body(id_: str, settings: Settings) -> bytes:
    """The body of a call of a service there is."""
    if hook_of(id_) is None:
        abort(HTTPStatus.NOT_FOUND)
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype and (request.mimetype not in _MEDIA or charset not in _CHARSETS):
        message = "the media type or charset is not supported: send application/json in UTF-8"
        raise Refused(Case.UNSUPPORTED_MEDIA, Issue("not-supported", message))
    return read_body(request, settings.max_body)


def _form(settings: Settings, report_url: str) -> Form:
    caller = g.get("caller")
    form = Form(
        new_id=lambda: str(uuid4()),
        show_clear=settings.cds_show_clear,
        report_url=report_url,
        smart_app_url=settings.smart_app_url,
    )
    return replace(form, suggestion_types=caller.suggestion_types) if isinstance(caller, Caller) else form


def _stored(answered: Answered, keeper: Keeper, sent: Sent, id_: str) -> dict[str, Any] | None:
    """The RiskAssessment behind the cards, stored where results are; None where nothing was screened."""
    screening = answered.screening
    if screening is None:
        return None
    tell(screening)
    resource = risk_assessment(
        screening, answered.version, identifier=id_, resource_id=id_, software_version=__version__
    )
    keeper.keep(screening, resource, version=answered.version, sent=sent, key=None)
    return resource


def _without_link(card: dict[str, Any], url: str) -> dict[str, Any]:
    """A card whose result could not be stored leads nowhere."""
    links = [link for link in card.get("links", ()) if link["url"] != url]
    return {name: each for name, each in card.items() if name != "links"} | ({"links": links} if links else {})


def _written(cards: list[dict[str, Any]], resource: dict[str, Any] | None, settings: Settings) -> dict[str, Any]:
    """The answer: cards, and where the setting asks for it the result to be filed."""
    if resource is None or not settings.cds_system_actions:
        return {"cards": cards}
    # The EHR gives what it files an id of its own.
    filed = {name: each for name, each in resource.items() if name != "id"}
    description = "File the result of the dry-needling safety screening"
    return {"cards": cards, "systemActions": [{"type": "create", "description": description, "resource": filed}]}
