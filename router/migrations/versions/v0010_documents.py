"""A contact is one document; beside it stands what queries and a restart name."""

import json
from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ROWS_AT_ONCE = 1_000

# Columns that go, with what most contacts have there, which documents leave out.
JSON: Mapping[str, object] = {
    "requires": {},
    "relax": [],
    "max_wait": None,
    "offers": [],
    "customer": {},
    "legs": [],
}
PLAIN: Mapping[str, object] = {
    "channel": "video",
    "vip": None,
    "issue": None,
    "region": None,
    "meant_for": None,
    "last_agent": None,
    "entered": None,
    "asked": None,
    "call_to": "",
    "due_us": None,
    "message": "",
    "language": None,
    "consent": "not_needed",
    "notes": "",
    "epoch": None,
    "offer_expires_us": None,
    "connected_us": None,
    "ended_by": None,
    "talk_us": None,
    "wrap_up_us": None,
    "holds": 0,
    "held_us": 0,
    "held_since_us": None,
    "about": None,
    "consult": None,
    "conference": False,
}
# Columns that stay, which the document has, too.
NEEDED = ("number", "id", "queue", "priority", "arrived_us")
STAY: Mapping[str, object] = {
    "kind": "call",
    "state": "waiting",
    "relaxed": 0,
    "agent": None,
    "accepted_us": None,
    "ended_us": None,
    "idempotency_key": None,
}
DEMAND = ("queue", "entered", "channel", "requires", "relax", "max_wait", "last_agent")


def upgrade() -> None:
    op.add_column("contacts", sa.Column("demand", sa.Text()))
    op.add_column("contacts", sa.Column("document", sa.Text(), nullable=False, server_default=""))
    contacts = sa.table(
        "contacts",
        *(sa.column(name, sa.JSON) for name in JSON),
        *(sa.column(name, sa.Boolean if name == "conference" else None) for name in PLAIN),
        *map(sa.column, (*NEEDED, *STAY, "demand", "document")),
    )
    number = contacts.c.number
    connection = op.get_bind()
    update = (
        sa.update(contacts)
        .where(number == sa.bindparam("of"))
        .values(demand=sa.bindparam("sought"), document=sa.bindparam("all"))
    )
    after = 0
    page = sa.select(contacts).order_by(number).limit(ROWS_AT_ONCE)
    while rows := connection.execute(page.where(number > after)).mappings().all():
        connection.execute(
            update,
            [{"of": row["number"], "sought": _demand(row), "all": _document(row)} for row in rows],
        )
        after = rows[-1]["number"]
    for name in (*JSON, *PLAIN):
        op.drop_column("contacts", name)


def _document(row: sa.RowMapping) -> str:
    usual = {**STAY, **PLAIN, **JSON}
    return _json(
        {name: row[name] for name in NEEDED}
        | {name: row[name] for name, value in usual.items() if row[name] != value}
    )


def _demand(row: sa.RowMapping) -> str | None:
    return _json([row[name] for name in DEMAND]) if row["state"] == "waiting" else None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
