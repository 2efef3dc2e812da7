"""Demand that what is signed, read or appended to is what the events are.

The head, the leaves and the index lie in a folder that others may be able to write. A user's key
must never sign a root that was not computed from the events themselves, and nothing may be said of
events whose bytes are not those that were hashed.
"""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from provenance_gen.digests import read_small
from provenance_gen.errors import LedgerBrokenError, LedgerError, LedgerForkError
from provenance_gen.ledger import checkpoint, merkle, nodes
from provenance_gen.ledger.tables import EVENT

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from provenance_gen.ledger.checkpoint import Checkpoint
    from provenance_gen.ledger.head import Head

_PAGE = 1000
_AUDIT = "run: provgen ledger audit"
_NOTE: Final = re.compile(r"\d{12,19}\.note")


class Recomputed:
    """The tree over the events as they are, computed from their bytes; grows from call to call.

    Attributes:
        tree: the tree so far.
        last: leaf hash of the last event in it; empty before the first.
    """

    def __init__(self) -> None:
        """Begin with the empty tree."""
        self.tree = merkle.Growing()
        self.last = b""

    def demand(self, connection: Connection, head: Head) -> None:
        """Hash the events that are new since the last call, and demand that the head is theirs.

        Raises:
            LedgerBrokenError: the head is not that of the events.
        """
        query = select(EVENT.c.body).where(EVENT.c.seq >= self.tree.size).order_by(EVENT.c.seq)
        result = connection.execution_options(yield_per=_PAGE).execute(query)
        for data in result.scalars():
            self.last = merkle.leaf_hash(data if isinstance(data, bytes) else b"")
            self.tree.append(self.last)
        self.tree.completed.clear()
        if (self.tree.size, self.last, self.tree.frontier) != (head.size, head.last, head.frontier):
            raise LedgerBrokenError(f"the ledger's head is not that of its events; {_AUDIT}")


def demand_last(connection: Connection, head: Head) -> None:
    """Demand that the head names the newest event, so that the next one can follow it.

    Raises:
        LedgerBrokenError: it does not.
    """
    newest = connection.execute(
        select(EVENT.c.seq, EVENT.c.body).order_by(EVENT.c.seq.desc()).limit(1)
    ).one_or_none()
    found = (newest.seq + 1, merkle.leaf_hash(newest.body)) if newest else (0, b"")
    if found != (head.size, head.last):
        raise LedgerBrokenError(f"the ledger's head is not that of its newest event; {_AUDIT}")


def newest_note(folder: Path, verifier_key: str) -> Checkpoint | None:
    """Read the newest checkpoint kept outside that a key has signed, or None.

    Anybody may put files there. One that cannot be read, or that the key did not sign, is passed
    over: to name it is the audit's business.
    """
    try:
        names = sorted(os.listdir(folder), reverse=True)  # noqa: PTH208 - paths cost ten times more
    except OSError:
        return None
    for name in filter(_NOTE.fullmatch, names):
        with contextlib.suppress(LedgerError, OSError, ValueError):
            return checkpoint.verify(read_small(folder / name).decode(), verifier_key)
    return None


def demand_continued(connection: Connection, head: Head, earlier: Checkpoint) -> None:
    """Demand that the log goes on from an earlier checkpoint.

    Raises:
        LedgerForkError: it does not.
    """
    if earlier.size > head.size:
        raise LedgerForkError(
            f"a checkpoint has seen {earlier.size} events, {head.size} are there;"
            " the database was rolled back"
        )
    if earlier.origin != head.origin or nodes.root(connection, earlier.size) != earlier.root:
        raise LedgerForkError(
            f"the newest checkpoint, over {earlier.size} events, is of other events than these"
        )
