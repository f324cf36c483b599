"""The EHR at work: it calls when the clinician orders, applies what is accepted, and sends feedback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from service.cds.discovery import Template
from service.cds.hooks import Hook
from service.sandbox.box import Box
from service.sandbox.calls import Way, feedback, grant_of, hook_call
from service.sandbox.session import Exchange, Session
from service.sandbox.writing import Json

_OK: Final = 200
_MOST_RECORDED: Final = 8  # they travel in a header
_MOST_FEEDBACK: Final = 5  # and in the page
_RESTS: Final = "The card was overridden. Sign again: it rests for this order until its evidence changes."
_NEVER_RESTS: Final = "The card was overridden. Sign again: a contraindication does not rest."
_NOT_KEPT: Final = "The feedback was not stored, so no card will rest for it."
_DONE: Final = {
    Hook.ORDER_SELECT: "The order was chosen.",
    Hook.ORDER_SIGN: "The order was signed.",
    Hook.ORDER_DISPATCH: "The order was dispatched.",
    Hook.APPOINTMENT_BOOK: "The appointment was booked.",
    Hook.PATIENT_VIEW: "The chart was opened.",
}


class Ehr:
    """Does what a clinician asks for, one step at a time. A step makes a new Session."""

    def __init__(
        self, box: Box, chart: Sequence[Template], *, written_now: Callable[[], str], new_id: Callable[[], str]
    ) -> None:
        """Take the templates of discovery, a clock that writes moments as FHIR does, and a maker of UUIDs."""
        self._box = box
        self._chart = chart
        self._written_now = written_now
        self._new_id = new_id

    def call(self, session: Session, hook: Hook, *, request_id: str) -> Session:
        """Call the service, as this moment asks for."""
        grant = grant_of(session.order, session.recorded, hook)
        way = Way(
            with_prefetch=session.with_prefetch,
            with_access=session.with_access,
            token=self._box.token(grant),
            instance=self._new_id(),
        )
        sent = hook_call(hook, session.order, grant, way, server=self._box.server, chart=self._chart)
        exchange = self._post(f"/cds-services/{hook.service_id}", sent, request_id)
        called = replace(session, hook=hook, call=exchange, fates={})
        return replace(called, said=_told(called))

    def accept(self, session: Session, card: Json, suggestion: Json, *, request_id: str) -> Session:
        """Apply a suggestion as it stands, and say so."""
        recorded = list(session.recorded)
        is_removed = session.is_removed
        for action in suggestion["actions"]:
            match action["type"]:
                case "create":
                    recorded.append({**action["resource"], "id": f"recorded-{len(recorded) + 1}"})
                case "delete":
                    is_removed = True
        said = "The order was removed." if is_removed else "It is in the chart now. Sign again, and the question rests."
        done = replace(
            session,
            recorded=tuple(recorded[-_MOST_RECORDED:]),
            is_removed=is_removed,
            fates={**session.fates, card["uuid"]: f"Accepted: {suggestion['label']}"},
            said=(said,),
        )
        return self._tell(
            done, feedback(card["uuid"], at=self._written_now(), suggestion=suggestion["uuid"]), request_id
        )

    def override(self, session: Session, card: Json, reason: Json | None, *, request_id: str) -> Session:
        """Go on against a card, and say why."""
        words = reason["display"] if reason else "no reason given"
        done = replace(
            session,
            fates={**session.fates, card["uuid"]: f"Overridden: {words}"},
            said=(_RESTS if card["indicator"] != "critical" else _NEVER_RESTS,),
        )
        coding = {"code": reason["code"], "system": reason["system"]} if reason else None
        told = feedback(card["uuid"], at=self._written_now(), reason={"reason": coding} if coding else None)
        return self._tell(done, told, request_id)

    def _tell(self, session: Session, told: Json, request_id: str) -> Session:
        exchange = self._post(f"/cds-services/{session.hook.service_id}/feedback", told, request_id)
        is_kept = isinstance(exchange.answer, dict) and exchange.answer.get("stored") is True
        said = session.said if is_kept else (*session.said, _NOT_KEPT)
        return replace(session, said=said, feedback=(*session.feedback, exchange)[-_MOST_FEEDBACK:])

    def _post(self, path: str, content: Json, request_id: str) -> Exchange:
        claims = self._box.claims(path)
        reply = self._box.door.post(path, content, token=self._box.sign(claims), request_id=request_id)
        return Exchange(
            path=path, claims=claims, request=content, status=reply.status, answer=reply.content, took_ms=reply.took_ms
        )


def _told(session: Session) -> tuple[str, ...]:
    """What the clinician is told after a call."""
    call = session.call
    if call is None or call.status == 0:
        return ("The service did not answer at the address that it listens on.",)
    if not session.is_answered:
        return (f"No cards. The service answered {call.status}: {_reason(call.answer)}.",)
    count = len(session.cards)
    if count:
        return (f"Needlewise answered with {count} card{'s' if count > 1 else ''}.",)
    return (f"{_DONE[session.hook]} Needlewise had nothing to say: no card.",)


def _reason(answer: object) -> str:
    """What an answer that is no cards says of itself."""
    issues = answer.get("issue") if isinstance(answer, dict) else None
    return str(issues[0]["diagnostics"]).rstrip(".") if issues else "see below"
