"""The tables, as the newest migration leaves them. A test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Column, DateTime, Dialect, Index, Integer, LargeBinary, MetaData, String, Table, Text
from sqlalchemy.types import TypeDecorator

metadata: Final = MetaData()


class Utc(TypeDecorator[datetime]):
    """A moment: kept in UTC, read with its zone, in SQLite too."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Take a moment with a zone; one without is a mistake of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give it with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# One row. Whoever has the database has this too; it guards what leaves it in parts: reports, exports, logs.
installation: Final = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("secret", LargeBinary(32), nullable=False),
    Column("created", Utc, nullable=False),
)

cards: Final = Table(
    "cards",
    metadata,
    Column("uuid", String(36), primary_key=True),
    Column("caller", String(255), nullable=False),
    Column("service", String(64), nullable=False),
    Column("sent", Utc, nullable=False),
    Column("topic", String(100), nullable=False),
    Column("indicator", String(16), nullable=False),
    Column("headline", String(64), nullable=False),
    Column("patient", String(64), nullable=False),  # keyed hashes
    Column("order", String(64), nullable=False),
    Column("evidence", String(64), nullable=False),
    Index("cards_by_subject", "patient", "order", "topic"),
    Index("cards_by_time", "sent"),
)

# Not tied to `cards` by a key: feedback on a card that is not known is kept, too.
feedback: Final = Table(
    "feedback",
    metadata,
    Column("card", String(255), primary_key=True),
    Column("outcome", String(16), primary_key=True),
    Column("outcome_at", Utc, primary_key=True),
    Column("caller", String(255), primary_key=True),
    Column("service", String(64), nullable=False),
    Column("received", Utc, nullable=False),
    Column("reason_system", String(255)),
    Column("reason_code", String(255)),
    Column("reason_display", String(255)),
    Column("comment", Text),
    Column("accepted", Text),  # ids of suggestions, as JSON
    Index("feedback_by_time", "received"),
)

tokens: Final = Table(
    "tokens_seen",
    metadata,
    Column("token", String(64), primary_key=True),  # hash of issuer and jti
    Column("until", Utc, nullable=False, index=True),
)
