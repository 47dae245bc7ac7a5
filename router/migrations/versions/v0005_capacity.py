"""Capacity: contacts by channel, and agents with several of them in hand."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "contacts", sa.Column("channel", sa.Text(), nullable=False, server_default="video")
    )
    op.add_column("agents", sa.Column("work", sa.JSON(), nullable=False, server_default="[]"))
    agents = sa.table(
        "agents",
        sa.column("number", sa.Integer),
        sa.column("contact", sa.Text),
        sa.column("wrap_up_ends_us", sa.BigInteger),
        sa.column("work", sa.JSON),
    )
    connection = op.get_bind()
    held = sa.select(agents).where(agents.c.contact.is_not(None))
    for row in connection.execute(held).all():
        work = {
            "contact": row.contact,
            "channel": "video",
            "wrap_up_ends_us": row.wrap_up_ends_us,
        }
        connection.execute(
            sa.update(agents).where(agents.c.number == row.number).values(work=[work])
        )
    op.drop_column("agents", "contact")
    op.drop_column("agents", "wrap_up_ends_us")
