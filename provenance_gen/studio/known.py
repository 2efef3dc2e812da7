"""What a studio's history knows of files and pixels, as verification asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen.studio.lookup import KnownImage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.records.work import Export, History, Image, Work

GENERATED: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC digital source type of pictures that a trained model made."""


class KnownImages:
    """Answers by digest from one reading of a history, for any number of files."""

    def __init__(self, history: History) -> None:
        """Sort what is known by its digests."""
        self._images: dict[str, list[tuple[Work, Image]]] = {}
        self._exported: dict[tuple[str, str | None], list[tuple[Work, Export]]] = {}
        for work in reversed(history.works):
            for image in reversed(work.images):
                self._images.setdefault(image.ref.pixel_digest, []).append((work, image))
            for export in reversed(work.exports):
                if export.signed is not None:
                    for kind in ("pixel_digest", "file_digest", "manifest_digest"):
                        found = self._exported.setdefault((kind, getattr(export, kind)), [])
                        found.append((work, export))

    def by_pixels(self, pixel_digest: str) -> Sequence[KnownImage]:
        """Return what is known of these pixels, exports first, the latest first."""
        exported = self._exports("pixel_digest", pixel_digest)
        named = {(known.work, known.image) for known in exported}
        recorded = [_known(work, image) for work, image in self._images.get(pixel_digest, ())]
        return [*exported, *(k for k in recorded if (k.work, k.image) not in named)]

    def by_file(self, file_digest: str) -> Sequence[KnownImage]:
        """Return the exports that are this very file."""
        return self._exports("file_digest", file_digest)

    def by_manifest(self, manifest_digest: str) -> Sequence[KnownImage]:
        """Return the exports that carry this manifest store."""
        return self._exports("manifest_digest", manifest_digest)

    def _exports(self, kind: str, digest: str) -> list[KnownImage]:
        return [
            _known(work, work.image(export.image), export)
            for work, export in self._exported.get((kind, digest), ())
        ]


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
    first = work.lineage(image.name)[0] if image.parent else image
    return None if first.name.startswith("i") else GENERATED
