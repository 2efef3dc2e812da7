"""The pictures that a call is given: found or brought in, and put into the form models take.

Models take opaque RGB with 8 bits. So transparency is laid on white, CMYK and 16 bits are
converted, and the record links what the model got to the image it was made from.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image

from provenance_gen.errors import UnknownReferenceError, UsageError
from provenance_gen.images.pixels import DEEP, canonical, decode, depth, pixel_digest
from provenance_gen.studio.bring_in import bring_in, known
from provenance_gen.studio.select import find

if TYPE_CHECKING:
    from provenance_gen.records.image import ImageRef
    from provenance_gen.studio.work import ImageLike, Work

MAX_SIDE: Final = 4096
"""Longest side that is given to a model without being asked to; above it ``--size`` is needed."""

_STEP: Final = 257  # 16-bit values to one 8-bit value
_HALF: Final = 128

Size = tuple[int, int]


@dataclass(frozen=True)
class Given:
    """The pictures of one request, as they lie in the store."""

    image: Image.Image | None = None
    source: ImageRef | None = None
    mask: Image.Image | None = None


@dataclass(frozen=True)
class Fitted:
    """The pictures as the model gets them, by the names of its arguments."""

    arguments: dict[str, Image.Image]
    sources: dict[str, ImageRef]
    """The recorded image by the pixel digest of what the model gets."""


def gather(work: Work, image: ImageLike | Path | None, mask: ImageLike | Path | None) -> Given:
    """Find the pictures of a request; a file given as the image is brought into the work.

    Raises:
        UnknownReferenceError: there is neither such an image in the work nor such a file.
        UnreadableImageError: a file is no image that can be read.
        UsageError: a mask without an image, of another size, or with nothing to paint.
    """
    if image is None:
        if mask is not None:
            raise UsageError("--mask needs --image: the picture that is to be painted in")
        return Given()
    painted = None if mask is None else as_mask(_picture(work, mask))
    source = _reference(work, image)
    picture = work.studio.store.open(source.pixel_digest)
    if painted is not None and painted.size != picture.size:
        raise UsageError(
            f"the mask is {painted.width}x{painted.height}, the image"
            f" {picture.width}x{picture.height}: make them the same size"
        )
    if painted is not None and painted.getbbox() is None:
        raise UsageError("the mask is black all over: paint white what is to be made anew")
    return Given(picture, source, painted)


def fit(given: Given, size: Size | None) -> Fitted:
    """Put the pictures into the form and size that the model takes.

    Args:
        given: the pictures.
        size: width and height to bring them to; None leaves them as they are.

    Raises:
        UsageError: a picture is too large to be given to a model as it is.
    """
    if given.image is None or given.source is None:
        return Fitted({}, {})
    picture = given.image
    if size is None and max(picture.size) > MAX_SIDE:
        raise UsageError(
            f"the image is {picture.width}x{picture.height}; give --size, such as 1024x768,"
            " to bring it to a size that a model can work with"
        )
    flat = _sized(opaque(picture), size)
    arguments = {"image": flat}
    if given.mask is not None:
        arguments["mask_image"] = _sized(given.mask, size)
    return Fitted(arguments, {pixel_digest(flat): given.source})


def opaque(image: Image.Image) -> Image.Image:
    """Return a picture as opaque RGB, with 8 bits, on white."""
    pixels = canonical(image)
    if depth(image) == DEEP:
        eight = ((pixels.astype("uint32") + _HALF) // _STEP).astype("uint8")
    else:
        eight = pixels.astype("uint8")
    full = Image.fromarray(eight)
    ground = Image.new("RGBA", full.size, "white")
    return Image.alpha_composite(ground, full).convert("RGB")


def as_mask(image: Image.Image) -> Image.Image:
    """Return a mask as grey with 8 bits; what is transparent is not painted."""
    pixels = image.convert("RGBA") if depth(image) != DEEP else opaque(image).convert("RGBA")
    ground = Image.new("RGBA", pixels.size, "black")
    return Image.alpha_composite(ground, pixels).convert("L")


def _sized(image: Image.Image, size: Size | None) -> Image.Image:
    if size is None or image.size == size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS)


def _reference(work: Work, image: ImageLike | Path) -> ImageRef:
    path = _file(work, image)
    if path is None:
        return find(work.history(), image).ref  # type: ignore[arg-type]
    return (known(work, path) or bring_in(work, path, own=False, note=None)).image.ref


def _picture(work: Work, image: ImageLike | Path) -> Image.Image:
    path = _file(work, image)
    if path is not None:
        return decode(path)
    if isinstance(image, Image.Image):
        return image
    return work.studio.store.open(find(work.history(), image).ref.pixel_digest)  # type: ignore[arg-type]


def _file(work: Work, image: ImageLike | Path) -> Path | None:
    """Return the file that is meant, or None for an image of the work.

    A name such as ``2.3`` is an image of the work where there is one, else a file.
    """
    if isinstance(image, Path):
        return image
    if not isinstance(image, str):
        return None
    try:
        find(work.history(), image)
    except UnknownReferenceError:
        path = Path(image).expanduser()
        if path.exists() or path.suffix.lower() in (".png", ".jpg", ".jpeg", ".webp", ".tif"):
            return path
        raise
    return None
