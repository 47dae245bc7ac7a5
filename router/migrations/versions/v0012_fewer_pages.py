"""A commit changes fewer pages: the log has no index beside its row numbers any more, and only
contacts that have ended are among the queues' last calls."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("events") as events:
            events.alter_column("seq", type_=sa.Integer(), existing_type=sa.BigInteger())
    op.drop_index("ix_contacts_queue_state_ended_us", "contacts")
    ended = sa.text("ended_us IS NOT NULL")
    op.create_index(
        "ix_contacts_queue_state_ended_us",
        "contacts",
        ["queue", "state", "ended_us"],
        sqlite_where=ended,
        postgresql_where=ended,
    )
