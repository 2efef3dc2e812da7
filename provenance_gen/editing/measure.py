"""Measure what an edit changed, also where it cropped, scaled, turned or re-toned the image.

The same geometry and tone are applied to the parent, which brings it into the child's frame and
light; the two are then compared pixel by pixel. So a mere crop or change of tone changes no
pixel, and a stroke before or after it is found where it lies in the child. That the tone of the
whole image changed is said apart: it is nobody's authorship of an area.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from provenance_gen.editing.geometry import crop, flip, resize, rotate, straighten, to_parent
from provenance_gen.editing.painting import sharp, soft
from provenance_gen.editing.tone import (
    balance,
    contrast,
    curves,
    exposure,
    levels,
    saturation,
    temperature,
)
from provenance_gen.editing.trace import is_tonal
from provenance_gen.editing.values import recorded_number, recorded_wholes, workable
from provenance_gen.errors import ImageError, UsageError
from provenance_gen.images.difference import difference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PIL import Image

    from provenance_gen.records.base import Region
    from provenance_gen.records.edit import Operation
    from provenance_gen.records.image import Difference

__all__ = ["measure", "reference", "shown"]

_SINGLE: Final[dict[str, tuple[str, Callable[..., tuple[Image.Image, Operation]]]]] = {
    "exposure": ("stops", exposure),
    "contrast": ("factor", contrast),
    "saturation": ("factor", saturation),
    "temperature": ("stops", temperature),
    "straighten": ("degrees", straighten),
}
"""Operations on the whole image, with the name of their one number."""

Point = tuple[Fraction, Fraction]
Size = tuple[int, int]


def reference(parent: Image.Image, operations: Sequence[Operation]) -> Image.Image:
    """Bring the parent into the child's frame and tone: repeat all but what was painted.

    Args:
        parent: the image before the edit.
        operations: the edit's operations as recorded, in order.

    Raises:
        ImageError: a record that is incomplete, does not fit the parent, or is of an operation
            that changed the size in a way unknown here.
    """
    image = workable(parent)
    for operation in operations:
        image = _repeated(image, operation)
        if image.size != (operation.width, operation.height):
            raise ImageError(
                f"the operation {operation.name} cannot be repeated on the parent: it gave"
                f" {operation.width} x {operation.height} pixels, here {image.width} x"
                f" {image.height}"
            )
    return image


def shown(size: Size, operations: Sequence[Operation]) -> Region:
    """Return the box of the parent that the child shows, in the parent's pixels.

    Where a crop after scaling cuts through a pixel of the parent, that pixel is inside.

    Args:
        size: width and height of the parent.
        operations: the edit's operations as recorded, in order.

    Raises:
        ImageError: a record that is incomplete.
    """
    sizes = [size, *((operation.width, operation.height) for operation in operations)]
    wide, high = (Fraction(side) for side in sizes[-1])
    zero = Fraction(0)
    corners = [(zero, zero), (wide, zero), (zero, high), (wide, high)]
    for before, operation in reversed(list(zip(sizes[:-1], operations, strict=True))):
        corners = [_traced(corner, before, operation) for corner in corners]
    # A straightened picture's corners are rounded, and may lie a hair outside.
    across = [min(max(x, zero), Fraction(size[0])) for x, _ in corners]
    down = [min(max(y, zero), Fraction(size[1])) for _, y in corners]
    left, top = math.floor(min(across)), math.floor(min(down))
    return left, top, math.ceil(max(across)) - left, math.ceil(max(down)) - top


def measure(parent: Image.Image, child: Image.Image, operations: Sequence[Operation]) -> Difference:
    """Measure what an edit changed.

    Pixels are compared, counted and boxed in the child's frame and tone. The difference's
    ``frame`` is the box of the parent that the child shows, which after scaling or turning has
    another size or shape than the child.

    Raises:
        ImageError: as for ``reference``, or the child has not the size recorded.
    """
    tone = any(is_tonal(operation) for operation in operations)
    frame = shown(parent.size, operations)
    found = difference(reference(parent, operations), child)
    return found.model_copy(update={"frame": frame, "tone": tone})


def _repeated(image: Image.Image, operation: Operation) -> Image.Image:
    try:
        match operation.name:
            case "crop" | "resize" | "rotate" | "flip":
                return _moved(image, operation)
            case name if name in _SINGLE:
                number, function = _SINGLE[name]
                return function(image, **{number: recorded_number(operation, number)})[0]
            case _ if is_tonal(operation):
                return _toned(image, operation)
            case _:
                return image
    except UsageError as error:
        raise ImageError(f"the record of the {operation.name} does not fit the parent") from error


def _moved(image: Image.Image, operation: Operation) -> Image.Image:
    match operation.name:
        case "crop":
            left, top, width, height = recorded_wholes(operation, "left", "top", "width", "height")
            return crop(image, left=left, top=top, width=width, height=height)[0]
        case "resize":
            width, height = recorded_wholes(operation, "width", "height")
            return resize(image, width=width, height=height)[0]
        case "rotate":
            return rotate(image, quarter_turns=recorded_wholes(operation, "quarter_turns")[0])[0]
        case _:
            return flip(image, horizontal=recorded_wholes(operation, "horizontal")[0] == 1)[0]


def _toned(image: Image.Image, operation: Operation) -> Image.Image:
    def given(*names: str) -> dict[str, float]:
        return {name: recorded_number(operation, name) for name in names}

    match operation.name:
        case "levels":
            return levels(image, **given("black", "white", "gamma"))[0]
        case "curves":
            return curves(image, points=[(float(x), float(y)) for x, y in operation.points])[0]
        case "white_balance":
            return balance(image, **given("red", "green", "blue"))[0]
        case "blur":
            return soft(image, **given("radius"))
        case "sharpen":
            return sharp(image, **given("amount", "radius"))
        case _:
            raise ImageError(f"the operation {operation.name} is not known to this version")


def _traced(point: Point, before: Size, operation: Operation) -> Point:
    """Return where a point of an operation's result was in the image it was given."""
    x, y = point
    width, height = before
    match operation.name:
        case "crop":
            left, top = recorded_wholes(operation, "left", "top")
            return x + left, y + top
        case "resize":
            return x * width / operation.width, y * height / operation.height
        case "rotate":
            turns = recorded_wholes(operation, "quarter_turns")[0] % 4
            return [(x, y), (y, height - x), (width - x, height - y), (width - y, x)][turns]
        case "flip":
            across = recorded_wholes(operation, "horizontal")[0] == 1
            return (width - x, y) if across else (x, height - y)
        case "straighten":
            back = to_parent(before, operation) @ np.array([float(x), float(y), 1.0])
            return Fraction(back[0]), Fraction(back[1])
        case _:
            return x, y
