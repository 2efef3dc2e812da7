"""What goes into a signed file: the lineage of an image, and its proof from the ledger."""

from __future__ import annotations

from enum import StrEnum

from provenance_gen.records.base import Count, Digest, Record
from provenance_gen.records.work import Attempt, Edit, Import


class Disclosure(StrEnum):
    """How much of the record leaves the studio."""

    MINIMAL = "minimal"
    """That it is AI, the file's own hashes, the tool; no record assertion."""
    STANDARD = "standard"
    """And the model, the counts and the kinds of step."""
    FULL = "full"
    """And prompts, seeds and parameters."""


class LedgerProof(Record):
    """What ties a file to the ledger it was recorded in (RFC 9162, C2SP tlog-checkpoint)."""

    origin: str
    """Random name of the ledger."""
    sequence: Count
    """Leaf index of the ``export.prepared`` event."""
    leaf: Digest
    tree_size: Count
    inclusion: tuple[Digest, ...]
    """Inclusion proof, from the leaf's sibling upwards."""
    checkpoint: str
    """Signed note over the tree head."""


class Counts(Record):
    """How often things happened in the work, up to the export."""

    attempts: Count
    images: Count
    revisions: Count
    selections: Count
    edits: Count


class Lineage(Record):
    """The chain of recorded steps from nothing, or from an import, to the exported image.

    Exactly one of ``attempt`` and ``source`` is set: a chain begins with a generation recorded
    here, or with an imported file.
    """

    attempt: Attempt | None = None
    generated_index: Count = 1
    """Which of the attempt's images the chain begins with."""
    source: Import | None = None
    edits: tuple[Edit, ...] = ()
    counts: Counts
    tree_size: Count
    """Number of events that the lineage was read from."""
