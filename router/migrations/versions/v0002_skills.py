"""Skills: what agents have and contacts need."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "skills",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_skills")),
        sa.UniqueConstraint("id", name=op.f("uq_skills_id")),
    )
    op.add_column("contacts", sa.Column("requires", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("agents", sa.Column("assignment", sa.JSON(), nullable=True))
    op.add_column("agents", sa.Column("restricted_to", sa.JSON(), nullable=True))
