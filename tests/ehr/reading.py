"""A reader with dull limits, and how tests ask it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from service.ehr import Answer, Clocks, Deadline, EhrReader, Empty, Limits, NotReceived, Reason, Received, Token, Want
from service.ehr.addresses import Resolver, look_up
from service.ehr.contact import Heard, unheard
from service.trust import EhrServer

BASE = "https://ehr.example.org/fhir"
SERVER = EhrServer(base_url=BASE)
TYPES = ("Condition", "Observation", "Patient")
BUDGET_S = 4.0


def local(base_url: str, **entry: Any) -> EhrServer:
    """The entry of a server that a test has started on this machine."""
    return EhrServer(base_url=base_url, allow_http=True, allow_private_addresses=True, **entry)


@contextmanager
def reading(resolver: Resolver = look_up, heard: Heard = unheard, **limits: Any) -> Iterator[EhrReader]:
    reader = EhrReader(
        limits=Limits(**{"timeout_s": 3.0, "most_bytes": 1_000_000, "most_entries": 1_000, **limits}),
        clocks=Clocks(monotonic=time.monotonic, epoch=time.time),
        resource_types=TYPES,
        heard=heard,
        resolver=resolver,
    )
    try:
        yield reader
    finally:
        reader.close()


def ask_all(
    reader: EhrReader,
    *queries: str,
    server: EhrServer = SERVER,
    base_url: str = "",
    token: Token | None = None,
    budget_s: float = BUDGET_S,
) -> Mapping[str, Answer]:
    """The answers to several wants, each under its query."""
    wants = [Want(key=query, query=query) for query in queries]
    return reader.read(server, base_url or server.base_url, token, wants, Deadline.within(budget_s, time.monotonic))


def ask(reader: EhrReader, query: str, **how: Any) -> Answer:
    """The answer to one want."""
    return ask_all(reader, query, **how)[query]


def ids(answer: Answer) -> list[str]:
    """The ids in a Bundle that was received."""
    assert isinstance(answer, Received), answer
    return [entry["resource"]["id"] for entry in answer.resource["entry"]]


def reason(answer: Answer) -> Reason:
    assert isinstance(answer, NotReceived), answer
    return answer.reason


def is_empty(answer: Answer) -> bool:
    return isinstance(answer, Empty)


def condition(id_: str, patient: str = "1") -> dict[str, Any]:
    return {"resourceType": "Condition", "id": id_, "subject": {"reference": f"Patient/{patient}"}}
