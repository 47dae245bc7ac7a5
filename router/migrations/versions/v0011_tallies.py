"""What became of each queue's contacts, minute by minute, and what each agent did of the day."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

COUNTS = (
    "answered",
    "answered_in_time",
    "abandoned",
    "abandoned_short",
    "answer_wait_us",
    "handled",
    "talk_us",
    "wrap_up_us",
)


def upgrade() -> None:
    op.add_column("agents", sa.Column("shift", sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "tallies",
        sa.Column("minute", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.ForeignKeyConstraint(["queue"], ["queues.id"], name="fk_tallies_queue"),
        sa.PrimaryKeyConstraint("minute", "queue", name="pk_tallies"),
    )
