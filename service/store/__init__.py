"""What is remembered: cards sent, feedback on them, tokens seen. SQLAlchemy and Alembic live here."""

from service.store.entries import FeedbackEntry, SentCard
from service.store.nothing import NoStore
from service.store.protocol import Store
from service.store.replay import TokensSeen
from service.store.start import open_store, upgrade_store

__all__ = [
    "FeedbackEntry",
    "NoStore",
    "SentCard",
    "Store",
    "TokensSeen",
    "open_store",
    "upgrade_store",
]
