"""Rows of a ledger through the database layer, for the parts of the audit that ask it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from provenance_gen.ledger.audit_source import PAGE, FileRows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Select

    from provenance_gen.ledger.audit_source import Rows


class _ServerRows:
    """Rows of a server's tables, of which a page is fetched at a time."""

    numbered = False

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def pages(self, statement: str, first: int = PAGE) -> Iterator[Sequence[tuple[Any, ...]]]:
        rows = self._connection.execution_options(yield_per=PAGE).exec_driver_sql(statement)
        rest = iter(rows.partitions(PAGE))
        for page in rest:
            # The first page is smaller where that is asked for.
            yield [tuple(row) for row in page[:first]]
            if page[first:]:
                yield [tuple(row) for row in page[first:]]
            break
        yield from ([tuple(row) for row in page] for page in rest)


def rows_of(connection: Connection) -> Rows:
    """Return the rows that a connection sees.

    In SQLite the driver's own cursor is asked: a row object for each row costs more than the row.
    """
    if connection.dialect.name != "sqlite":
        return _ServerRows(connection)
    driver: Any = connection.connection.driver_connection
    return FileRows(driver)


def stream(connection: Connection, query: Select[Any]) -> Iterator[tuple[Any, ...]]:
    """Give the rows of a query one by one, a page of them in memory at a time."""
    compiled = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    return chain.from_iterable(rows_of(connection).pages(str(compiled)))
