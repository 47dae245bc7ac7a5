"""The database connection, SQLite set up to be durable; migrations run from inside the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

# How long a read or commit waits for another process (a backup, a shell) that holds the file.
BUSY_TIMEOUT_MS = 10_000
# Prepared statements that a connection keeps: four tables' inserts of 1 to 64 rows, and the rest.
STATEMENTS_CACHED = 512


def create_engine(url: str) -> sa.Engine:
    """An engine for a SQLAlchemy URL; a SQLite file's directory is made if it is missing."""
    sqlite = sa.make_url(url).get_backend_name() == "sqlite"
    engine = sa.create_engine(
        url,
        connect_args={"cached_statements": STATEMENTS_CACHED} if sqlite else {},
        # An error's text must not carry what customers typed into a log.
        hide_parameters=True,
        json_serializer=lambda value: msgspec.json.encode(value).decode(),
        json_deserializer=msgspec.json.decode,
    )
    if sqlite:
        if engine.url.database and engine.url.database != ":memory:":
            Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def migrate(engine: sa.Engine, revision: str = "head") -> None:
    """Bring the tables to the newest version; to an older one only in tests."""
    config = Config()
    config.set_main_option("script_location", "router:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # Python's own transaction control begins too late; SQLAlchemy's "begin" does it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # A commit is on the disk when it returns: an answered call survives a power cut.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")
