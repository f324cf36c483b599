"""Results as they are kept and read, and what any store of them can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from service.core.chart import Coding
from service.store.search import Place, Search
from service.store.trail import Event, Who


class KeyTakenError(Exception):
    """An idempotency key comes again with another request."""


class Outcome(NamedTuple):
    """What one prediction says, in codes."""

    kind: str  # headline, finding, question
    rule: str | None
    risk: str
    ceiling: str | None = None


class Key(NamedTuple):
    """By which a request that comes again is known: for 24 hours, and to its caller only."""

    key: str
    fingerprint: str  # SHA-256 of body, query and FHIR versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A result that is about to be sent."""

    id: str  # a UUID, the resource's own
    made: datetime
    door: str  # fhir, batch, message, cds, page
    fhir_version: str
    headline: str
    packs: tuple[tuple[str, str], ...]  # id and version
    subject: str = field(repr=False)  # the reference in the resource; "" where it has none
    occurred: tuple[datetime, datetime]  # first and last moment of what occurrenceDateTime may mean
    resource: str = field(repr=False)  # JSON
    outcomes: tuple[Outcome, ...]
    input_hash: str
    asked: str = field(repr=False)  # JSON: query, content type, FHIR version
    input: bytes | None = field(default=None, repr=False)
    unmatched: tuple[Coding, ...] = ()  # codes that no list holds


class Stored(NamedTuple):
    """A result as it was sent."""

    id: str
    made: datetime
    fhir_version: str
    headline: str
    subject: str
    resource: str


class Kept(NamedTuple):
    """What is stored for a request: what was given, else what an equal request got before."""

    stored: Stored
    is_new: bool


class Page(NamedTuple):
    """One page of a search, and where it ends if there is another."""

    results: tuple[Stored, ...]
    ends: Place | None


class Results(Protocol):
    """Keeps results. Where the database is away, keeping gives None and reading raises StoreAwayError."""

    def keep(self, result: Result, *, who: Who, event: Event, key: Key | None) -> Kept | None:
        """Commit a result with its audit event. Raises KeyTakenError."""

    def recall(self, key: Key, *, who: Who, now: datetime) -> Stored | None:
        """What an equal request got within 24 hours. None where there was none, or it can't be known.

        Raises KeyTakenError.
        """

    def claim(self, key: Key, *, who: Who, now: datetime) -> None:
        """Remember a key of a request that has many results, each with a key of its own. Raises KeyTakenError."""

    def read(self, id_: str, *, who: Who) -> Stored | None:
        """One result that this caller may see. Raises StoreAwayError."""

    def totals(self, search: Search, *, who: Who) -> dict[str, int]:
        """How many match, by FHIR version. Raises StoreAwayError."""

    def search(self, search: Search, version: str, *, who: Who) -> Page:
        """One page of those in a FHIR version. Raises StoreAwayError."""


def patient_of(subject: str) -> str:
    """By what a patient is found: the id in a reference, whatever server it names; else the whole of it.

    >>> [patient_of(each) for each in ("https://ehr.example.org/fhir/Patient/7/_history/2", "urn:uuid:7", "")]
    ['7', 'urn:uuid:7', '']
    """
    head, found, id_ = subject.partition("/_history/")[0].rpartition("Patient/")
    return (id_ if found and (not head or head.endswith("/")) else subject)[:255]
