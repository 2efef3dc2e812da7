"""What the verdict on a bundle says in a sentence or two, none of which goes beyond a check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from provenance_gen.records.bundle import BundleVerdictKind
from provenance_gen.records.counting import counted
from provenance_gen.records.verdict import Check, CheckStatus

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from provenance_gen.records.payloads import LogResumed


@dataclass(frozen=True)
class Nothing:
    """What a check found that had nothing to go by: it is skipped, and nobody is told it passed."""

    reason: str


def summary(
    verdict: BundleVerdictKind,
    checks: Sequence[Check],
    *,
    size: int,
    absent: int,
    resumed: LogResumed | None,
    vouching: Container[str],
) -> str:
    """Return the words.

    Args:
        verdict: the verdict.
        checks: what it rests on.
        size: events in the log.
        absent: those of them whose bytes are not here.
        resumed: how the log cites the one before it, where it does.
        vouching: names of the checks that something from elsewhere decides.
    """
    if verdict is BundleVerdictKind.WRONG:
        return next(check.reason for check in checks if check.status is CheckStatus.FAILED)
    earlier = (_absent(absent) if absent else "") + (f" {_earlier(resumed)}" if resumed else "")
    if verdict is BundleVerdictKind.CONSISTENT:
        return (
            f"The ledger, of {counted(size, 'event')}, fits itself and its checkpoints. Nothing"
            " here shows whose it is or since when it exists: that takes the ledger's key or a"
            f" time-stamp authority's certificates, which you have from elsewhere.{earlier}"
        )
    passed = [c for c in checks if c.id in vouching and c.status is CheckStatus.PASSED]
    said = "; ".join(check.reason for check in passed)
    return (
        f"{said[:1].upper()}{said[1:]}. It shows that the record is as it was kept, not that what"
        f" it says is true.{earlier}"
    )


def _absent(absent: int) -> str:
    return (
        f" Of {counted(absent, 'event')} of this log only"
        f" {'a hash is' if absent == 1 else 'hashes are'} here, and nothing shows what"
        f" {'it says' if absent == 1 else 'they say'} or of which work."
    )


def _earlier(resumed: LogResumed) -> str:
    lost = max(0, (resumed.seen or 0) - resumed.size)
    return (
        f"This log goes on from an earlier one, {resumed.log}, of"
        f" {counted(resumed.size, 'event')}, which is not in this bundle"
        + (
            f"; {counted(lost, 'more event was', 'more events were')} known of it and lost."
            if lost
            else "."
        )
        + (" Other events of it were vouched for once." if resumed.contradicts else "")
    )
