"""A text that was in the record and was deleted afterwards: who did it, and why."""

from __future__ import annotations

from provenance_gen.records.base import Digest, Record, Text, Token
from provenance_gen.records.event import Citation


class Redaction(Record):
    """A text of the record was deleted; the commitment to it stays, and every proof is valid."""

    citation: Citation
    event: Digest
    """Leaf of the event that had committed to the text."""
    field: tuple[Token, ...]
    """Keys that lead to the text in that event's payload."""
    reason: Text | None = None
