"""Consultations: contacts by which an agent asks a colleague about a call."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("about", sa.Text()))
    op.add_column("contacts", sa.Column("consult", sa.Text()))
    op.add_column(
        "contacts",
        sa.Column("conference", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
