"""The EHR as a source of chart parts: everything wanted of it, in parallel, within one deadline."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future, wait
from typing import Final

from service.ehr.addresses import Resolver, look_up
from service.ehr.answers import Answer, NotReceived, Reason, Token, Want
from service.ehr.contact import Contact, Heard, unheard
from service.ehr.deadline import Deadline
from service.ehr.limits import Allowance, Clocks, Limits
from service.ehr.pages import Query, Room, answer
from service.trust import EhrServer, parse_base

_ASKING: Final = 0.95  # of the time


class EhrReader:
    """Reads from listed servers. Made once at start; connections, tokens and failures are kept per server."""

    def __init__(
        self,
        *,
        limits: Limits,
        clocks: Clocks,
        resource_types: Collection[str],
        heard: Heard = unheard,
        resolver: Resolver = look_up,
    ) -> None:
        """Take the limits of a call, the clocks, and the types that our own tokens are to be good for.

        `heard` is told what came of each query, and after how many seconds.
        """
        self._limits = limits
        self._clocks = clocks
        self._resource_types = frozenset(resource_types)
        self._heard = heard
        self._resolver = resolver
        self._lock = threading.Lock()
        self._contacts: dict[EhrServer, Contact] = {}

    def close(self) -> None:
        """Close all connections; the reader is of no use afterwards."""
        with self._lock:
            for contact in self._contacts.values():
                contact.close()
            self._contacts.clear()

    def read(
        self,
        server: EhrServer,
        base_url: str,
        token: Token | None,
        wants: Sequence[Want],
        deadline: Deadline,
        *,
        request_id: str = "",
    ) -> Mapping[str, Answer]:
        """The answer to each want, by its key. Raises nothing: what did not come says why.

        `base_url` is the FHIR base of this call, at or below that of the server's entry; nothing outside of it is
        asked for. `token` is the caller's; without one, our own is used where we are registered with the server.
        """
        base = parse_base(base_url)
        if base is None or not server.covers(base):
            return {want.key: NotReceived(reason=Reason.NOT_LISTED) for want in wants}
        contact = self._contact(server)
        # Questions end a little before the call does, so that what had come by then can be put together.
        asking = deadline.within_it(deadline.left() * _ASKING)
        room = Room(Allowance(self._limits.most_bytes), Allowance(self._limits.most_entries))
        with contact.breaker.call() as may:
            if not may:
                return {want.key: NotReceived(reason=Reason.UNREACHABLE) for want in wants}
            futures = {
                want.key: contact.threads.submit(answer, Query(contact, base, want, token, asking, room, request_id))
                for want in wants
            }
            wait(futures.values(), timeout=deadline.left())
            return {key: _settled(future) for key, future in futures.items()}

    def _contact(self, server: EhrServer) -> Contact:
        with self._lock:
            contact = self._contacts.get(server)
            if contact is None:
                contact = self._contacts[server] = Contact(
                    server,
                    timeout_s=self._limits.timeout_s,
                    resource_types=self._resource_types,
                    clocks=self._clocks,
                    heard=self._heard,
                    resolver=self._resolver,
                )
            return contact


def _settled(future: Future[Answer]) -> Answer:
    """What came of a want by now; what is still under way ends by itself at the deadline."""
    if future.cancel() or not future.done():
        return NotReceived(reason=Reason.TIMED_OUT)
    return future.result()
