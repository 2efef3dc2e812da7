"""The ledger of a studio that is open, as verification asks it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from provenance_gen.errors import SettingsError
from provenance_gen.studio import clocks
from provenance_gen.studio.earlier import earlier_ledgers
from provenance_gen.studio.known import KnownImages
from provenance_gen.studio.signing import own_roots
from provenance_gen.studio.verify import verify_all

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from provenance_gen.credentials.trust import TrustList
    from provenance_gen.records.verdict import Verdict
    from provenance_gen.studio.lookup import KnownImage, LedgerLookup
    from provenance_gen.studio.studio import Studio


class OwnLedger:
    """Answers by digest from one reading of the studio's history."""

    def __init__(self, studio: Studio) -> None:
        """Read the history once, for any number of files."""
        self._studio = studio
        self._images = KnownImages(studio.history())
        self._leaves = studio.ledger.leaves()

    @property
    def origin(self) -> str:
        """Name of the ledger."""
        return self._studio.ledger.origin

    @property
    def verifier_key(self) -> str:
        """C2SP verifier key of its checkpoints; empty for a foreign studio."""
        return self._studio.verifier_key or ""

    def find_image(self, pixel_digest: str) -> Sequence[KnownImage]:
        """Return what is known of these pixels, exports first, the latest first."""
        return self._images.by_pixels(pixel_digest)

    def find_file(self, file_digest: str) -> Sequence[KnownImage]:
        """Return the exports that are this very file."""
        return self._images.by_file(file_digest)

    def find_manifest(self, manifest_digest: str) -> Sequence[KnownImage]:
        """Return the exports that carry this manifest store."""
        return self._images.by_manifest(manifest_digest)

    def leaf_at(self, sequence: int) -> str | None:
        """Return the leaf of an event, or None where there is no such event."""
        return self._leaves[sequence].hex() if 0 <= sequence < len(self._leaves) else None


def verify_in(
    studio: Studio, paths: Sequence[Path | str], trust: bytes | None = None
) -> tuple[Verdict, ...]:
    """Check image files with a studio's ledger at hand; see ``studio.verify``.

    A foreign studio is asked what it knows, but vouches for no signer.
    """
    times: tuple[TrustList, ...] = ()
    with contextlib.suppress(SettingsError):  # whoever uses that file is told what is wrong with it
        times = clocks.chosen()
    return verify_all(
        paths,
        ledgers=ledgers_of(studio),
        trust_pem=trust,
        lists=times,
        own_roots=own_roots(studio),
    )


def ledgers_of(studio: Studio) -> tuple[LedgerLookup, ...]:
    """Return a studio's ledger and its earlier logs, as verification asks them."""
    return (OwnLedger(studio), *earlier_ledgers(studio))
