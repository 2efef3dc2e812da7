"""The time-stamps of a bundle: what they are over, and by when events existed.

Believing a token takes certificates that the reader gave; see ``timestamps``.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from provenance_gen.errors import LedgerBrokenError, LedgerError
from provenance_gen.ledger import bundle_form, checkpoint, timestamps
from provenance_gen.ledger.bounds import Bound, trusted_times
from provenance_gen.records.anchor import TrustedTimes
from provenance_gen.records.counting import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provenance_gen.ledger.checkpoint import Checkpoint


@dataclass(frozen=True)
class _Token:
    size: int
    data: bytes
    imprint: bytes
    cited_at: int | None


@dataclass(frozen=True)
class Times:
    """The tokens that are there, and what follows from those that were believed."""

    tokens: tuple[_Token, ...] = ()
    sealed: int = 0
    """Events that existed by a time that was believed."""
    said: str = "no time-stamp is here, so nothing shows since when the events exist"

    @property
    def found(self) -> int:
        """Tokens that are there."""
        return len(self.tokens)

    def believed(self, certificates: bytes, size: int) -> Times:
        """Ask which tokens lead to certificates that the reader trusts.

        Args:
            certificates: PEM.
            size: events in the tree.

        Raises:
            LedgerError: none does.
        """
        bounds, why = [], "none is here"
        for token in self.tokens:
            try:
                stamp = timestamps.believe(token.data, token.imprint, certificates)
            except LedgerError as error:
                why = str(error)
            else:
                bounds.append(Bound(token.size, stamp.earliest, stamp.latest, token.cited_at))
        if not bounds:
            raise LedgerBrokenError(f"no time-stamp leads to the certificates that you gave: {why}")
        times = trusted_times(bounds, size)
        sealed = sum(span.stop - span.first for span in times.spans if span.sealed)
        bounded = sum(span.stop - span.first for span in times.spans if span.bounded)
        if any(span.contradictory for span in times.spans):
            raise LedgerBrokenError("time-stamps contradict each other: an authority's clock lies")
        newest = max(bounds, key=lambda bound: bound.size)
        said = (
            f"{sealed} of {counted(size, 'event')} existed by {newest.latest} at the latest, and"
            f" {bounded} of them came after an earlier time-stamp; {len(bounds)} of"
            f" {counted(len(self.tokens), 'time-stamp')} lead to the certificates that you gave"
        )
        return replace(self, sealed=sealed, said=said)

    def told(self, size: int, certificates: bytes | None = None) -> TrustedTimes:
        """Return the times that follow from the tokens; none where no token counts.

        Args:
            size: events in the tree.
            certificates: PEM; only tokens that lead to them count. None: every token does, which
                shows what its maker could claim and proves nothing.
        """
        bounds = []
        for token in self.tokens:
            with contextlib.suppress(LedgerError):
                stamp = (
                    timestamps.read(token.data)
                    if certificates is None
                    else timestamps.believe(token.data, token.imprint, certificates)
                )
                bounds.append(Bound(token.size, stamp.earliest, stamp.latest, token.cited_at))
        return trusted_times(bounds, size) if bounds else TrustedTimes()


def in_bundle(files: Mapping[str, bytes], cited: Mapping[str, int]) -> Times:
    """Read the tokens of a bundle that holds, or that was just gathered.

    Args:
        files: files of the bundle.
        cited: number of the first event that cites a token, by the token's digest.

    Raises:
        LedgerError: a token or a checkpoint is not of its form.
    """
    notes = [
        checkpoint.parse(files[name].decode()) for name in files if bundle_form.NOTE.fullmatch(name)
    ]
    return check_times(files, {note.size: note for note in notes}, cited)


def check_times(
    files: Mapping[str, bytes], notes: Mapping[int, Checkpoint], cited: Mapping[str, int]
) -> Times:
    """Check that tokens are over the checkpoints they are named after.

    Args:
        files: files of the bundle.
        notes: its checkpoints by size.
        cited: number of the first event that cites a token, by the token's digest.

    Raises:
        LedgerError: one is no token or over something else, or a cited one is missing.
    """
    tokens = []
    missing = dict(cited)
    for name in files:
        if not (named := bundle_form.TOKEN.fullmatch(name)):
            continue
        data = files[name]
        note = notes.get(int(named[1]))
        if note is None or name != bundle_form.token_name(note.size, named[2]):
            raise LedgerBrokenError(f"{name} is over a checkpoint that is not there")
        stamp = _read(name, data)
        imprint = timestamps.imprint(note.note)
        if stamp.imprint != imprint:
            raise LedgerBrokenError(f"{name} is over something else")
        at = missing.pop(stamp.digest, None)
        if at is not None and at < note.size:
            raise LedgerBrokenError(f"it cites {name}, which came after it", at)
        tokens.append(_Token(note.size, data, imprint, at))
    for number in missing.values():
        raise LedgerBrokenError("it cites a time-stamp that is not there", number)
    if not tokens:
        return Times()
    stamps = counted(len(tokens), "time-stamp")
    said = f"{stamps} over these checkpoints; whose they are is another check, below"
    return Times(tuple(tokens), said=said)


def _read(name: str, data: bytes) -> timestamps.Stamp:
    try:
        return timestamps.read(data)
    except LedgerError as error:
        plain = re.sub(r"[^ -~]", "", str(error))
        raise LedgerBrokenError(f"{name}: {plain}") from error
