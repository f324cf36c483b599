"""What any store can do. A call is worth more than its trace: only what reads results raises."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from service.store.archive import Archive
from service.store.code_answers import CodeAnswers
from service.store.entries import FeedbackEntry, SentCard
from service.store.insights import Insights
from service.store.results import Results
from service.store.tallies import Tallies
from service.store.trail import Audit


class Store(Protocol):
    """Remembers, as far as it can. `now` has a zone everywhere."""

    @property
    def keeps(self) -> bool:
        """Whether anything is kept at all; False with `DATABASE_URL=none`."""

    @property
    def results(self) -> Results:
        """The results that were sent."""

    @property
    def audit(self) -> Audit:
        """Who asked for what."""

    @property
    def tallies(self) -> Tallies:
        """What was counted."""

    @property
    def insights(self) -> Insights:
        """The same by day, rule and caller."""

    @property
    def archive(self) -> Archive:
        """All that is stored of a result, for whoever runs the service."""

    @property
    def code_answers(self) -> CodeAnswers:
        """What a terminology server said."""

    @property
    def failures(self) -> int:
        """How often this process could not reach it."""

    def problem(self) -> str | None:
        """Why nothing can be remembered now, in words without values; None where all is well."""

    def remember_cards(self, cards: Sequence[SentCard], *, now: datetime) -> bool:
        """Remember cards that are about to be sent. False where it could not be done."""

    def keep_feedback(self, entries: Sequence[FeedbackEntry], *, now: datetime) -> bool:
        """Keep feedback, each card, outcome and moment once. False where it could not be done."""

    def acknowledged(self, card: SentCard, *, since: datetime) -> bool:
        """Whether an equal card was overridden since then, for this patient and order, on the same evidence.

        Never so for a card that may not rest. False where it can't be known: then the card speaks.
        """

    def shown(self, card: SentCard, *, by: str, since: datetime) -> str | None:
        """The uuid of an equal card that the service `by` sent since then, to the same reader.

        None for a card that may not rest, for a reader who is not named, and where it can't be known.
        """

    def seen(self, issuer: str, jti: str, *, until: datetime, now: datetime) -> bool | None:
        """Whether this id of a token was shown before; it is remembered until then. None where it can't be known."""
