"""Named, append-only migrations, each in one transaction with its own record.

A ledger that holds a migration this version does not know was written by a newer one and is
refused. Event bodies are never touched by a migration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, inspect, select
from sqlmodel import SQLModel

from provenance_gen.errors import LedgerVersionError
from provenance_gen.ledger import nodes
from provenance_gen.ledger.tables import (
    ANCHOR,
    CHECKPOINT,
    EVENT,
    HEAD,
    MIGRATION,
    NODE,
    SECRET,
    SUBJECT,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection


def m001_tables(connection: Connection) -> None:
    """Make the tables of the first version."""
    first = [EVENT, HEAD, SECRET, SUBJECT, CHECKPOINT, ANCHOR, MIGRATION]
    SQLModel.metadata.create_all(connection, tables=first)


def m002_nodes(connection: Connection) -> None:
    """Keep nodes of the Merkle tree, so that proofs do not read every leaf."""
    SQLModel.metadata.create_all(connection, tables=[NODE])
    nodes.rebuild(connection)


MIGRATIONS: Final[tuple[Callable[[Connection], None], ...]] = (m001_tables, m002_nodes)
"""In the order in which they are applied; new ones are added at the end only."""


def applied(connection: Connection) -> frozenset[str]:
    """Return the names of the migrations that the ledger records."""
    if not inspect(connection).has_table("migration"):
        return frozenset()
    return frozenset(connection.execute(select(MIGRATION.c.name)).scalars())


def missing(connection: Connection) -> tuple[Callable[[Connection], None], ...]:
    """Return the migrations that have not been applied, in order.

    Raises:
        LedgerVersionError: the ledger holds one that this version does not know.
    """
    found = applied(connection)
    unknown = found - {migration.__name__ for migration in MIGRATIONS}
    if unknown:
        raise LedgerVersionError(
            "the ledger was written by a newer provenance-gen; upgrade to open it"
            f" (unknown: {', '.join(sorted(map(str, unknown)))})"
        )
    return tuple(m for m in MIGRATIONS if m.__name__ not in found)


def apply(connection: Connection, migration: Callable[[Connection], None], now: str) -> None:
    """Apply one migration inside the caller's transaction, together with its record."""
    migration(connection)
    connection.execute(insert(MIGRATION).values(name=migration.__name__, applied_at=now))


def complete(connection: Connection, now: str, at_most: int | None = None) -> bool:
    """Apply the migrations that are missing, inside the caller's transaction.

    Args:
        connection: holds the write lock; another process may have been quicker.
        now: the local clock.
        at_most: how many are applied; all of them by default.

    Returns:
        Whether any was missing.

    Raises:
        LedgerVersionError: the ledger was written by a newer version.
    """
    waiting = missing(connection)[:at_most]
    for migration in waiting:
        apply(connection, migration, now)
    return bool(waiting)
