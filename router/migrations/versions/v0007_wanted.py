"""What contacts come with: a class of customers, an issue, a region."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("vip", "issue", "region"):
        op.add_column("contacts", sa.Column(name, sa.Text(), nullable=True))
