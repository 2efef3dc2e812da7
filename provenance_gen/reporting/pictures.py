"""Where a report's pictures come from: a door that the studio opens."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from provenance_gen.records.report import Figure

if TYPE_CHECKING:
    from provenance_gen.records.work import Edit, Image


class Pictures(Protocol):
    """Gives pictures as PNG; None where the pixels are no longer there.

    The same digest must give the same bytes, since the same record must give the same report.
    """

    def thumbnail(self, pixel_digest: str) -> bytes | None:
        """Return a small picture, 256 pixels at its longer side or less."""
        ...

    def full(self, pixel_digest: str) -> bytes | None:
        """Return the whole picture."""
        ...

    def difference(self, edit: Edit) -> bytes | None:
        """Return a picture of what the edit changed, or None where none can be made."""
        ...


def figure(image: Image, pictures: Pictures, *, full: bool = False) -> Figure:
    """Return an image of the record with its pixels."""
    fetch = pictures.full if full else pictures.thumbnail
    digest = image.stored.pixel_digest
    return Figure(
        name=image.name,
        pixel_digest=digest,
        width=image.stored.width,
        height=image.stored.height,
        pixels=None if image.withdrawn else partial(fetch, digest),
    )
