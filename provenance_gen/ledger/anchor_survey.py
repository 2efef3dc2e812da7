"""Between which trusted times the events of a ledger lie, computed from their stored bytes.

This is what ``ledger status`` and reports rest on. It believes no leaf, index or head: a token
counts only if the bodies that are there lead to the root of the checkpoint that it is over. What
else may be wrong with a ledger is the audit's business.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import select

from provenance_gen.errors import LedgerError
from provenance_gen.ledger import checkpoint, merkle
from provenance_gen.ledger.anchor_check import AnchorCheck, Anchored
from provenance_gen.ledger.database import reading
from provenance_gen.ledger.tables import ANCHOR, EVENT
from provenance_gen.records.anchor import TrustedTimes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from provenance_gen.config import TimestampAuthority
    from provenance_gen.ledger.store import Ledger

_PAGE: Final = 1000
_CITES: Final = b'"anchor":"'
"""Stands in the canonical bytes of every event that cites a token, and of hardly any other."""

NOTHING: Final = Anchored((), TrustedTimes(), 0, (), ())


def survey(
    ledger: Ledger,
    authorities: Sequence[TimestampAuthority],
    *,
    until: int | None = None,
    always: bool = False,
) -> Anchored:
    """Say between which trusted times the events lie.

    Without a token nothing is read, so an unanchored ledger costs nothing.

    Args:
        ledger: the ledger.
        authorities: those whose tokens are believed.
        until: number of events to look at; all where left out.
        always: read the events even if there is no token, for their root.

    Raises:
        LedgerError: the database cannot be read.
    """
    check = AnchorCheck(ledger.notes, authorities)
    with reading(ledger.engine) as connection:
        if not always and connection.execute(select(ANCHOR.c.size).limit(1)).first() is None:
            return NOTHING
        check.load(connection)
        roots, size = _read(connection, check, until)
        notes = check.notes
    check.examined = tuple(
        each
        if each.problem or _leads(notes.get(each.size), ledger.origin, roots)
        else replace(each, problem="the events do not lead to its checkpoint")
        for each in check.examined
        if each.size <= size
    )
    # Files and head are for the audit to judge.
    return replace(check.finish(size), problems=(), root=roots[size])


def _read(
    connection: Connection, check: AnchorCheck, until: int | None
) -> tuple[dict[int, bytes], int]:
    """Hash every body into the tree; return its roots at the sizes that were stamped."""
    wanted = {each.size for each in check.examined}
    query = select(EVENT.c.seq, EVENT.c.body).order_by(EVENT.c.seq)
    if until is not None:
        query = query.where(EVENT.c.seq < until)
    tree, roots = merkle.Growing(), {0: merkle.EMPTY_ROOT}
    for sequence, body in connection.execution_options(yield_per=_PAGE).execute(query):
        data = body if isinstance(body, bytes) else b""
        tree.append(merkle.leaf_hash(data))
        if tree.size in wanted:
            roots[tree.size] = tree.root
        if _CITES in data and (digest := _cited(data)):
            check.cite(sequence, digest)
    roots[tree.size] = tree.root
    return roots, tree.size


def _cited(data: bytes) -> str | None:
    try:
        value: Any = orjson.loads(data)
        digest = value["anchor"]
    except (ValueError, LookupError, TypeError):
        return None
    return digest if isinstance(digest, str) else None


def _leads(note: str | None, origin: str, roots: dict[int, bytes]) -> bool:
    try:
        read = checkpoint.parse(note or "")
    except LedgerError:
        return False
    return read.origin == origin and roots.get(read.size) == read.root
