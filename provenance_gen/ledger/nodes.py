"""Nodes of the Merkle tree that are kept, so that a proof needs few rows and few hashes.

Kept are the roots of perfect subtrees at heights 4, 8, 12 and so on: n/15 rows, written in the
transaction that completes them. Any other node follows from at most eight kept ones, or from
leaves, which the events hold. All of it can be rebuilt from the leaves; an audit compares it
with the events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, insert, select

from provenance_gen.errors import LedgerBrokenError, LedgerError
from provenance_gen.ledger import merkle
from provenance_gen.ledger.tables import EVENT, NODE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

_PAGE: Final = 1000
_LEAVES: Final = select(EVENT.c.seq, EVENT.c.leaf).where(
    EVENT.c.seq.in_(bindparam("wanted", expanding=True))
)
_NODES: Final = select(NODE.c.number, NODE.c.hash).where(
    NODE.c.number.in_(bindparam("wanted", expanding=True))
)


def keep(connection: Connection, completed: Sequence[tuple[int, int, bytes]]) -> None:
    """Store nodes that were completed, as (height, place, hash)."""
    if completed:
        rows = [
            {"number": merkle.node_number(height, place), "hash": h}
            for height, place, h in completed
        ]
        connection.execute(insert(NODE), rows)


def rebuild(connection: Connection) -> None:
    """Make all kept nodes anew from the leaves of the events.

    Raises:
        LedgerBrokenError: a leaf is no hash.
    """
    connection.execute(delete(NODE))
    tree = merkle.Growing()
    leaves = select(EVENT.c.leaf).order_by(EVENT.c.seq)
    start = 0
    while page := connection.execute(
        leaves.where(EVENT.c.seq >= start, EVENT.c.seq < start + _PAGE)
    ).all():
        for (leaf,) in page:
            if not isinstance(leaf, bytes):
                raise LedgerBrokenError("its leaf is no hash", tree.size)
            tree.append(leaf)
        keep(connection, tree.completed)
        tree.completed.clear()
        start += _PAGE


def prove_inclusion(connection: Connection, sequence: int, size: int) -> tuple[bytes, ...]:
    """Prove that an event is in the tree of a given size (RFC 9162, section 2.1.3.1).

    Raises:
        LedgerError: the tree of that size does not hold the event.
        LedgerBrokenError: events or kept nodes are missing.
    """
    try:
        ranges = merkle.inclusion_ranges(sequence, size)
    except IndexError as error:
        raise LedgerError(f"event {sequence} is not among the first {size}") from error
    return roots(connection, ranges)


def prove_consistency(connection: Connection, old: int, new: int) -> tuple[bytes, ...]:
    """Prove that the tree of one size is the beginning of another (RFC 9162, section 2.1.4.1).

    Raises:
        LedgerError: the old size is 0 or beyond the new one.
        LedgerBrokenError: events or kept nodes are missing.
    """
    try:
        ranges = merkle.consistency_ranges(old, new)
    except IndexError as error:
        raise LedgerError(f"a log of {old} events is no beginning of one of {new}") from error
    return roots(connection, ranges)


def root(connection: Connection, size: int) -> bytes:
    """Compute the root of the tree over the first ``size`` events.

    Raises:
        LedgerBrokenError: events or kept nodes are missing.
    """
    return roots(connection, [(0, size)])[0] if size else merkle.EMPTY_ROOT


def roots(connection: Connection, ranges: Iterable[tuple[int, int]]) -> tuple[bytes, ...]:
    """Compute the roots over ranges of leaves, as ``merkle`` names them.

    Raises:
        LedgerBrokenError: events or kept nodes are missing.
    """
    parted = [merkle.subtrees(start, end) for start, end in ranges]
    wanted = {node for parts in parted for subtree in parts for node in _kept_under(*subtree)}
    leaves = [place for height, place in wanted if height == 0]
    inner = [merkle.node_number(height, place) for height, place in wanted if height]
    known: dict[int, bytes] = {}
    for place, leaf in connection.execute(_LEAVES, {"wanted": leaves}):
        known[merkle.node_number(0, place)] = leaf
    if inner:
        known.update((n, node) for n, node in connection.execute(_NODES, {"wanted": inner}))
    try:
        return tuple(
            merkle.frontier_root(
                [merkle.root(known[merkle.node_number(*n)] for n in _kept_under(*t)) for t in parts]
            )
            for parts in parted
        )
    except (KeyError, TypeError) as error:
        raise LedgerBrokenError("events or kept nodes of the tree are missing") from error


def _kept_under(height: int, place: int) -> list[tuple[int, int]]:
    """Return the kept nodes, or leaves, that a perfect subtree's root follows from."""
    above = height % merkle.KEPT_EVERY
    return [(height - above, (place << above) + n) for n in range(1 << above)]
