"""Seal an event under a new checkpoint, and prove that it is there: what a signed file carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.records.export import LedgerProof

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provenance_gen.ledger.store import Ledger
    from provenance_gen.records.event import Receipt


def seal(ledger: Ledger, event: Receipt, withheld: Mapping[str, str] | None = None) -> LedgerProof:
    """Sign a checkpoint and prove an event in its tree (RFC 9162, section 2.1.3).

    Args:
        ledger: one's own.
        event: an event that was appended to it.
        withheld: salted commitments to the leaves of other events, by what each was of.

    Raises:
        LedgerError: the ledger cannot be read, or no checkpoint be signed.
        StorageError: the checkpoint cannot be written.
    """
    signed = ledger.checkpoint()
    return LedgerProof(
        origin=signed.origin,
        sequence=event.sequence,
        leaf=event.leaf,
        tree_size=signed.size,
        inclusion=ledger.prove(event.sequence, signed.size),
        checkpoint=signed.note,
        withheld=dict(withheld or {}),
    )
