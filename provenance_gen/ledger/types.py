"""Which types of events came since: a cheap look, for which no event is decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from provenance_gen.ledger.database import reading
from provenance_gen.ledger.tables import EVENT

if TYPE_CHECKING:
    from provenance_gen.ledger.store import Ledger


def types_since(ledger: Ledger, start: int) -> tuple[str, ...]:
    """Read the types of a log's events, in order, from the one with a given number on."""
    query = select(EVENT.c.type).where(EVENT.c.seq >= start).order_by(EVENT.c.seq)
    with reading(ledger.engine) as connection:
        return tuple(connection.execute(query).scalars())
