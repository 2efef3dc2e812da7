"""The studio around a file that is checked, asked without being opened.

To open a studio loads its database, its keys and its whole history. A verification needs none of
that where the ledger's index does not know the file, which is the usual case; where it does, the
history is read, and the answers are those of the open studio (``own_ledger``). A ledger that is
not as usual is left to that altogether.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from provenance_gen import settings
from provenance_gen.errors import ProvenanceError
from provenance_gen.ledger.plain import PlainLedger, UnusualError
from provenance_gen.studio.known import KnownImages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from provenance_gen.studio.folder import StudioFile, StudioFolder
    from provenance_gen.studio.lookup import KnownImage


class LedgerAtHand:
    """The ledger of a studio that this user made; a ``lookup.LedgerLookup``."""

    def __init__(
        self, folder: StudioFolder, described: StudioFile, tell: Callable[[ProvenanceError], None]
    ) -> None:
        """Open the ledger for a few questions.

        Args:
            folder: the studio; whoever calls has found that it is this user's own.
            described: its description.
            tell: told once, if the ledger cannot be asked after all; it then answers nothing.

        Raises:
            UnusualError: only the open studio can ask this ledger.
        """
        self._ledger = PlainLedger(folder.log(described.origin))
        self._key = settings.studio_secrets(described.studio).ledger_key
        if not self._key.is_file():
            self._ledger.close()
            raise UnusualError("the ledger's key is not here")
        self._tell: Callable[[ProvenanceError], None] | None = tell
        self.origin = self._ledger.origin

    def close(self) -> None:
        """Close it."""
        self._ledger.close()

    @functools.cached_property
    def verifier_key(self) -> str:
        """C2SP verifier key of its checkpoints, by the user's own key; empty if that is damaged."""
        # Loaded late: cryptography costs as much as a file that this ledger does not know.
        from provenance_gen.ledger import checkpoint  # noqa: PLC0415
        from provenance_gen.studio.keys import read_key  # noqa: PLC0415

        try:
            return checkpoint.verifier_key(self.origin, read_key(self._key).public_key())
        except ProvenanceError as error:
            self._fail(error)
            return ""

    def find_image(self, pixel_digest: str) -> Sequence[KnownImage]:
        """Return what is known of these pixels, exports first, the latest first."""
        return self._asked("image", pixel_digest, KnownImages.by_pixels)

    def find_file(self, file_digest: str) -> Sequence[KnownImage]:
        """Return the exports that are this very file."""
        return self._asked("file", file_digest, KnownImages.by_file)

    def find_manifest(self, manifest_digest: str) -> Sequence[KnownImage]:
        """Return the exports that carry this manifest store."""
        return self._asked("manifest", manifest_digest, KnownImages.by_manifest)

    def leaf_at(self, sequence: int) -> str | None:
        """Return the leaf of an event, or None where there is no such event."""
        try:
            return self._ledger.leaf_at(sequence)
        except ProvenanceError as error:
            self._fail(error)
            return None

    def _asked(
        self, kind: str, digest: str, ask: Callable[[KnownImages, str], Sequence[KnownImage]]
    ) -> Sequence[KnownImage]:
        if self._tell is None:
            return ()
        try:
            return ask(self._images, digest) if self._ledger.knows(kind, digest) else ()
        except ProvenanceError as error:
            self._fail(error)
            return ()

    @functools.cached_property
    def _images(self) -> KnownImages:
        # Loaded late: the records of a history are many.
        from provenance_gen.records.history import fold  # noqa: PLC0415

        return KnownImages(fold(self._ledger.events()))

    def _fail(self, error: ProvenanceError) -> None:
        tell, self._tell = self._tell, None
        if tell is not None:
            tell(error)
