"""What is remembered: results, the trail, cards, feedback, tokens seen. SQLAlchemy and Alembic live here."""

from service.store.archive import Archive, Archived
from service.store.code_answers import KEPT_FOR, CodeAnswers, KnownCode, NoCodeAnswers
from service.store.database import StoreAwayError
from service.store.entries import FeedbackEntry, SentCard
from service.store.insights import Counted
from service.store.insights import Span as InsightSpan
from service.store.nothing import NoStore
from service.store.protocol import Store
from service.store.replay import TokensSeen
from service.store.results import Kept, Key, KeyTakenError, Outcome, Result, Stored
from service.store.shared import SharedLock
from service.store.start import keeping_of, open_store, open_upkeep, upgrade_store
from service.store.tallies import CodeCount, Firing, Tallies
from service.store.trail import Event, Recorded, Who
from service.store.upkeep import Keeping, Purged, Upkeep

__all__ = [
    "KEPT_FOR",
    "Archive",
    "Archived",
    "CodeAnswers",
    "CodeCount",
    "Counted",
    "Event",
    "FeedbackEntry",
    "Firing",
    "InsightSpan",
    "Keeping",
    "Kept",
    "Key",
    "KeyTakenError",
    "KnownCode",
    "NoCodeAnswers",
    "NoStore",
    "Outcome",
    "Purged",
    "Recorded",
    "Result",
    "SentCard",
    "SharedLock",
    "Store",
    "StoreAwayError",
    "Stored",
    "Tallies",
    "TokensSeen",
    "Upkeep",
    "Who",
    "keeping_of",
    "open_store",
    "open_upkeep",
    "upgrade_store",
]
