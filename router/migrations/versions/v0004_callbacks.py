"""Callbacks, messages, and waits that end: what a contact is, and what it may come to."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("asked", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False, server_default="call"),
        sa.Column("call_to", sa.Text(), nullable=False, server_default=""),
        sa.Column("due_us", sa.BigInteger(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False, server_default=""),
        sa.Column("max_wait", sa.JSON(), nullable=True),
        sa.Column("offers", sa.JSON(), nullable=False, server_default="[]"),
    ):
        op.add_column("contacts", column)
