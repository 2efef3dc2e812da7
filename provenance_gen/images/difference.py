"""What changed between an image and the one it was made from, measured in pixels.

Two images are compared in canonical form, pixel by pixel, on all four channels as they are: a
difference is empty exactly when the two have one ``pixel_digest``. Alpha is therefore compared
straight, not premultiplied, and colour under full transparency counts. An image with 16 bits a
channel is compared with 16; the figures are given in 8-bit values. What a change means, and how
to bring a turned or resized image into its child's frame, is left to others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from provenance_gen.errors import ImageError
from provenance_gen.images.decoding import cut
from provenance_gen.images.pixels import DEEP, Pixels, bands, depth
from provenance_gen.images.regions import boxes
from provenance_gen.records.base import decimal
from provenance_gen.records.image import Difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance_gen.records.base import Region

__all__ = ["CHANGED_COLOUR", "MAX_REGIONS", "change_mask", "difference", "difference_image"]

Mask: TypeAlias = npt.NDArray[np.bool_]

MAX_REGIONS: Final = 64
"""Most boxes that are recorded; the count of changed pixels covers all."""

CHANGED_COLOUR: Final = (230, 0, 126)
"""Magenta, which few images hold in large areas: marks changed pixels."""

_UNIFORM_PERCENT: Final = 99
_STEP: Final = 257  # 16-bit values to one 8-bit value
_OPAQUE: Final = {np.dtype(np.uint8): 0xFF, np.dtype(np.uint16): 0xFFFF}


class _Measured(NamedTuple):
    """The mask of changed pixels and the sums over all compared ones."""

    mask: Mask
    total: int
    """Sum of absolute differences over all channels, in values of the compared depth."""
    maximum: int
    opaque: bool
    """Whether no compared pixel of either image is transparent."""


def change_mask(
    parent: Image.Image,
    child: Image.Image,
    *,
    frame: Region | None = None,
    tolerance: int = 0,
) -> Mask:
    """Return which pixels of the child differ from the parent.

    Args:
        parent: the image before.
        child: the image after.
        frame: the part of the parent that the child shows; None for the whole parent.
        tolerance: largest difference of an 8-bit channel value that counts as no change.

    Returns:
        Truth values, child's height x child's width.

    Raises:
        ImageError: the frame is not within the parent or not of the child's size, or pixels have
            no canonical form.
    """
    return _measure(_framed(parent, child, frame), child, tolerance).mask


def difference(
    parent: Image.Image, child: Image.Image, *, frame: Region | None = None
) -> Difference:
    """Measure what changed from the parent to the child.

    Regions are 8-connected areas of changed pixels. The mean is over red, green and blue, and
    over alpha as well as soon as one compared pixel of either image is transparent.

    Args:
        parent: the image before.
        child: the image after.
        frame: the part of the parent that the child shows; None for the whole parent.

    Raises:
        ImageError: as for ``change_mask``.
    """
    reference = _framed(parent, child, frame)
    measured = _measure(reference, child, 0)
    step = _STEP if _deep(reference, child) else 1
    changed, area = int(np.count_nonzero(measured.mask)), measured.mask.size
    channels = 3 if measured.opaque else 4
    mean = measured.total / (area * channels * step)
    return Difference(
        frame=frame or (0, 0, parent.width, parent.height),
        changed=changed,
        area=area,
        bounds=_bounds(measured.mask),
        regions=boxes(measured.mask, MAX_REGIONS),
        # Six digits: enough for a single pixel of the largest image, and readable.
        mean=decimal(float(f"{mean:.6g}")),
        maximum=-(-measured.maximum // step),
        uniform=changed * 100 >= area * _UNIFORM_PERCENT,
    )


def difference_image(parent: Image.Image, child: Image.Image) -> Image.Image:
    """Return the child in pale grey with every changed pixel in ``CHANGED_COLOUR``, for reports.

    Raises:
        ImageError: as for ``change_mask``.
    """
    mask = Image.fromarray(change_mask(parent, child))
    shades = [np.uint8(128 + band[..., :3].mean(axis=2) / _scale(band)) for band in bands(child)]
    pale = Image.fromarray(np.concatenate(shades)).convert("RGB")
    # A quarter of the grey shines through, so that the shapes below stay visible.
    marked = Image.blend(pale, Image.new("RGB", pale.size, CHANGED_COLOUR), 0.75)
    return Image.composite(marked, pale, mask)


def _scale(band: Pixels) -> float:
    return 2.0 * (_STEP if band.dtype == np.uint16 else 1)


def _framed(parent: Image.Image, child: Image.Image, frame: Region | None) -> Image.Image:
    left, top, width, height = frame or (0, 0, parent.width, parent.height)
    inside = left >= 0 and top >= 0 and left + width <= parent.width
    if not (inside and top + height <= parent.height and width > 0 and height > 0):
        raise ImageError(
            f"the frame {left},{top},{width},{height} is not within"
            f" the parent's {parent.width} x {parent.height} pixels"
        )
    if (width, height) != child.size:
        raise ImageError(
            f"cannot compare {width} x {height} pixels of the parent"
            f" with the child's {child.width} x {child.height}: the sizes must be equal"
        )
    if frame is None or (width, height) == parent.size:
        return parent
    return cut(parent, (left, top, left + width, top + height))


def _deep(parent: Image.Image, child: Image.Image) -> bool:
    return DEEP in (depth(parent), depth(child))


def _pairs(parent: Image.Image, child: Image.Image) -> Iterator[tuple[Pixels, Pixels]]:
    deep = _deep(parent, child)
    for before, after in zip(bands(parent), bands(child), strict=True):
        yield (_deepened(before), _deepened(after)) if deep else (before, after)


def _deepened(band: Pixels) -> Pixels:
    return band if band.dtype == np.uint16 else band.astype(np.uint16) * np.uint16(_STEP)


def _measure(parent: Image.Image, child: Image.Image, tolerance: int) -> _Measured:
    limit = tolerance * (_STEP if _deep(parent, child) else 1)
    masks: list[Mask] = []
    total, maximum, opaque = 0, 0, True
    for before, after in _pairs(parent, child):
        # Unsigned, so not before - after: it would wrap around.
        gap = np.maximum(before, after) - np.minimum(before, after)
        masks.append(np.any(gap > limit, axis=2))
        total += int(gap.sum(dtype=np.uint64))
        maximum = max(maximum, int(gap.max()))
        full = _OPAQUE[before.dtype]
        opaque = opaque and bool((before[..., 3] == full).all() and (after[..., 3] == full).all())
    return _Measured(np.concatenate(masks), total, maximum, opaque)


def _bounds(mask: Mask) -> Region | None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    left, top = int(columns[0]), int(rows[0])
    return left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top
