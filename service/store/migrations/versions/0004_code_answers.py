"""What a terminology server said of codes.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "code_answers",
        sa.Column("stamp", sa.String(32), primary_key=True),
        sa.Column("system", sa.String(255), primary_key=True),
        sa.Column("code", sa.String(64), primary_key=True),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("code_answers")
