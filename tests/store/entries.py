"""Cards and feedback with dull defaults."""

from datetime import UTC, datetime, timedelta
from typing import Any

from service.store import FeedbackEntry, SentCard

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


def card(uuid: str = "card-1", **other: Any) -> SentCard:
    given: dict[str, Any] = {
        "uuid": uuid,
        "service": "dry-needling-order-sign",
        "topic": "bloodthinner",
        "indicator": "warning",
        "headline": "precaution",
        "patient": "https://ehr.example.org/fhir|joe",
        "order": "dry needling|left calf",
        "evidence": "apixaban|left calf",
    }
    return SentCard(**given | other)


def overridden(of: str = "card-1", **other: Any) -> FeedbackEntry:
    given: dict[str, Any] = {"card": of, "outcome": "overridden", "at": NOW, "service": "dry-needling-order-sign"}
    return FeedbackEntry(**given | other)
