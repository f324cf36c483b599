"""The way to the EHR of a call: only to listed servers, and only as long as an answer is of use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.cds.chart import Need, NotFetched
from service.cds.requests import Access, HookCall
from service.ehr import Deadline, EhrReader, NotReceived, Reason, Token, Want
from service.trust import EhrServer, NullPrefetch, Trust

Json = dict[str, Any]

# Of the whole budget; the rest is for reading, judging and writing.
_FOR_READING: Final = 0.85
# A server that is slow, busy or away is not asked the same in another way.
_OTHER_WAYS: Final = frozenset({Reason.NOT_ACCEPTED, Reason.NOT_OFFERED, Reason.NOT_PERMITTED, Reason.ERROR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """One call's way to its EHR; made when the call arrives."""

    trust: Trust
    reader: EhrReader
    deadline: Deadline
    arrived: float  # on the monotonic clock
    request_id: str = ""

    def null_is_empty(self, call: HookCall) -> bool:
        """Whether a null of this EHR means that there is none."""
        server = self._server(call)
        return server is not None and server.null_prefetch is NullPrefetch.EMPTY

    def ask(self, call: HookCall, needs: Sequence[Need]) -> Mapping[str, Json | NotFetched]:
        """What the EHR answers; nothing where its server is not listed."""
        server = self._server(call)
        if server is None or call.access is None:
            return {}
        wants = [Want(key=need.key, query=need.query) for need in needs]
        token = self._token(call.access)
        answers = self.reader.read(
            server, call.access.fhir_server, token, wants, self.deadline, request_id=self.request_id
        )
        return {
            key: NotFetched(answer.reason.value, answer.reason in _OTHER_WAYS)
            if isinstance(answer, NotReceived)
            else dict(answer.resource)
            for key, answer in answers.items()
        }

    def _server(self, call: HookCall) -> EhrServer | None:
        return self.trust.server_for(call.access.fhir_server) if call.access is not None else None

    def _token(self, access: Access) -> Token | None:
        if not access.token:
            return None
        expires = self.arrived + access.expires_in if access.expires_in is not None else None
        return Token(secret=access.token, scope=access.scope, expires=expires)


def make_reach(
    trust: Trust, reader: EhrReader, *, budget_s: float, monotonic: Callable[[], float]
) -> Callable[[str], Reach]:
    """What makes the way of each call, given its request id."""

    def reach(request_id: str) -> Reach:
        deadline = Deadline.within(budget_s * _FOR_READING, monotonic)
        return Reach(trust=trust, reader=reader, deadline=deadline, arrived=monotonic(), request_id=request_id)

    return reach
