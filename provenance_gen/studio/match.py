"""Find, by content, the image that a picture was made from.

Thumbnails are compared. Those most like the picture in colour and layout are registered with it
(``images.registration``): one from which it was made agrees at some place, scale and turn. It is a
guess all the same, and recorded as one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from provenance_gen.errors import ImageError
from provenance_gen.images.pixels import decode
from provenance_gen.images.registration import Registration, register
from provenance_gen.records.event import Basis
from provenance_gen.studio.edit import Outside, record_outside
from provenance_gen.studio.inputs import opaque

if TYPE_CHECKING:
    from provenance_gen.records import work as records
    from provenance_gen.studio.studio import Studio
    from provenance_gen.studio.work import Work

__all__ = ["match"]

_TRIED: Final = 12
"""Candidates that are registered, which takes most of the time."""
_LAYOUT: Final = 8
_BINS: Final = 4
_TIE: Final = 0.02


def match(work: Work, brought: records.Import) -> records.Edit | None:
    """Find what an import was made from; see ``Work.match``."""
    work.studio.demand_own()
    picture = work.studio.store.open(brought.image.ref.pixel_digest)
    for parent in _candidates(work, brought):
        try:
            return record_outside(work, parent, picture, Outside(basis=Basis.INFERRED))
        except ImageError:
            # The thumbnails agreed and the pictures do not.
            continue
    return None


def _candidates(work: Work, brought: records.Import) -> list[records.Image]:
    """Return the images that the import agrees with, best first, and newest of equal ones."""
    studio, given = work.studio, brought.image.ref.pixel_digest
    newest: dict[str, records.Image] = {}
    for image in work.history().images:
        if not image.withdrawn and image.ref.pixel_digest != given:
            newest[image.ref.pixel_digest] = image
    wanted = _thumbnail(studio, given)
    small = {digest: _thumbnail(studio, digest) for digest in newest}
    like = _likeness(wanted)
    ranked = sorted(small, key=lambda digest: -float((_likeness(small[digest]) * like).sum()))
    agreeing = []
    for digest in ranked[:_TRIED]:
        found = register(_grey(small[digest]), _grey(wanted))
        if isinstance(found, Registration):
            image = newest[digest]
            agreeing.append((-round(found.agreement / _TIE), _newest_first(image), image))
    return [image for _, _, image in sorted(agreeing, key=lambda item: item[:2])]


def _newest_first(image: records.Image) -> tuple[int, ...]:
    return tuple(-part for part in image.citation.order)


def _thumbnail(studio: Studio, digest: str) -> Any:
    return np.asarray(opaque(decode(studio.store.thumbnail(digest))))


def _grey(pixels: Any) -> Any:
    return np.rint(pixels @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)


def _likeness(pixels: Any) -> Any:
    """Return what two pictures of one scene share, cropped or not: colours first, then layout."""
    flat = (pixels.reshape(-1, 3).astype(np.int64) * _BINS) >> 8
    codes = (flat[:, 0] * _BINS + flat[:, 1]) * _BINS + flat[:, 2]
    colours = np.sqrt(np.bincount(codes, minlength=_BINS**3) / len(codes))
    grey = _grey(pixels).astype(np.float64)
    rows = np.array_split(grey, _LAYOUT, axis=0)
    cells = np.array(
        [
            [part.mean() if part.size else 0.0 for part in np.array_split(row, _LAYOUT, axis=1)]
            for row in rows
        ]
    )
    layout = (cells - cells.mean()).ravel()
    layout = layout / (np.linalg.norm(layout) + 1e-9)
    return np.concatenate([colours, layout / 2])
