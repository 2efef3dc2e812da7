"""Where an audit's rows come from: statements, and who answers them.

The statements are plain SQL that SQLite and PostgreSQL read alike, so that a process which helps
to audit needs no database layer to load; each audit runs them on what ``tables`` has made. Only the
standard library is loaded here.
"""

from __future__ import annotations

import contextlib
import sqlite3
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PAGE: Final = 1000
FIRST: Final = 32
"""Events in the first page: from them the shapes are learned that all others may have."""

EVENTS: Final = "SELECT seq, session_id, type, body, leaf FROM event ORDER BY seq"
TEXTS: Final = "SELECT seq, path, disclosure FROM secret ORDER BY seq, path"
SUBJECTS: Final = "SELECT seq, kind, key FROM subject ORDER BY seq, kind, key"
WRITTEN: Final = "SELECT seq, kind, key FROM subject ORDER BY rowid"
"""In SQLite the rows of a table have numbers of their own, in the order in which they were
written."""
NODES: Final = "SELECT number, hash FROM node ORDER BY number"


class Rows(Protocol):
    """The rows of one state of a ledger."""

    @property
    def numbered(self) -> bool:
        """Whether ``WRITTEN`` can be asked."""
        ...

    def pages(self, statement: str, first: int = PAGE) -> Iterator[Sequence[tuple[Any, ...]]]:
        """Give the rows as they come, a page of them at a time, the first of them smaller."""
        ...


class FileRows:
    """Rows of a SQLite file.

    Attributes:
        numbered: its rows have numbers.
    """

    numbered = True

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take an open file, in a transaction where one state is to be seen."""
        self._connection = connection

    def pages(self, statement: str, first: int = PAGE) -> Iterator[Sequence[tuple[Any, ...]]]:
        """Give rows; sqlite3.Error where the file cannot be read."""
        cursor = self._connection.cursor()
        try:
            cursor.execute(statement)
            if page := cursor.fetchmany(first):
                yield page
            while page := cursor.fetchmany(PAGE):
                yield page
        finally:
            # Where the reading was given up, the database may be closed already.
            with contextlib.suppress(sqlite3.ProgrammingError):
                cursor.close()


def stream(rows: Rows, statement: str) -> Iterator[tuple[Any, ...]]:
    """Give rows one by one, a page of them in memory at a time."""
    return chain.from_iterable(rows.pages(statement))


def within(statement: str, column: str, span: range | None) -> str:
    """Ask of a statement's rows only those whose number is in a span, or all where there is none.

    Args:
        statement: one of those above.
        column: an integer column of its table.
        span: first number, and that after the last.
    """
    if span is None:
        return statement
    asked, order = statement.split(" ORDER BY ")
    return f"{asked} WHERE {column} >= {span.start} AND {column} < {span.stop} ORDER BY {order}"
