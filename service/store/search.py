"""What is searched for among results and events, and the page that is found."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


class Token(NamedTuple):
    """One code or id that is asked for."""

    name: str  # id, method, risk, headline, agent
    value: str


class Patient(NamedTuple):
    """One patient who is asked for: by the id, or by the whole reference where that names a server."""

    patient: str = ""
    subject: str = ""


class When(NamedTuple):
    """A moment that is asked for: FHIR's prefix, and the first and last moment that the value may mean."""

    prefix: str
    first: datetime
    last: datetime


Term = Token | Patient | When


class Place(NamedTuple):
    """Where a page ends: the sort key and id of its last row."""

    moment: datetime
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """All groups must hold; of each, one alternative. A group without alternatives holds for nothing."""

    groups: tuple[tuple[Term, ...], ...] = field(default=(), repr=False)
    by_occurrence: bool = False  # sorted by when it was judged for, else by when it was made
    descending: bool = True
    count: int = 20
    after: Place | None = None
