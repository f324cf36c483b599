"""What is remembered: results, the trail, cards, feedback, tokens seen. SQLAlchemy and Alembic live here."""

from service.store.archive import Archive, Archived
from service.store.database import StoreAwayError
from service.store.entries import FeedbackEntry, SentCard
from service.store.nothing import NoStore
from service.store.protocol import Store
from service.store.replay import TokensSeen
from service.store.results import Kept, Key, KeyTakenError, Outcome, Result, Stored
from service.store.start import open_store, upgrade_store
from service.store.tallies import CodeCount, Firing, Tallies
from service.store.trail import Event, Recorded, Who

__all__ = [
    "Archive",
    "Archived",
    "CodeCount",
    "Event",
    "FeedbackEntry",
    "Firing",
    "Kept",
    "Key",
    "KeyTakenError",
    "NoStore",
    "Outcome",
    "Recorded",
    "Result",
    "SentCard",
    "Store",
    "StoreAwayError",
    "Stored",
    "Tallies",
    "TokensSeen",
    "Who",
    "open_store",
    "upgrade_store",
]
