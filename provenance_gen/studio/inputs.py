"""The pictures that a call is given: found or brought in, and put into the form models take.

Models take opaque RGB with 8 bits. So transparency is laid on white, CMYK and 16 bits are
converted, and the record links what the model got to the image it was made from.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image

from provenance_gen.editing.areas import grey
from provenance_gen.errors import UnknownReferenceError, UsageError
from provenance_gen.generation.arguments import Source
from provenance_gen.images.pixels import DEEP, canonical, depth, pixel_digest
from provenance_gen.studio.bring_in import bring_in, known, open_file
from provenance_gen.studio.select import find, find_shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provenance_gen.records.image import ImageRef
    from provenance_gen.studio.work import ImageLike, Work

MAX_SIDE: Final = 4096
"""Longest side that is given to a model without being asked to; above it ``--size`` is needed."""

IMAGE: Final = "image"
MASK: Final = "mask_image"
CONTROL: Final = "control_image"
LOOK: Final = "ip_adapter_image"

_SAID: Final = {IMAGE: "image", MASK: "mask", CONTROL: "control image", LOOK: "--ip-image"}

_STEP: Final = 257  # 16-bit values to one 8-bit value
_HALF: Final = 128

Size = tuple[int, int]


@dataclass(frozen=True)
class Given:
    """A picture of a request as it lies in the store or in its file."""

    picture: Image.Image
    source: Source


@dataclass(frozen=True)
class Fitted:
    """The pictures as the model gets them, by their roles."""

    arguments: dict[str, Image.Image]
    sources: dict[str, Source]
    """Where it comes from, by the pixel digest of what the model gets."""


def gather(work: Work, wanted: Mapping[str, ImageLike | Path | None]) -> dict[str, Given]:
    """Find the pictures of a request by their roles: ``image``, ``mask_image`` and others.

    A file is brought into the work; a mask is not, since it is no picture of anything, and its
    file's digest is recorded with the attempt.

    Raises:
        UnknownReferenceError: there is neither such an image in the work nor such a file.
        UnreadableImageError: a file is no image that can be read.
        UsageError: a mask without an image, of another size, or with nothing to paint.
    """
    asked = {role: image for role, image in wanted.items() if image is not None}
    if MASK in asked and IMAGE not in asked:
        raise UsageError("--mask needs --image: the picture that is to be painted in")
    mask = asked.pop(MASK, None)
    painted = None if mask is None else mask_source(work, mask)
    found = {}
    for role, image in asked.items():
        source = reference(work, image)
        found[role] = Given(work.studio.store.open(source.pixel_digest), Source(image=source))
        if role == IMAGE and painted is not None:
            _demand_fitting(painted.picture, found[role].picture)
            found[MASK] = painted
    return found


def fit(given: Mapping[str, Given], size: Size | None) -> Fitted:
    """Put the pictures into the form and size that the model takes.

    Args:
        given: the pictures.
        size: width and height to bring them to; None leaves them as they are. A picture whose
            look is taken over keeps its own size.

    Raises:
        UsageError: a picture is too large to be given to a model as it is.
    """
    arguments, sources = {}, {}
    for role, one in given.items():
        wanted = None if role == LOOK else size
        width, height = one.picture.size
        if wanted is None and max(width, height) > MAX_SIDE:
            advice = "make it smaller" if role == LOOK else "give --size, such as 1024x768"
            raise UsageError(
                f"the {_SAID[role]} is {width}x{height}, more than a model can work with: {advice}"
            )
        flat = one.picture if role == MASK else opaque(one.picture)
        arguments[role] = _sized(flat, wanted)
        sources[pixel_digest(arguments[role])] = one.source
    return Fitted(arguments, sources)


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


def _sized(image: Image.Image, size: Size | None) -> Image.Image:
    if size is None or image.size == size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS)


def reference(work: Work, image: ImageLike | Path) -> ImageRef:
    """Return which recorded image is meant; a file is brought into the work."""
    path = _file(work, image)
    if path is None:
        return find_shown(work.history(), image).ref  # type: ignore[arg-type]
    return (known(work, path) or bring_in(work, path, own=False, note=None)).image.ref


def mask_source(work: Work, mask: ImageLike | Path) -> Given:
    """Return a mask as grey with 8 bits, and where it comes from."""
    path = _file(work, mask)
    if path is not None:
        opened = open_file(work.studio, path)
        source = Source(file=opened.digest, statement=opened.statement)
        return Given(grey(opened.picture), source)
    if isinstance(mask, Image.Image):
        return Given(grey(mask), Source())
    ref = find_shown(work.history(), mask).ref  # type: ignore[arg-type]
    return Given(grey(work.studio.store.open(ref.pixel_digest)), Source(image=ref))


def _demand_fitting(mask: Image.Image, picture: Image.Image) -> None:
    if mask.size != picture.size:
        raise UsageError(
            f"the mask is {mask.width}x{mask.height}, the image"
            f" {picture.width}x{picture.height}: make them the same size"
        )
    if mask.getbbox() is None:
        raise UsageError("the mask is black all over: paint white what is to be made anew")


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
