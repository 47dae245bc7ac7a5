"""Affinity: for whom a contact is meant, and who served its customer before."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("meant_for", "last_agent", "customer_key"):
        op.add_column("contacts", sa.Column(name, sa.Text(), nullable=True))
    op.create_index(
        op.f("ix_contacts_customer_key_accepted_us"),
        "contacts",
        ["customer_key", "accepted_us"],
        sqlite_where=sa.text("customer_key IS NOT NULL"),
        postgresql_where=sa.text("customer_key IS NOT NULL"),
    )
