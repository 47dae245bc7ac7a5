"""Relaxation: contacts that need less, or are in another queue, the longer they wait."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("relax", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column(
        "contacts", sa.Column("relaxed", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("contacts", sa.Column("entered", sa.Text(), nullable=True))
