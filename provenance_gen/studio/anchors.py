"""Sign the ledger's head, have it time-stamped, and say how far the record is anchored.

Whom to ask is the user's choice, in the user's configuration; nobody is asked otherwise. A studio
that is not this user's can be looked at, with the tokens of this user's own authorities believed.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provenance_gen.config import anchor_minutes, config_file, timestamp_authorities
from provenance_gen.errors import ProvenanceError, UsageError
from provenance_gen.ledger import anchor as anchoring
from provenance_gen.ledger import asking, redaction
from provenance_gen.ledger.anchor_survey import survey
from provenance_gen.ledger.bounds import Linked, linked_times, median_width, read_moment
from provenance_gen.records.anchor import StudioTimes

if TYPE_CHECKING:
    from provenance_gen.ledger.anchor import Asked
    from provenance_gen.studio.studio import Studio

_PATIENCE: Final = 5.0
"""Seconds that authorities are waited for when nobody asked for an anchor in so many words."""


@dataclass(frozen=True)
class Signed:
    """A checkpoint over everything so far, and what became of having it stamped."""

    size: int
    """Events that it covers."""
    note: str
    """The signed note (C2SP)."""
    asked: tuple[Asked, ...]
    """Every authority of the user's configuration, in its order."""

    @property
    def pending(self) -> tuple[Asked, ...]:
        """The authorities that gave no time-stamp; they are asked again the next time."""
        return tuple(asked for asked in self.asked if asked.moment is None)


@dataclass(frozen=True)
class StampLine:
    """One time-stamp, as the status lists it."""

    size: int
    """Events that its checkpoint covers."""
    kind: str
    """Name under which it is kept."""
    moment: str
    """Its time, RFC 3339 in UTC."""
    authority: str | None
    """Which of the user's authorities issued it; None where none is known to have."""
    problem: str | None
    """What is wrong with it."""


@dataclass(frozen=True)
class Status:
    """How far a ledger is signed and anchored."""

    origin: str
    events: int
    checkpoint: int | None
    """Events under the newest checkpoint; None where there is none."""
    authorities: tuple[str, ...]
    """Names of those that the user's configuration names."""
    stamps: tuple[StampLine, ...]
    """Every time-stamp, oldest checkpoint first."""
    pending: tuple[str, ...]
    """Authorities that have not stamped the newest checkpoint."""
    sealed: int
    """Events that existed by a trusted time, the bounded ones among them."""
    bounded: int
    """Events that lie between two trusted times."""
    median_seconds: float | None
    """Median of the time between the two, over the bounded events."""
    exposed: int
    """Events after the newest believed time-stamp: what the owner could still rewrite unseen."""
    contradictory: int
    """Events that believed time-stamps contradict each other about."""
    purge_pending: bool = False
    """Whether words that were deleted may still stand in the ledger's files."""


def anchor(studio: Studio, *, seconds: float = asking.SECONDS) -> Signed:
    """Sign the head and ask every configured authority for a time-stamp over it.

    Args:
        studio: a studio of this user.
        seconds: how long the authorities are waited for, all of them together.

    Raises:
        UsageError: no authority is configured, or the studio is not this user's.
        StorageError: the disk is full.
    """
    if not timestamp_authorities():
        raise UsageError(
            f"no time-stamp authority is configured; name one under timestamp_authorities in"
            f" {config_file()} (docs/anchors.md lists some)"
        )
    return checkpoint(studio, seconds=seconds)


def checkpoint(studio: Studio, *, seconds: float = asking.SECONDS) -> Signed:
    """Sign the head; where authorities are configured, ask them for a time-stamp over it.

    Args:
        studio: a studio of this user.
        seconds: how long the authorities are waited for, all of them together.

    Raises:
        UsageError: the studio is not this user's.
        StorageError: the disk is full.
    """
    studio.demand_own()
    authorities = timestamp_authorities()
    signed = studio.ledger.checkpoint()
    asked = anchoring.anchor(studio.ledger, signed.size, authorities, seconds=seconds)
    return Signed(signed.size, signed.note, asked)


def keep_up(studio: Studio) -> None:
    """Anchor what was just recorded, if authorities are configured; never fail.

    The work that was recorded is done: an anchor that is missing shows in the status.
    """
    with contextlib.suppress(ProvenanceError, OSError):
        if timestamp_authorities():
            checkpoint(studio)


def keep_up_if_due(studio: Studio) -> None:
    """Anchor at the end of a session, if the user's ``anchor_minutes`` have passed; never fail.

    Nobody is asked when nothing was recorded since the newest time-stamp, nor again within the
    same minutes when an authority gave none, so that a silent one delays few commands.
    """
    with contextlib.suppress(ProvenanceError, OSError):
        minutes, authorities = anchor_minutes(), timestamp_authorities()
        if minutes is None or not authorities or not studio.standing.writable:
            return
        size, _ = anchoring.pending(studio.ledger, authorities)
        moment = anchoring.newest_moment(studio.ledger)
        if studio.ledger.head().size == size and moment is not None:
            return
        marker = studio.folder.locks / "anchor-asked"
        asked = marker.stat().st_mtime if marker.exists() else 0.0
        last = max(asked, read_moment(moment).timestamp() if moment else 0.0)
        if 0 <= time.time() - last < minutes * 60:
            return
        marker.parent.mkdir(exist_ok=True)
        marker.touch()
        checkpoint(studio, seconds=_PATIENCE)


def status(studio: Studio) -> Status:
    """Say how far the present log is signed, time-stamped and bounded.

    Raises:
        SettingsError: the user's configuration cannot be understood.
        LedgerError: the ledger cannot be read.
    """
    ledger, authorities = studio.ledger, timestamp_authorities()
    size = ledger.head().size
    newest, missing = anchoring.pending(ledger, authorities)
    found = survey(ledger, authorities, until=size)
    spans = found.times.spans
    return Status(
        origin=ledger.origin,
        events=size,
        checkpoint=newest,
        authorities=tuple(authority.name for authority in authorities),
        stamps=tuple(
            StampLine(
                size=each.size,
                kind=each.kind,
                moment=each.stamp.moment if each.stamp else each.received_at,
                authority=each.authority,
                problem=each.problem,
            )
            for each in found.examined
        ),
        pending=missing,
        sealed=sum(span.stop - span.first for span in spans if span.sealed),
        bounded=sum(span.stop - span.first for span in spans if span.bounded),
        median_seconds=median_width(found.times),
        exposed=size - found.covered,
        contradictory=sum(span.stop - span.first for span in spans if span.contradictory),
        purge_pending=redaction.is_pending(ledger),
    )


def trusted_times(studio: Studio, size: int) -> StudioTimes:
    """Return the trusted times of every event that a report up to a tree size speaks of.

    Raises:
        SettingsError: the user's configuration cannot be understood.
        LedgerError: a ledger cannot be read.
    """
    authorities = timestamp_authorities()
    if not authorities:
        # Nobody's token is believed: nothing needs to be read.
        return StudioTimes()
    logs = []
    for log in studio.earlier:
        found = survey(log.ledger, authorities, until=log.cited.size, always=True)
        logs.append(Linked(found.bounds, log.cited.size, found.root.hex() == log.cited.root))
    present = survey(studio.ledger, authorities, until=size)
    logs.append(Linked(present.bounds, size, continued=False))
    return StudioTimes(logs=linked_times(logs))
