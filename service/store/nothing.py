"""The store of `DATABASE_URL=none`: it remembers nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from service.store.entries import FeedbackEntry, SentCard


class NoStore:
    """Nothing is kept, and that is no fault."""

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

    def seen(self, issuer: str, jti: str, *, until: datetime, now: datetime) -> bool | None:  # noqa: ARG002
        """It can't be known."""
        return None
