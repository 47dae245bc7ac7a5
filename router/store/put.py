"""Writing rows, many in one statement.

SQLite's driver lets other threads run while a statement does, and has to wait for them afterwards:
up to 5 ms (Python's switch interval) for each row of a busy server, if each were a statement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

# The most rows of one statement. For each number of rows there is a text, prepared once.
ROWS_BOUND = 64

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def upsert(dialect: str, table: sa.Table) -> tuple[Any, dict[str, Any]]:
    """An insert that replaces a row with the same number; the two parts of its `DO UPDATE`.

    An id stays as it is: if it were set, SQLite would look for rows that refer to the old one, for
    an agent's through all contacts there ever were.
    """
    insert = _INSERTS[dialect](table)
    columns = {c.name: insert.excluded[c.name] for c in table.columns}
    del columns["number"], columns["id"]
    return insert, {"index_elements": [table.c.number], "set_": columns}


def add_up(dialect: str, table: sa.Table) -> tuple[Any, dict[str, Any]]:
    """An insert that adds to the row with the same key."""
    insert = _INSERTS[dialect](table)
    sums = {c.name: c + insert.excluded[c.name] for c in table.columns if not c.primary_key}
    return insert, {"index_elements": list(table.primary_key.columns), "set_": sums}


class Put:
    """Writes structs as rows of a table. A column is the attribute of its name, or in `columns` of
    another one (`customer.key`), or what a function there makes of the struct. `conflict` says what
    becomes of a row that is there already (`upsert`, `add_up`); without it that is an error."""

    def __init__(
        self,
        table: sa.Table,
        dialect: sa.Dialect,
        *,
        conflict: Callable[[str, sa.Table], tuple[Any, dict[str, Any]]] | None = None,
        columns: Mapping[str, str | Callable[[Any], object]] | None = None,
    ) -> None:
        names = [column.name for column in table.columns]
        self._json = [n for n, c in enumerate(table.columns) if isinstance(c.type, sa.JSON)]
        sources = [(columns or {}).get(name, name) for name in names]
        self._made = [(n, made) for n, made in enumerate(sources) if not isinstance(made, str)]
        # All attributes at once; where a value is made, its place is held by the first of them.
        attributes = [source for source in sources if isinstance(source, str)]
        self._read = attrgetter(
            *(source if isinstance(source, str) else attributes[0] for source in sources)
        )
        one_row = [dict.fromkeys(names)]
        if conflict is not None:
            insert, update = conflict(dialect.name, table)
            statement = insert.values(one_row).on_conflict_do_update(**update)
        else:
            statement = sa.insert(table).values(one_row)
        text = str(statement.compile(dialect=dialect))
        values = f"({', '.join('?' * len(names))})"
        before, found, after = text.partition(values)
        assert found, f"a statement of another kind: {text}"
        self._texts = {
            count: before + ", ".join([values] * count) + after
            for count in range(1, ROWS_BOUND + 1)
        }

    def write(self, connection: sa.Connection, records: Sequence[object]) -> None:
        rows = [self._row(record) for record in records]
        for start in range(0, len(rows), ROWS_BOUND):
            some = rows[start : start + ROWS_BOUND]
            connection.exec_driver_sql(self._texts[len(some)], tuple(chain.from_iterable(some)))

    def _row(self, record: object) -> list[Any]:
        row = list(self._read(record))
        for n, make in self._made:
            row[n] = make(record)
        for n in self._json:
            if row[n] is not None:
                row[n] = msgspec.json.encode(row[n]).decode()
        return row
