"""Operations that move pixels: crop, resize, turn by quarters, flip, straighten.

Each returns the new image and its record; the image given is left as it is. 16-bit grey stays so.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from provenance_gen.editing.values import (
    number,
    operation,
    recorded_number,
    recorded_wholes,
    whole,
    workable,
)
from provenance_gen.errors import ImageError, UsageError
from provenance_gen.images.decoding import cut
from provenance_gen.images.pixels import MAX_PIXELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from provenance_gen.records.edit import Operation

__all__ = ["MAX_DEGREES", "MAX_SIDE", "crop", "flip", "resize", "rotate", "straighten", "to_parent"]

MAX_SIDE: Final = 65_535
"""Longest side of a result in pixels: what JPEG can still hold."""

MAX_DEGREES: Final = 45.0
"""Largest angle of straightening, either way."""

_HAIR: Final = 1e-9  # so that a turn by nothing keeps the last pixel
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
    result = cut(workable(image), (left, top, left + width, top + height))
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


def straighten(image: Image.Image, *, degrees: float) -> tuple[Image.Image, Operation]:
    """Turn the image clockwise by a small angle and cut off the empty corners.

    ``c2pa.orientation``. The largest box with the image's own proportions that lies wholly in the
    turned image is kept, around its middle, with Pillow's bicubic filter and no scaling.

    Raises:
        UsageError: an angle beyond ``MAX_DEGREES``, or an image too small to leave a pixel.
    """
    degrees = number("degrees", degrees, -MAX_DEGREES, MAX_DEGREES)
    source = workable(image)
    angle = math.radians(abs(degrees))
    longer, shorter = max(image.size), min(image.size)
    share = 1 / (math.cos(angle) + longer / shorter * math.sin(angle))
    size = (int(image.width * share + _HAIR), int(image.height * share + _HAIR))
    if min(size) < 1:
        raise UsageError(f"a picture of {image.width} x {image.height} cannot be turned so far")
    matrix = _turned(image.size, size, degrees)
    data = tuple(matrix[:2].ravel().tolist())
    deep = source.mode == "I;16"
    if deep:  # Pillow's bicubic filter would take each byte by itself
        source = source.convert("I")
    result = source.transform(size, Image.Transform.AFFINE, data, Image.Resampling.BICUBIC)
    if deep:
        result = Image.fromarray(np.clip(np.asarray(result), 0, 0xFFFF).astype(np.uint16))
    return result, operation("straighten", "c2pa.orientation", result, {"degrees": degrees})


def _turned(before: tuple[int, int], after: tuple[int, int], degrees: float) -> NDArray[np.float64]:
    """Return the matrix from a straightened picture to the one before, middle to middle."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    (wide, high), (width, height) = before, after
    x = wide / 2 - cos * width / 2 - sin * height / 2
    y = high / 2 + sin * width / 2 - cos * height / 2
    return np.array([[cos, sin, x], [-sin, cos, y], [0, 0, 1]])


def to_parent(size: tuple[int, int], operation: Operation) -> NDArray[np.float64]:
    """Return the matrix from an operation's result to the picture it was given.

    Args:
        size: width and height of the picture it was given.
        operation: its record.

    Returns:
        3 by 3, for homogeneous (x, y, 1) in pixels from the upper left corner of the picture.

    Raises:
        ImageError: the record is incomplete, or the operation moves no pixels.
    """
    width, height = size
    rows: list[list[float]] = []
    match operation.name:
        case "crop":
            left, top = recorded_wholes(operation, "left", "top")
            rows = [[1, 0, left], [0, 1, top]]
        case "resize":
            rows = [[width / operation.width, 0, 0], [0, height / operation.height, 0]]
        case "rotate":
            (turns,) = recorded_wholes(operation, "quarter_turns")
            quarters: dict[int, list[list[float]]] = {
                1: [[0, 1, 0], [-1, 0, height]],
                2: [[-1, 0, width], [0, -1, height]],
                3: [[0, -1, width], [1, 0, 0]],
            }
            rows = quarters.get(turns, [])
        case "flip":
            (across,) = recorded_wholes(operation, "horizontal")
            rows = [[-1, 0, width], [0, 1, 0]] if across else [[1, 0, 0], [0, -1, height]]
        case "straighten":
            after = (operation.width, operation.height)
            return _turned(size, after, recorded_number(operation, "degrees"))
    if not rows:
        raise ImageError(f"the record of the {operation.name} does not say how it moved pixels")
    return np.array([*rows, [0, 0, 1]], dtype=np.float64)
