"""Transfers: what agents had of a contact before the present one, and how long it was held."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("legs", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("contacts", sa.Column("holds", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "contacts", sa.Column("held_us", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column("contacts", sa.Column("held_since_us", sa.BigInteger()))
