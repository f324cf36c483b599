"""Cards and feedback with dull defaults."""

from datetime import UTC, datetime, timedelta
from typing import Any

from service.store import Event, FeedbackEntry, Outcome, Result, SentCard

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


def event(**other: Any) -> Event:
    given: dict[str, Any] = {
        "kind": "screening",
        "route": "/fhir/RiskAssessment/$screen",
        "method": "POST",
        "status": 200,
    }
    return Event(**given | other)


def result(id_: str = "result-1", subject: str = "Patient/joe", **other: Any) -> Result:
    given: dict[str, Any] = {
        "id": id_,
        "made": NOW,
        "door": "fhir",
        "fhir_version": "4.0",
        "headline": "precaution",
        "packs": (("default", "1.0.0"),),
        "subject": subject,
        "occurred": (NOW, NOW),
        "resource": f'{{"resourceType":"RiskAssessment","id":"{id_}","subject":{{"reference":"{subject}"}}}}',
        "outcomes": (Outcome("headline", None, "precaution"), Outcome("finding", "blood-thinner", "precaution")),
        "input_hash": "0" * 64,
        "asked": "{}",
    }
    return Result(**given | other)
