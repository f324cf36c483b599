"""`POST /fhir/$process-message`: a FHIR message in, a FHIR message out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from threading import Semaphore
from typing import Final
from uuid import NAMESPACE_URL, uuid4, uuid5

from flask import Blueprint, Response, request

from service import __version__
from service.fhir.messages import EVENT, EVENT_SYSTEM, Message, Reply, read_message, write_reply
from service.fhir.read import Asked, parse_json, read_parsed
from service.fhir.refused import Issue, Refused, operation_outcome
from service.fhir.versions import FhirVersion, declared_version
from service.settings import Settings
from service.web.answers import fhir_answer, wanted
from service.web.body import read_body
from service.web.errors import STATUS
from service.web.idempotency import idempotency_key
from service.web.keeping import Sent, event_of
from service.web.screening import Desk, Done, location
from service.web.who import who

_OTHER_EVENT: Final = Issue(
    "not-supported", f"this event is not understood here: send {EVENT_SYSTEM}|{EVENT}", "MessageHeader.event"
)


def add_messages(fhir: Blueprint, settings: Settings, desk: Desk, computing: Semaphore) -> None:
    """Add the route to the blueprint of `/fhir`."""
    source = f"{settings.base_url}/fhir/$process-message"

    @fhir.post("/$process-message")
    def process() -> Response:
        answer = wanted()
        key = idempotency_key()
        declared = declared_version(request.content_type)
        query = tuple(request.args.items(multi=True))
        body = read_body(request, settings.max_body)
        message = read_message(parse_json(body))
        sent = Sent(body=body, query=query, content_type=request.content_type, door="message")
        try:
            if not message.is_ours:
                return refused((_OTHER_EVENT,), message, HTTPStatus.UNPROCESSABLE_ENTITY)
            with computing:
                asked = _read(message, desk, query, declared)
                done = desk.screen(asked, sent=sent, answer=answer, key=key, identity=message.identity)
                reply = _reply(done, settings, source)
                response = fhir_answer(write_reply(message, reply, done.version), answer, done.version)
        except Refused as fault:
            return refused(fault.issues, message, STATUS[fault.case])
        if done.is_replay:
            response.headers["Idempotency-Replayed"] = "true"
        return response

    def refused(issues: Sequence[Issue], message: Message, status: HTTPStatus) -> Response:
        """The envelope was understood: what is wrong stands in the answer, and sending it again changes nothing."""
        answer = wanted()
        version = answer.version(declared_version(request.content_type) or FhirVersion.R4)
        event = event_of("refusal", status=status, detail=issues[0].code)
        now = datetime.now(UTC)  # noqa: TID251 - the door's clock
        desk.keeper.store.audit.record(event, who=who(), now=now)
        id_ = str(uuid4())
        reply = Reply(
            id=str(uuid4()),
            header_id=str(uuid4()),
            sent=_instant(now),
            code="fatal-error",
            resource=operation_outcome(issues, version) | {"id": id_},
            address=f"urn:uuid:{id_}",
            source=source,
            software_version=__version__,
        )
        return fhir_answer(write_reply(message, reply, version), answer, version)


def _read(message: Message, desk: Desk, query: Sequence[tuple[str, str]], declared: FhirVersion | None) -> Asked:
    screener = desk.screener
    return read_parsed(
        message.bundle,
        declared=declared,
        query=query,
        systems=screener.knowledge.systems,
        max_entries=screener.max_entries,
    )


def _reply(done: Done, settings: Settings, source: str) -> Reply:
    """The answer of a result: the same ids and time whenever the same result is sent again."""
    stored = done.stored
    id_ = stored.id if stored else str(uuid4())
    made = stored.made if stored else datetime.now(UTC)  # noqa: TID251 - the door's clock
    return Reply(
        id=str(uuid5(NAMESPACE_URL, f"{id_} message")),
        header_id=str(uuid5(NAMESPACE_URL, f"{id_} header")),
        sent=_instant(made),
        code="ok",
        resource=done.resource,
        address=location(id_, settings) if stored else f"urn:uuid:{id_}",
        source=source,
        software_version=__version__,
    )


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
