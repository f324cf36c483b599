"""The trail: who asked for what."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol


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


class Audit(Protocol):
    """Keeps the trail."""

    def record(self, event: Event, *, who: Who, now: datetime) -> bool:
        """Add an event. False where it could not be done."""
