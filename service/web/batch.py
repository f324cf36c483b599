"""`POST /fhir`: a batch of `$screen` requests. Each entry is answered in its place, whatever becomes of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from threading import Semaphore
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import orjson
from flask import Blueprint, Response, g, request

from service.fhir.read import parse_json, read_parsed
from service.fhir.refused import Case, Issue, Refused, operation_outcome
from service.fhir.versions import Answer, FhirVersion, declared_version
from service.settings import Settings
from service.web.answers import fhir_answer, wanted
from service.web.body import read_body
from service.web.errors import STATUS
from service.web.idempotency import idempotency_key
from service.web.keeping import Sent, event_of
from service.web.logs import log_bug
from service.web.parameters import only_everywhere
from service.web.screening import Desk, Done, location
from service.web.who import who

_OPERATION: Final = "RiskAssessment/$screen"
_UNKNOWN: Final = Issue("not-found", f"only {_OPERATION} can be called in a batch")
_METHOD: Final = Issue("not-supported", f"{_OPERATION} takes POST only")
_NOT_STORED: Final = Issue("incomplete", "the result was not stored", severity="warning")
_BUG: Final = Issue("exception", "unexpected error in Needlewise, this entry was not screened", severity="fatal")


def add_batch(fhir: Blueprint, settings: Settings, desk: Desk, computing: Semaphore) -> None:
    """Add the route to the blueprint of `/fhir`."""

    @fhir.post("")
    def batch() -> Response:
        answer = wanted()
        only_everywhere(request.args)
        key = idempotency_key()
        declared = declared_version(request.content_type)
        body = read_body(request, settings.max_body)
        entries = _entries(parse_json(body))
        if key:
            desk.claim(key, Sent(body=body, content_type=request.content_type).fingerprint(declared, answer.versions))
        caller = _Caller(settings, desk, declared, answer, key)
        answered: list[dict[str, Any]] = []
        for place, entry in enumerate(entries):
            with computing:
                answered.append(caller.call(place, entry))
        bundle: dict[str, object] = {"resourceType": "Bundle", "type": "batch-response", "entry": answered}
        if not answered:
            del bundle["entry"]
        response = fhir_answer(bundle, answer, caller.version)
        if answered and caller.replayed == len(answered):
            response.headers["Idempotency-Replayed"] = "true"
        return response


def _entries(resource: object) -> list[object]:
    """The entries of a batch. Raises Refused for anything else."""
    is_bundle = isinstance(resource, dict) and resource.get("resourceType") == "Bundle"
    if not isinstance(resource, dict) or not is_bundle:
        message = f"the body is no Bundle: send one of type batch, whose entries call {_OPERATION}"
        raise Refused(Case.NOT_A_CHART, Issue("invalid", message))
    if resource.get("type") != "batch":
        message = f"only a Bundle of type batch is taken here; a chart is sent to {_OPERATION}"
        raise Refused(Case.NOT_A_CHART, Issue("not-supported", message, "Bundle.type"))
    entries = resource.get("entry", [])
    if not isinstance(entries, list):
        raise Refused(Case.NOT_A_CHART, Issue("structure", "must be a list", "Bundle.entry"))
    return entries


@dataclass
class _Caller:
    """Calls the operation for one entry after the other. All answers have one FHIR version, as their Bundle has."""

    settings: Settings
    desk: Desk
    declared: FhirVersion | None
    answer: Answer
    key: str
    decided: FhirVersion | None = None
    replayed: int = 0

    @property
    def version(self) -> FhirVersion:
        """The version of the Bundle: the one asked for or declared, else that of the first chart."""
        return self.answer.version(self.declared or self.decided or FhirVersion.R4)

    def call(self, place: int, entry: object) -> dict[str, Any]:
        """The answer to one entry."""
        at = f"Bundle.entry[{place}]"
        try:
            done = self._screen(place, entry, at)
        except Refused as refused:
            return self._refused(STATUS[refused.case], refused.issues)
        except _NotCallable as refused:
            return self._refused(refused.status, (refused.issue,))
        except Exception as fault:  # noqa: BLE001 - the outermost edge of an entry: the others are answered
            log_bug(fault, request_id=g.request_id)
            return self._refused(HTTPStatus.INTERNAL_SERVER_ERROR, (_BUG,))
        self.replayed += done.is_replay
        return self._answered(done)

    def _screen(self, place: int, entry: object, at: str) -> Done:
        asked = entry.get("request") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(asked, dict):
            message = f"an entry without a request: add method POST and url {_OPERATION}"
            raise Refused(Case.BAD_PARAMETER, Issue("required", message, f"{at}.request"))
        query = self._query(asked, at)
        resource = entry.get("resource")
        if resource is None:
            message = "there is no resource: add a Bundle or Parameters"
            raise Refused(Case.EMPTY, Issue("required", message, f"{at}.resource"))
        screener = self.desk.screener
        read = read_parsed(
            resource,
            declared=self.declared,
            query=query,
            systems=screener.knowledge.systems,
            max_entries=screener.max_entries,
        )
        self.decided = self.decided or read.version
        sent = Sent(body=orjson.dumps(resource), query=query, content_type=request.content_type, door="batch")
        answer = self.answer._replace(versions=(self.version,))
        return self.desk.screen(read, sent=sent, answer=answer, key=f"{self.key} {place}" if self.key else "")

    def _query(self, asked: dict[str, Any], at: str) -> Sequence[tuple[str, str]]:
        """The query of the address that an entry calls."""
        url = asked.get("url")
        path, _, query = url.partition("?") if isinstance(url, str) else ("", "", "")
        path = unquote(path).removeprefix(f"{self.settings.base_url}/fhir").removeprefix("/fhir").strip("/")
        if path != _OPERATION:
            raise _NotCallable(HTTPStatus.NOT_FOUND, _UNKNOWN._replace(expression=f"{at}.request.url"))
        if asked.get("method") != "POST":
            raise _NotCallable(HTTPStatus.METHOD_NOT_ALLOWED, _METHOD._replace(expression=f"{at}.request.method"))
        return tuple(parse_qsl(query, keep_blank_values=True))

    def _answered(self, done: Done) -> dict[str, Any]:
        told: dict[str, Any] = {"status": _line(HTTPStatus.OK)}
        written: dict[str, Any] = {"resource": done.resource, "response": told}
        if done.stored is not None:
            address = location(done.stored.id, self.settings)
            told["location"] = address
            return {"fullUrl": address} | written
        if self.desk.keeper.store.keeps:
            told["outcome"] = operation_outcome((_NOT_STORED,), self.version)
        return written

    def _refused(self, status: HTTPStatus, issues: Sequence[Issue]) -> dict[str, Any]:
        event = event_of("refusal", status=status, detail=issues[0].code)
        self.desk.keeper.store.audit.record(event, who=who(), now=datetime.now(UTC))  # noqa: TID251 - the door's clock
        return {"response": {"status": _line(status), "outcome": operation_outcome(issues, self.version)}}


class _NotCallable(Exception):  # noqa: N818 - as Refused
    """An entry calls something that is not there."""

    def __init__(self, status: HTTPStatus, issue: Issue) -> None:
        super().__init__(issue.diagnostics)
        self.status = status
        self.issue = issue


def _line(status: HTTPStatus) -> str:
    return f"{int(status)} {status.phrase}"
