"""What ``verify`` says of a bundle or of a proof: the contract of its ``--json`` output.

Schema ``provenance-gen/bundle-verdict/1``. Nothing inside a bundle is a root of trust: without a
key or a time-stamp authority's certificates from elsewhere, the best word is *consistent*.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

from provenance_gen.records.base import Count, Record
from provenance_gen.records.verdict import Check, CheckStatus

SCHEMA: Final = "provenance-gen/bundle-verdict/1"


class BundleVerdictKind(StrEnum):
    """The verdict in a word."""

    CONFIRMED = "confirmed"
    """Consistent, and something that the reader trusts vouches for it; the checks say what."""
    CONSISTENT = "consistent, not anchored"
    """Nothing contradicts anything, and anybody could have made it so."""
    WRONG = "wrong"
    """Something contradicts something."""
    UNREADABLE = "unreadable"
    """It is no bundle and no proof, or not one that can be read safely."""


class BundleVerdict(Record):
    """Everything that was found out about one bundle or proof."""

    schema_: str = SCHEMA
    """Written as ``schema``."""
    file: str
    kind: Literal["bundle", "proof", "evidence"]
    verdict: BundleVerdictKind
    summary: str
    origin: str | None = None
    """Name of the log, as it calls itself."""
    size: Count | None = None
    """Events in the tree."""
    events: Count = 0
    """Events whose bytes are there."""
    texts: Count = 0
    """Texts that are disclosed and fit their commitments."""
    withheld: Count = 0
    """Texts that are committed to and not disclosed."""
    checkpoints: Count = 0
    timestamps: Count = 0
    """Time-stamps that are there, believed or not."""
    sealed: Count = 0
    """Events that existed by a time that was believed."""
    earlier: str | None = None
    """Log that this one goes on from and that is not here, by its own first event."""
    earlier_size: Count | None = None
    """Events of that log."""
    checks: tuple[Check, ...] = ()
    internal: bool = False
    """Whether this program itself failed, which says nothing about the bundle: ``unreadable``."""

    def as_json(self) -> dict[str, object]:
        """Return the JSON value of the contract, in its order."""
        value = self.model_dump(mode="json")
        return {"schema": value.pop("schema_"), **value}


def kind_of(checks: tuple[Check, ...], vouching: frozenset[str]) -> BundleVerdictKind:
    """Return the verdict: ``vouching`` names the checks that something from elsewhere decides."""
    if any(check.status is CheckStatus.FAILED for check in checks):
        return BundleVerdictKind.WRONG
    if any(check.id in vouching and check.status is CheckStatus.PASSED for check in checks):
        return BundleVerdictKind.CONFIRMED
    return BundleVerdictKind.CONSISTENT
