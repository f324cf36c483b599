"""Results, what they found, who asked for what, keys of requests that may come again, and codes no list holds.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Take the step."""
    _make_results()
    _make_audit()
    op.create_table(
        "idempotency_keys",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("screening", sa.String(36), nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
    )
    op.create_index("ix_idempotency_keys_until", "idempotency_keys", ["until"])
    op.create_table(
        "unmatched_codes",
        sa.Column("system", sa.String(255), primary_key=True),
        sa.Column("code", sa.String(64), primary_key=True),
        sa.Column("display", sa.String(255), nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("first_seen", _MOMENT, nullable=False),
        sa.Column("last_seen", _MOMENT, nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
    )


def _make_results() -> None:
    op.create_table(
        "screenings",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("made", _MOMENT, nullable=False),
        sa.Column("caller", sa.String(255), nullable=False),
        sa.Column("tenant", sa.String(255), nullable=False),
        sa.Column("door", sa.String(16), nullable=False),
        sa.Column("request_id", sa.String(128), nullable=False),
        sa.Column("fhir_version", sa.String(8), nullable=False),
        sa.Column("headline", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("patient", sa.String(255), nullable=False),
        sa.Column("occurred_first", _MOMENT, nullable=False),
        sa.Column("occurred_last", _MOMENT, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("input_hash", sa.String(64), nullable=False),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("input", sa.LargeBinary),
    )
    op.create_index("screenings_by_time", "screenings", ["made"])
    op.create_index("screenings_by_patient", "screenings", ["patient", "made"])
    op.create_table(
        "screening_packs",
        sa.Column("screening", sa.String(36), sa.ForeignKey("screenings.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("pack", sa.String(100), primary_key=True),
        sa.Column("version", sa.String(100), nullable=False),
    )
    op.create_table(
        "outcomes",
        sa.Column("screening", sa.String(36), sa.ForeignKey("screenings.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("rule", sa.String(100)),
        sa.Column("risk", sa.String(64), nullable=False),
        sa.Column("ceiling", sa.String(64)),
    )
    op.create_index("outcomes_by_rule", "outcomes", ["rule"])


def _make_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("recorded", _MOMENT, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("caller", sa.String(255), nullable=False),
        sa.Column("tenant", sa.String(255), nullable=False),
        sa.Column("agent", sa.String(255), nullable=False),
        sa.Column("route", sa.String(255), nullable=False),
        sa.Column("method", sa.String(8), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("request_id", sa.String(128), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("patient", sa.String(255), nullable=False),
        sa.Column("screening", sa.String(36), nullable=False),
        sa.Column("detail", sa.String(64), nullable=False),
    )
    op.create_index("audit_by_time", "audit", ["recorded"])
    op.create_index("audit_by_patient", "audit", ["patient", "recorded"])


def downgrade() -> None:
    """Take it back."""
    tables = ("leases", "unmatched_codes", "idempotency_keys", "audit", "outcomes", "screening_packs", "screenings")
    for table in tables:
        op.drop_table(table)
