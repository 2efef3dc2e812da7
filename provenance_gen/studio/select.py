"""Show, pick and reject images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.errors import UnknownReferenceError, UsageError
from provenance_gen.images.pixels import pixel_digest
from provenance_gen.records import payloads
from provenance_gen.records.base import Text
from provenance_gen.records.image import ImageRef
from provenance_gen.records.work import Edit, Image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.records import work as records
    from provenance_gen.records.event import Basis
    from provenance_gen.studio.work import ImageLike, Work


def find(history: records.Work, image: ImageLike) -> records.Image:
    """Find an image of a work by its name, its reference, its record or its pixels.

    Pixels that several images share stand for the newest of them.

    Raises:
        UnknownReferenceError: there is none; the error carries the nearest names.
    """
    if isinstance(image, str):
        return history.image(image)
    if isinstance(image, Edit):
        image = image.image
    if isinstance(image, Image):
        image = image.ref
    if isinstance(image, ImageRef):
        matches = [known for known in history.images if known.ref == image]
    else:
        digest = pixel_digest(image)
        matches = [known for known in history.images if known.ref.pixel_digest == digest]
    if not matches:
        names = [known.name for known in history.images]
        raise UnknownReferenceError("image", "(given pixels)", names[-4:])
    return max(matches, key=lambda known: known.citation.order)


def find_shown(history: records.Work, image: ImageLike) -> records.Image:
    """Find an image whose pixels are needed; see ``find``.

    Raises:
        UnknownReferenceError: there is none.
        UsageError: its pixels were deleted.
    """
    found = find(history, image)
    if found.withdrawn:
        raise UsageError(f"{found.name} was withdrawn: its pixels were deleted on request")
    return found


def view(work: Work, images: Sequence[ImageLike], *, basis: Basis) -> None:
    """Record that images were shown to a person; see ``Work.view``."""
    history = work.history()
    refs = tuple(find(history, image).ref for image in images)
    if refs:
        work.studio.append(payloads.ImageViewed(work=work.id, images=refs), basis=basis)


def select(
    work: Work, image: ImageLike, *, over: Sequence[ImageLike] | None, reason: str | None
) -> None:
    """Record that an image was picked; see ``Work.select``."""
    history = work.history()
    chosen = find(history, image)
    others = (
        history.siblings(chosen.name) if over is None else [find(history, item) for item in over]
    )
    if over is not None and any(other.ref == chosen.ref for other in others):
        raise UsageError(f"{chosen.name} cannot be picked over itself")
    work.studio.append(
        payloads.ImageSelected(
            work=work.id,
            image=chosen.ref,
            over=tuple(other.ref for other in others if other.name != chosen.name),
            reason=Text(reason) if reason else None,
        )
    )


def reject(work: Work, images: Sequence[ImageLike], *, reason: str | None) -> None:
    """Record that images were rejected; see ``Work.reject``."""
    if not images:
        raise UsageError("name at least one image to reject, such as 2.1")
    history = work.history()
    work.studio.append(
        payloads.ImageRejected(
            work=work.id,
            images=tuple(find(history, image).ref for image in images),
            reason=Text(reason) if reason else None,
        )
    )
