"""The trail: who asked for what."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from service.store.search import Place, Search


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who calls, and what of the stored they may see."""

    caller: str = ""  # name in TRUST; "" without authentication
    tenant: str = ""
    agent: str = ""  # the name, else the address that called
    request_id: str = ""
    sees_others: bool = False  # results that other callers caused


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that was asked for, and how it went. No words of a chart but the reference of its patient."""

    kind: str  # screening, read, search, feedback, refusal, erasure
    route: str  # template
    method: str
    status: int  # of HTTP
    subject: str = field(default="", repr=False)
    screening: str = ""  # id of the result
    detail: str = ""  # code of the first issue, or the headline

    def of(self, subject: str, screening: str) -> Event:
        """The same, once the patient and the result are known."""
        return replace(self, subject=subject, screening=screening)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event as it was written down."""

    id: str
    recorded: datetime
    kind: str
    agent: str
    tenant: str
    route: str
    method: str
    status: int
    request_id: str
    subject: str = field(repr=False)
    screening: str
    detail: str


class Audit(Protocol):
    """Keeps the trail. Where the database is away, reading raises StoreAwayError."""

    def record(self, event: Event, *, who: Who, now: datetime) -> bool:
        """Add an event. False where it could not be done."""

    def read(self, id_: str, *, who: Who) -> Recorded | None:
        """One event that this caller may see."""

    def search(self, search: Search, *, who: Who) -> tuple[int, tuple[Recorded, ...], Place | None]:
        """How many match, one page of them, and where it ends if there is another."""
