"""The tables. Text ids (slugs, agent ids, `c_...`) are what the outside uses; numbers are the
matcher's keys and never leave the server. Changed only together with a migration."""

from __future__ import annotations

import sqlalchemy as sa

from router.figures import Tally

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

queues = sa.Table(
    "queues",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    # Kept so that a queue that left the configuration still serves those who wait in it.
    sa.Column("settings", sa.JSON, nullable=False),
)

skills = sa.Table(
    "skills",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    # Kept, as a queue's settings are: who has or needs a skill does so after it left, too.
    sa.Column("name", sa.JSON, nullable=False),
)

agents = sa.Table(
    "agents",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("queues", sa.JSON, nullable=False),
    sa.Column("assignment", sa.JSON(none_as_null=True)),
    sa.Column("restricted_to", sa.JSON(none_as_null=True)),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("since_us", sa.BigInteger, nullable=False),
    sa.Column("work", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("shift", sa.JSON, nullable=False, server_default="{}"),
)

# What ended in each queue in each minute, counted from the Unix epoch; no row where nothing did.
# Times in microseconds.
tallies = sa.Table(
    "tallies",
    metadata,
    sa.Column("minute", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("queue", sa.Text, sa.ForeignKey("queues.id"), primary_key=True),
    *(sa.Column(name, sa.BigInteger, nullable=False) for name in Tally.__struct_fields__),
)

contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("queue", sa.Text, sa.ForeignKey("queues.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("arrived_us", sa.BigInteger, nullable=False),
    sa.Column("relaxed", sa.Integer, nullable=False),
    # What it seeks, while it is in line; the same text for many.
    sa.Column("demand", sa.Text),
    sa.Column("agent", sa.Text, sa.ForeignKey("agents.id")),
    sa.Column("accepted_us", sa.BigInteger),
    sa.Column("ended_us", sa.BigInteger),
    sa.Column("customer_key", sa.Text),
    sa.Column("idempotency_key", sa.Text, unique=True),
    # All of it, as JSON. What stands beside it is for queries and after a restart: a field that no
    # query names needs no column, and no migration.
    sa.Column("document", sa.Text, nullable=False),
    sa.Index(None, "state", "number"),
    # The last calls of a queue, for its mean handling time. Contacts that are here aren't in it.
    sa.Index(
        None,
        "queue",
        "state",
        "ended_us",
        sqlite_where=sa.text("ended_us IS NOT NULL"),
        postgresql_where=sa.text("ended_us IS NOT NULL"),
    ),
    # Who served a customer the last time. Contacts without a key aren't in it.
    sa.Index(
        None,
        "customer_key",
        "accepted_us",
        sqlite_where=sa.text("customer_key IS NOT NULL"),
        postgresql_where=sa.text("customer_key IS NOT NULL"),
    ),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("contact", sa.Text, sa.ForeignKey("contacts.id"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at_us", sa.BigInteger, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.UniqueConstraint("contact", "role", "sender", "client_id"),
)

events = sa.Table(
    "events",
    metadata,
    # SQLite's own row number, which has 64 bits whatever it is called, and no index beside it.
    sa.Column(
        "seq",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("at_us", sa.BigInteger, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("contact", sa.Text),
    sa.Column("agent", sa.Text),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Index(None, "contact", "seq"),
)
