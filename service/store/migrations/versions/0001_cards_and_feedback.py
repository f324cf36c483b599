"""Cards sent, feedback on them, tokens seen, and the installation's secret.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("secret", sa.LargeBinary(32), nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
    )
    op.create_table(
        "cards",
        sa.Column("uuid", sa.String(36), primary_key=True),
        sa.Column("caller", sa.String(255), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("sent", _MOMENT, nullable=False),
        sa.Column("topic", sa.String(100), nullable=False),
        sa.Column("indicator", sa.String(16), nullable=False),
        sa.Column("headline", sa.String(64), nullable=False),
        sa.Column("patient", sa.String(64), nullable=False),
        sa.Column("order", sa.String(64), nullable=False),
        sa.Column("evidence", sa.String(64), nullable=False),
    )
    op.create_index("cards_by_subject", "cards", ["patient", "order", "topic"])
    op.create_index("cards_by_time", "cards", ["sent"])
    op.create_table(
        "feedback",
        sa.Column("card", sa.String(255), primary_key=True),
        sa.Column("outcome", sa.String(16), primary_key=True),
        sa.Column("outcome_at", _MOMENT, primary_key=True),
        sa.Column("caller", sa.String(255), primary_key=True),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("received", _MOMENT, nullable=False),
        sa.Column("reason_system", sa.String(255)),
        sa.Column("reason_code", sa.String(255)),
        sa.Column("reason_display", sa.String(255)),
        sa.Column("comment", sa.Text),
        sa.Column("accepted", sa.Text),
    )
    op.create_index("feedback_by_time", "feedback", ["received"])
    op.create_table(
        "tokens_seen",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("until", _MOMENT, nullable=False),
    )
    op.create_index("ix_tokens_seen_until", "tokens_seen", ["until"])


def downgrade() -> None:
    """Take it back."""
    for table in ("tokens_seen", "feedback", "cards", "installation"):
        op.drop_table(table)
