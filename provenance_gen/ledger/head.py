"""Where a log stands: its origin, size, last leaf and Merkle frontier.

The head is one row that every append rewrites in its own transaction. It is a cache: an audit
recomputes it from the events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, select, update

from provenance_gen.errors import LedgerBrokenError
from provenance_gen.ledger import merkle
from provenance_gen.ledger.tables import HEAD

if TYPE_CHECKING:
    from sqlalchemy import Connection

_HASH: Final = 32
_COLUMNS: Final = select(
    HEAD.c.id, HEAD.c.origin, HEAD.c.size, HEAD.c.last, HEAD.c.frontier, HEAD.c.anchor
)


@dataclass(frozen=True)
class Head:
    """Where a log stands."""

    origin: str
    size: int
    last: bytes
    """Leaf hash of the newest event; empty before the first."""
    frontier: tuple[bytes, ...]
    anchor: bytes = b""
    """SHA-256 of the newest time-stamp that no event has cited yet."""

    @property
    def root(self) -> bytes:
        """Root of the Merkle tree, 32 bytes."""
        return merkle.frontier_root(self.frontier)


def begin(connection: Connection, origin: str) -> None:
    """Write the head of an empty log."""
    connection.execute(
        insert(HEAD).values(id=1, origin=origin, size=0, last=b"", frontier=b"", anchor=b"")
    )


def read(connection: Connection) -> Head:
    """Read the head.

    Raises:
        LedgerBrokenError: it is missing, there is more than one, or it cannot be understood.
    """
    rows = connection.execute(_COLUMNS).all()
    if len(rows) != 1:
        raise LedgerBrokenError(f"the ledger has {len(rows) or 'no'} head{'s' * (len(rows) > 1)}")
    row, origin, size, last, nodes, anchor = rows[0]
    if not (
        row == 1
        and isinstance(origin, str)
        and isinstance(size, int)
        and size >= 0
        and _is_hashes(last, min(size, 1))
        and _is_hashes(nodes, size.bit_count())
        and (_is_hashes(anchor, 0) or _is_hashes(anchor, 1))
    ):
        raise LedgerBrokenError("the ledger's head cannot be understood")
    frontier = tuple(nodes[i : i + _HASH] for i in range(0, len(nodes), _HASH))
    return Head(origin, size, last, frontier, anchor)


def write(connection: Connection, head: Head) -> None:
    """Replace the head; the caller's transaction holds the write lock."""
    connection.execute(
        update(HEAD).values(
            size=head.size,
            last=head.last,
            frontier=b"".join(head.frontier),
            anchor=head.anchor,
        )
    )


def _is_hashes(data: object, count: int) -> bool:
    return isinstance(data, bytes) and len(data) == _HASH * count
