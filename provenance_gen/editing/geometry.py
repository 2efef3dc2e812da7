"""Operations that move pixels: crop, resize, turn by quarters, flip.

Each returns the new image and its record; the image given is left as it is. 16-bit grey stays so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import Image

from provenance_gen.editing.values import operation, whole, workable
from provenance_gen.errors import UsageError
from provenance_gen.images.pixels import MAX_PIXELS

if TYPE_CHECKING:
    from provenance_gen.records.edit import Operation

__all__ = ["MAX_SIDE", "crop", "flip", "resize", "rotate"]

MAX_SIDE: Final = 65_535
"""Longest side of a result in pixels: what JPEG can still hold."""

_TURNS: Final = {
    1: Image.Transpose.ROTATE_270,  # Pillow turns anticlockwise
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_90,
}


def crop(
    image: Image.Image, *, left: int, top: int, width: int, height: int
) -> tuple[Image.Image, Operation]:
    """Keep a box of the image (``c2pa.cropped``).

    Args:
        image: the image.
        left: column of the box's first pixel, from 0.
        top: row of the box's first pixel, from 0.
        width: columns to keep, in pixels.
        height: rows to keep, in pixels.

    Raises:
        UsageError: the box is empty or not within the image.
    """
    whole("left", left, 0, image.width - 1)
    whole("top", top, 0, image.height - 1)
    whole("width", width, 1, image.width - left)
    whole("height", height, 1, image.height - top)
    result = workable(image).crop((left, top, left + width, top + height))
    numbers = {"left": left, "top": top, "width": width, "height": height}
    return result, operation("crop", "c2pa.cropped", result, numbers)


def resize(image: Image.Image, *, width: int, height: int) -> tuple[Image.Image, Operation]:
    """Scale the image to a size in pixels with Pillow's Lanczos filter (``c2pa.resized``).

    Raises:
        UsageError: a side is not 1 to ``MAX_SIDE``, or the result has more than ``MAX_PIXELS``.
    """
    whole("width", width, 1, MAX_SIDE)
    whole("height", height, 1, MAX_SIDE)
    if width * height > MAX_PIXELS:
        raise UsageError(f"{width} x {height} is too large: at most {MAX_PIXELS:,} pixels")
    result = workable(image).resize((width, height), Image.Resampling.LANCZOS)
    numbers = {"width": width, "height": height}
    return result, operation("resize", "c2pa.resized", result, numbers)


def rotate(image: Image.Image, *, quarter_turns: int) -> tuple[Image.Image, Operation]:
    """Turn the image clockwise by 1, 2 or 3 quarter turns (``c2pa.orientation``).

    Raises:
        UsageError: another number of turns.
    """
    whole("quarter turns", quarter_turns, 1, 3)
    result = workable(image).transpose(_TURNS[quarter_turns])
    numbers = {"quarter_turns": quarter_turns}
    return result, operation("rotate", "c2pa.orientation", result, numbers)


def flip(image: Image.Image, *, horizontal: bool) -> tuple[Image.Image, Operation]:
    """Mirror the image (``c2pa.orientation``).

    Args:
        image: the image.
        horizontal: True exchanges left and right (recorded as 1), False top and bottom (0).
    """
    method = Image.Transpose.FLIP_LEFT_RIGHT if horizontal else Image.Transpose.FLIP_TOP_BOTTOM
    result = workable(image).transpose(method)
    return result, operation("flip", "c2pa.orientation", result, {"horizontal": int(horizontal)})
