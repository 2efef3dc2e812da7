"""The studio's own ledger, as verification asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen.studio.earlier import earlier_ledgers
from provenance_gen.studio.lookup import KnownImage
from provenance_gen.studio.signing import own_roots
from provenance_gen.studio.verify import verify_all

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from provenance_gen.records.verdict import Verdict
    from provenance_gen.records.work import Export, Image, Work
    from provenance_gen.studio.lookup import LedgerLookup
    from provenance_gen.studio.studio import Studio

GENERATED: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC digital source type of pictures that a trained model made."""


class OwnLedger:
    """Answers by digest from one reading of the studio's history."""

    def __init__(self, studio: Studio) -> None:
        """Read the history once, for any number of files."""
        self._studio = studio
        self._images: dict[str, list[tuple[Work, Image]]] = {}
        self._exported: dict[tuple[str, str | None], list[tuple[Work, Export]]] = {}
        for work in reversed(studio.history().works):
            for image in reversed(work.images):
                self._images.setdefault(image.ref.pixel_digest, []).append((work, image))
            for export in reversed(work.exports):
                if export.signed is not None:
                    for kind in ("pixel_digest", "file_digest", "manifest_digest"):
                        found = self._exported.setdefault((kind, getattr(export, kind)), [])
                        found.append((work, export))
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
        exported = self._exports("pixel_digest", pixel_digest)
        named = {(known.work, known.image) for known in exported}
        recorded = [_known(work, image) for work, image in self._images.get(pixel_digest, ())]
        return [*exported, *(k for k in recorded if (k.work, k.image) not in named)]

    def find_file(self, file_digest: str) -> Sequence[KnownImage]:
        """Return the exports that are this very file."""
        return self._exports("file_digest", file_digest)

    def find_manifest(self, manifest_digest: str) -> Sequence[KnownImage]:
        """Return the exports that carry this manifest store."""
        return self._exports("manifest_digest", manifest_digest)

    def leaf_at(self, sequence: int) -> str | None:
        """Return the leaf of an event, or None where there is no such event."""
        return self._leaves[sequence].hex() if 0 <= sequence < len(self._leaves) else None

    def _exports(self, kind: str, digest: str) -> list[KnownImage]:
        return [
            _known(work, work.image(export.image), export)
            for work, export in self._exported.get((kind, digest), ())
        ]


def verify_in(
    studio: Studio, paths: Sequence[Path | str], trust: bytes | None = None
) -> tuple[Verdict, ...]:
    """Check image files with a studio's ledger at hand; see ``studio.verify``.

    A foreign studio is asked what it knows, but vouches for no signer.
    """
    return verify_all(
        paths, ledgers=ledgers_of(studio), trust_pem=trust, own_roots=own_roots(studio)
    )


def ledgers_of(studio: Studio) -> tuple[LedgerLookup, ...]:
    """Return a studio's ledger and its earlier logs, as verification asks them."""
    return (OwnLedger(studio), *earlier_ledgers(studio))


def _known(work: Work, image: Image, export: Export | None = None) -> KnownImage:
    cited = export.signed if export and export.signed else image.citation
    return KnownImage(
        work=work.title,
        image=image.name,
        event=cited.sequence,
        file_name=export.name if export else None,
        when=cited.timestamp,
        exported=export is not None,
        source_type=_source_type(work, image),
    )


def _source_type(work: Work, image: Image) -> str | None:
    """Return what the record says of the picture's origin; nothing for an imported one.

    A picture that was generated stays so when a person edits it, as in its manifest.
    """
    return None if work.lineage(image.name)[0].name.startswith("i") else GENERATED
