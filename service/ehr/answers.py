"""What is wanted of an EHR, and what can come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Reason(Enum):
    """Why something did not come, in words that a card can say: "not received (time-out)"."""

    NOT_PERMITTED = "not permitted"
    NO_TOKEN = "no access token"  # noqa: S105 - words
    TIMED_OUT = "time-out"
    BUSY = "server busy"
    UNREACHABLE = "server not reachable"
    ERROR = "error"
    NOT_ACCEPTED = "query not accepted"
    NOT_OFFERED = "not offered by the server"
    NOT_THERE = "not there"
    DELETED = "deleted"
    UNREADABLE = "answer not readable"
    TOO_MUCH = "too much to read"
    NOT_LISTED = "server not on the list"


class Lost(Exception):  # noqa: N818 - it says what happened
    """Nothing came, and why; what `NotReceived` is made of. Stays in this room."""

    def __init__(self, reason: Reason) -> None:
        """Take the reason."""
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """One read or search, and the key under which its answer is looked for."""

    key: str
    query: str  # relative to the base: `Condition?patient=123&_count=200`, `Patient/123`

    @property
    def type(self) -> str:
        """The resource type that is asked for."""
        return self.query.partition("?")[0].partition("/")[0]

    @property
    def is_read(self) -> bool:
        """Whether one resource is asked for by its id."""
        return "/" in self.query.partition("?")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token and what it is good for. Kept nowhere but in memory, shown nowhere."""

    secret: str = field(repr=False)
    scope: str = ""  # as granted: blank-separated; "" where it is not known
    expires: float | None = None  # on the monotonic clock; None where it is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """It came.

    A search is one Bundle whatever its number of pages: the first page, with the entries of all. It has a `next`
    link only where pages are missing, and always a `self` link.
    """

    resource: Mapping[str, Any]
    cut_off: Reason | None = None  # why further pages are missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty:
    """The server searched and found nothing. Its Bundle may hold an OperationOutcome that says more."""

    resource: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReceived:
    """It did not come. Never to be read as "none"."""

    reason: Reason


Answer = Received | Empty | NotReceived
