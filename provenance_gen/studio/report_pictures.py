"""The pictures of a report, read from the image store when they are shown."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from provenance_gen.editing.measure import reference
from provenance_gen.errors import ImageError
from provenance_gen.images.difference import difference_image
from provenance_gen.images.pixels import encode_png
from provenance_gen.images.thumbnails import make_thumbnail

if TYPE_CHECKING:
    from provenance_gen.images.store import ImageStore
    from provenance_gen.records import work as records

WHOLE_SIDE: Final = 2048
"""Longer side of the picture that a report is of, at most, in pixels."""

DIFFERENCE_SIDE: Final = 640
"""Longer side of a picture of what an edit changed, at most, in pixels."""

_KEPT: Final = 256
"""Thumbnails held in memory."""


class StoredPictures:
    """Gives the report its pictures from the image store."""

    def __init__(self, store: ImageStore, work: records.Work) -> None:
        """Take pictures of one work."""
        self._store = store
        self._small: dict[str, bytes | None] = {}
        self._digests = {image.name: image.ref.pixel_digest for image in work.images}
        self._thumbnails = {
            image.stored.pixel_digest: image.stored.thumbnail_digest for image in work.images
        }

    def thumbnail(self, pixel_digest: str) -> bytes | None:
        """Return a small picture as PNG, or None where its pixels are gone."""
        # The same few are asked for again and again; all of them may be gigabytes.
        if pixel_digest not in self._small:
            if len(self._small) >= _KEPT:
                del self._small[next(iter(self._small))]
            self._small[pixel_digest] = None
            with contextlib.suppress(ImageError, OSError):
                recorded = self._thumbnails.get(pixel_digest)
                self._small[pixel_digest] = self._store.small(pixel_digest, recorded)
        return self._small[pixel_digest]

    def full(self, pixel_digest: str) -> bytes | None:
        """Return the whole picture as PNG, a large one made smaller; None where it is gone."""
        with contextlib.suppress(ImageError, OSError):
            picture = self._store.open(pixel_digest)
            if max(picture.size) > WHOLE_SIDE:
                return encode_png(make_thumbnail(picture, WHOLE_SIDE))
            return self._store.path(pixel_digest).read_bytes()
        return None

    def middling(self, pixel_digest: str) -> bytes | None:
        """Return the picture as PNG, no larger than a difference; None where it is gone."""
        with contextlib.suppress(ImageError, OSError):
            return encode_png(make_thumbnail(self._store.open(pixel_digest), DIFFERENCE_SIDE))
        return None

    def unreduced(self, pixel_digest: str) -> bytes | None:
        """Return the whole picture as it is stored, or None where its pixels are gone."""
        with contextlib.suppress(ImageError, OSError):
            self._store.open(pixel_digest)
            return self._store.path(pixel_digest).read_bytes()
        return None

    def difference(self, edit: records.Edit) -> bytes | None:
        """Return a picture of what an edit changed, or None where none can be made."""
        with contextlib.suppress(ImageError, OSError):
            parent = self._store.open(self._digests[edit.parent])
            child = self._store.open(edit.image.ref.pixel_digest)
            shown = difference_image(reference(parent, edit.operations), child)
            return encode_png(make_thumbnail(shown, DIFFERENCE_SIDE))
        return None
