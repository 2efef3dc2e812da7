"""What goes into a signed file: the lineage of an image, and its proof from the ledger."""

from __future__ import annotations

from enum import StrEnum

from provenance_gen.records.base import Count, Digest, Record, Region, Token
from provenance_gen.records.work import Attempt, Edit, Import


class Disclosure(StrEnum):
    """How much of the record leaves the studio."""

    MINIMAL = "minimal"
    """That it is AI, the file's own hashes, the tool; no record assertion."""
    STANDARD = "standard"
    """And the model, the counts and the kinds of step."""
    FULL = "full"
    """And prompts, seeds and parameters."""


class Training(StrEnum):
    """What a person lets others do with the file's content (CAWG training and data mining 1.1)."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "notAllowed"
    CONSTRAINED = "constrained"
    """Allowed under conditions that the person states in words."""


class Stated(Record):
    """What a person has put into the file in so many words; nothing of it is measured."""

    author: str | None = None
    """Name that the person signs as."""
    training: Training | None = None
    conditions: str | None = None
    """Of ``constrained``."""


class LedgerProof(Record):
    """What ties a file to the ledger it was recorded in (RFC 9162, C2SP tlog-checkpoint)."""

    origin: str
    """Random name of the ledger."""
    sequence: Count
    """Leaf index of the event that says what is signed."""
    leaf: Digest
    tree_size: Count
    inclusion: tuple[Digest, ...]
    """Inclusion proof, from the leaf's sibling upwards."""
    checkpoint: str
    """Signed note over the tree head."""
    withheld: dict[Token, str] = {}
    """Salted commitments to the leaves of sealed events, by what the event was of."""


class Counts(Record):
    """How often things happened in the work, up to the export."""

    attempts: Count
    images: Count
    revisions: Count
    """Attempts that revised an earlier one; links that only the program guessed are left out."""
    selections: Count
    edits: Count


class Repaint(Record):
    """A step in which a model painted a part of a recorded image anew (inpainting)."""

    attempt: Attempt
    index: Count = 1
    """Which of the attempt's images went on."""
    region: Region | None = None
    """Smallest box around what the mask asked for, in pixels of the mask; None if not known."""
    width: Count = 0
    """Of the mask, in pixels."""
    height: Count = 0


class Lineage(Record):
    """The chain of recorded steps from nothing, or from an import, to the exported image.

    Exactly one of ``attempt`` and ``source`` is set: a chain begins with a generation recorded
    here, or with an imported file.
    """

    attempt: Attempt | None = None
    generated_index: Count = 1
    """Which of the attempt's images the chain begins with."""
    source: Import | None = None
    steps: tuple[Edit | Repaint, ...] = ()
    """What was done to it since, in order."""
    references: tuple[Import, ...] = ()
    """Imported files that were given to generators of the chain as images, or put into it."""
    painters: tuple[Attempt, ...] = ()
    """Attempts whose pictures were put in by edits."""
    counts: Counts
    tree_size: Count
    """Number of events that the lineage was read from."""
