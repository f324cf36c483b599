"""The store of `DATABASE_URL=none`: it remembers nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from service.store.archive import NoArchive
from service.store.code_answers import NoCodeAnswers
from service.store.entries import FeedbackEntry, SentCard
from service.store.insights import NoInsights
from service.store.results import Kept, Key, Page, Result, Stored
from service.store.search import Place, Search
from service.store.tallies import NoTallies
from service.store.trail import Event, Recorded, Who


class NoResults:
    """No result is kept, and there is none."""

    def keep(self, result: Result, *, who: Who, event: Event, key: Key | None) -> Kept | None:  # noqa: ARG002
        """Forget it."""
        return None

    def recall(self, key: Key, *, who: Who, now: datetime) -> Stored | None:  # noqa: ARG002
        """There is none."""
        return None

    def claim(self, key: Key, *, who: Who, now: datetime) -> None:
        """Forget it."""

    def read(self, id_: str, *, who: Who) -> Stored | None:  # noqa: ARG002
        """There is none."""
        return None

    def totals(self, search: Search, *, who: Who) -> dict[str, int]:  # noqa: ARG002
        """None match."""
        return {}

    def search(self, search: Search, version: str, *, who: Who) -> Page:  # noqa: ARG002
        """None match."""
        return Page((), None)


class NoAudit:
    """No trail is kept."""

    def record(self, event: Event, *, who: Who, now: datetime) -> bool:  # noqa: ARG002
        """Forget it."""
        return False

    def read(self, id_: str, *, who: Who) -> Recorded | None:  # noqa: ARG002
        """There is none."""
        return None

    def search(self, search: Search, *, who: Who) -> tuple[int, tuple[Recorded, ...], Place | None]:  # noqa: ARG002
        """None match."""
        return 0, (), None


class NoStore:
    """Nothing is kept, and that is no fault."""

    keeps = False

    def __init__(self) -> None:
        """Make the parts that keep nothing."""
        self.results = NoResults()
        self.audit = NoAudit()
        self.tallies = NoTallies()
        self.insights = NoInsights()
        self.archive = NoArchive()
        self.code_answers = NoCodeAnswers()

    @property
    def failures(self) -> int:
        """None: nothing is tried."""
        return 0

    def problem(self) -> str | None:
        """None: it does what it was chosen for."""
        return None

    def remember_cards(self, cards: Sequence[SentCard], *, now: datetime) -> bool:  # noqa: ARG002
        """Forget them."""
        return False

    def keep_feedback(self, entries: Sequence[FeedbackEntry], *, now: datetime) -> bool:  # noqa: ARG002
        """Forget it."""
        return False

    def acknowledged(self, card: SentCard, *, since: datetime) -> bool:  # noqa: ARG002
        """Nothing is known to be."""
        return False

    def shown(self, card: SentCard, *, by: str, since: datetime) -> str | None:  # noqa: ARG002
        """Nothing is known to have been."""
        return None

    def seen(self, issuer: str, jti: str, *, until: datetime, now: datetime) -> bool | None:  # noqa: ARG002
        """It can't be known."""
        return None
