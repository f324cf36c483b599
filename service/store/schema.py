"""The tables, as the newest migration leaves them. A test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
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
    Column("reader", String(64)),  # null: not known
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

# Results, as they were sent. A patient stands in this table, in `audit` and, as keyed hashes, in `cards`: nowhere else.
screenings: Final = Table(
    "screenings",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("made", Utc, nullable=False),
    Column("caller", String(255), nullable=False),  # name in TRUST; "" without authentication
    Column("tenant", String(255), nullable=False),
    Column("door", String(16), nullable=False),  # fhir, batch, message, cds, page
    Column("request_id", String(128), nullable=False),
    Column("fhir_version", String(8), nullable=False),  # the resource is written in
    Column("headline", String(64), nullable=False),
    Column("subject", Text, nullable=False),  # the reference in the resource; "" where it has none
    Column("patient", String(255), nullable=False),  # what follows `Patient/` in it, else all of it
    Column("occurred_first", Utc, nullable=False),  # occurrenceDateTime, as exact as it is
    Column("occurred_last", Utc, nullable=False),
    Column("resource", Text, nullable=False),  # the RiskAssessment as JSON, byte for byte as sent
    Column("input_hash", String(64), nullable=False),  # SHA-256 of the request body, decompressed
    Column("asked", Text, nullable=False),  # JSON: query, content type, FHIR version of the request
    Column("input", LargeBinary),  # the body, compressed; only where KEEP_INPUTS says so
    Index("screenings_by_time", "made"),
    Index("screenings_by_patient", "patient", "made"),
)

screening_packs: Final = Table(
    "screening_packs",
    metadata,
    Column("screening", String(36), ForeignKey("screenings.id", ondelete="CASCADE"), primary_key=True),
    Column("pack", String(100), primary_key=True),
    Column("version", String(100), nullable=False),
)

# One row a prediction, in its place in the resource.
outcomes: Final = Table(
    "outcomes",
    metadata,
    Column("screening", String(36), ForeignKey("screenings.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),  # headline, finding, question
    Column("rule", String(100)),
    Column("risk", String(64), nullable=False),  # code of the qualitativeRisk
    Column("ceiling", String(64)),  # of a question
    Index("outcomes_by_rule", "rule"),
)

# Who asked for what. Rows are only ever added, and go when their time is over.
audit: Final = Table(
    "audit",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("recorded", Utc, nullable=False),
    Column("kind", String(16), nullable=False),  # screening, read, search, feedback, refusal, erasure
    Column("caller", String(255), nullable=False),
    Column("tenant", String(255), nullable=False),
    Column("agent", String(255), nullable=False),  # the caller's name, else the address that called
    Column("route", String(255), nullable=False),  # template, never a path with an id
    Column("method", String(8), nullable=False),
    Column("status", Integer, nullable=False),  # of HTTP
    Column("request_id", String(128), nullable=False),
    Column("subject", Text, nullable=False),  # as in `screenings`
    Column("patient", String(255), nullable=False),
    Column("screening", String(36), nullable=False),  # the result; it may be gone
    Column("detail", String(64), nullable=False),  # code of the first issue, or the headline
    Index("audit_by_time", "recorded"),
    Index("audit_by_patient", "patient", "recorded"),
)

# Requests that may come again: the result that they got.
idempotency_keys: Final = Table(
    "idempotency_keys",
    metadata,
    Column("key", String(64), primary_key=True),  # keyed hash of caller and key
    Column("fingerprint", String(64), nullable=False),  # SHA-256 of body, query and FHIR versions
    Column("screening", String(36), nullable=False),  # "" for a batch, whose entries have keys of their own
    Column("until", Utc, nullable=False, index=True),
)

# Codes that no list holds: never who had them.
unmatched_codes: Final = Table(
    "unmatched_codes",
    metadata,
    Column("system", String(255), primary_key=True),
    Column("code", String(64), primary_key=True),
    Column("display", String(255), nullable=False),  # "" unless the code is of a system whose displays are published
    Column("count", BigInteger, nullable=False),
    Column("first_seen", Utc, nullable=False),
    Column("last_seen", Utc, nullable=False),
)

# What a terminology server said of codes. A cache: never who had them.
code_answers: Final = Table(
    "code_answers",
    metadata,
    Column("stamp", String(32), primary_key=True),  # hash of the server's address and the roots
    Column("system", String(255), primary_key=True),  # with what was asked of it
    Column("code", String(64), primary_key=True),
    Column("answer", Text, nullable=False),  # JSON
    Column("asked", Utc, nullable=False),
)

# Work that one replica does at a time.
leases: Final = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until", Utc, nullable=False),
)
