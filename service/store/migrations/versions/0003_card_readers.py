"""To whom a card was shown: what somebody saw on choosing an order is no news to them on signing it.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.add_column("cards", sa.Column("reader", sa.String(64)))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("cards") as cards:
        cards.drop_column("reader")
