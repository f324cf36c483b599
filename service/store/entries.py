"""What the store is given to remember. Patients, orders, evidence and readers are kept as keyed hashes only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCard:
    """A card as it was sent, and what it is about.

    `patient`, `order` and `evidence` are any texts that are equal where the thing is: the first two must tell apart
    patients of different EHRs, and `evidence` holds all that would make the card news, its target too.
    """

    uuid: str
    service: str
    topic: str  # of the card's source: the rule or headline
    indicator: str
    headline: str
    patient: str = field(repr=False)
    order: str = field(repr=False)
    evidence: str = field(repr=False)
    caller: str = ""  # name in TRUST; "" without authentication
    reader: str = field(default="", repr=False)  # whom the EHR shows it to; "" where it does not say

    @property
    def may_rest(self) -> bool:
        """Whether it may become quiet once acknowledged: a precaution or a routine unknown, never what stops."""
        return self.indicator != "critical" and (self.indicator == "info" or self.headline == "precaution")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackEntry:
    """What became of a card. The comment is a clinician's free text: patient data."""

    card: str
    outcome: str  # accepted or overridden
    at: datetime  # when, as the EHR says; with a zone
    service: str
    caller: str = ""
    accepted: tuple[str, ...] = ()  # ids of suggestions
    reason: tuple[str, str, str] | None = None  # system, code, display
    comment: str = field(default="", repr=False)
