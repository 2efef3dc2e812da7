"""The painted stroke: a line through points, with round ends, anti-aliased.

Points are in pixels from the image's top left corner, so that the middle of the first pixel is
(0.5, 0.5). How much of a pixel is covered is taken from the distance of its middle to the line:
smooth at every angle and the same on every machine, though a slanting line of one pixel comes out
up to an eighth heavier than it should.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from provenance_gen.editing.values import colour_values, number, operation, workable
from provenance_gen.errors import UsageError
from provenance_gen.records.base import decimal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance_gen.records.base import Region
    from provenance_gen.records.edit import Operation

__all__ = ["MAX_POINTS", "MAX_WIDTH", "MIN_WIDTH", "Point", "brushed", "lay", "stroke"]

MAX_POINTS: Final = 4096
"""Most points of one stroke; all of them are recorded."""

MIN_WIDTH: Final = 0.1
MAX_WIDTH: Final = 4096.0
"""Thinnest and widest stroke, in pixels."""

Point = tuple[float, float]
_BAND: Final = 256  # rows worked on at once
_DOT: Final = (
    1e-12  # squared length in pixels below which a line is a dot, before float32 underflows
)
_Coverage = npt.NDArray[np.float32]


def stroke(
    image: Image.Image,
    *,
    points: Sequence[Point],
    width: float,
    colour: str,
    opacity: float = 1.0,
) -> tuple[Image.Image, Operation]:
    """Paint a stroke over the image (``c2pa.drawing``).

    The paint is laid over sRGB values; where the stroke crosses itself it is not laid twice. The
    colour is recorded as the numbers ``red``, ``green`` and ``blue``, 0 to 255, and the box that
    the paint touched as the operation's region.

    Args:
        image: the image.
        points: the line's points as (x, y) in pixels, within the image; one point makes a dot.
        width: width of the line in pixels; below 1 it is a fainter line of one pixel.
        colour: such as ``#ffcc33``.
        opacity: 0 to 1, and above 0.

    Raises:
        UsageError: a value that is not allowed, or a stroke so faint that no pixel is touched.
        ImageError: a 16-bit image.
    """
    if not 1 <= len(points) <= MAX_POINTS:
        raise UsageError(f"a stroke has 1 to {MAX_POINTS} points, not {len(points)}")
    path = [
        (number("x of a point", x, 0, image.width), number("y of a point", y, 0, image.height))
        for x, y in points
    ]
    width = number("width", width, MIN_WIDTH, MAX_WIDTH)
    opacity = number("opacity", opacity, 0, 1)
    paint = colour_values(colour)
    result = workable(image, "a stroke").copy()
    region = _paint(result, path, width, paint, opacity)
    if region is None:
        raise UsageError("the stroke is too faint to touch a pixel; raise its opacity or width")
    red, green, blue = paint
    numbers = {"width": width, "opacity": opacity, "red": red, "green": green, "blue": blue}
    recorded = tuple((decimal(x), decimal(y)) for x, y in path)
    return result, operation(
        "stroke", "c2pa.drawing", result, numbers, points=recorded, region=region
    )


def brushed(
    size: tuple[int, int], path: Sequence[Point], width: float, opacity: float
) -> Iterator[tuple[Image.Image, tuple[int, int]]]:
    """Give what a stroke covers, in bands that stay small: grey masks, each with its corner.

    Args:
        size: width and height of the image painted on.
        path: the line's points in pixels.
        width: of the line in pixels.
        opacity: 0 to 1.

    Yields:
        A mask (255 where the paint covers all) and the left and top pixel that it begins at;
        where no mask lies the stroke touches nothing.
    """
    reach = max(width, 1.0) / 2 + 1
    left, right = _span([x for x, _ in path], reach, size[0])
    top, bottom = _span([y for _, y in path], reach, size[1])
    strength = opacity * min(width, 1.0) * 255
    for start in range(top, bottom, _BAND):
        end = min(start + _BAND, bottom)
        coverage = _coverage(path, max(width, 1.0), (left, start, right, end))
        mask = np.rint(coverage * strength).astype(np.uint8)
        if mask.any():
            yield Image.fromarray(mask), (left, start)


def _paint(
    image: Image.Image,
    path: Sequence[Point],
    width: float,
    paint: tuple[int, int, int],
    opacity: float,
) -> Region | None:
    """Paint onto the image itself, band by band; return the box that was touched."""
    box: list[int] = []
    for mask, corner in brushed(image.size, path, width, opacity):
        lay(image, paint, mask, corner)
        left, top, right, bottom = mask.getbbox() or (0, 0, 0, 0)
        x, y = corner
        box = _union(box, [x + left, y + top, x + right, y + bottom])
    return (box[0], box[1], box[2] - box[0], box[3] - box[1]) if box else None


def _union(first: list[int], second: list[int]) -> list[int]:
    if not first:
        return second
    return [*map(min, first[:2], second[:2]), *map(max, first[2:], second[2:])]


def _span(values: Sequence[float], reach: float, limit: int) -> tuple[int, int]:
    """Return the range of pixels that a stroke may touch, within the image."""
    return max(0, int(min(values) - reach)), min(limit, int(max(values) + reach) + 1)


def _coverage(path: Sequence[Point], width: float, box: tuple[int, int, int, int]) -> _Coverage:
    """Return the covered share of each pixel in a box (left, top, right, bottom), 0 to 1."""
    left, top, right, bottom = box
    covered = np.zeros((bottom - top, right - left), dtype=np.float32)
    reach = width / 2 + 1
    for start, end in pairwise(path) if len(path) > 1 else [(path[0], path[0])]:
        x0, x1 = _span([start[0], end[0]], reach, right)
        y0, y1 = _span([start[1], end[1]], reach, bottom)
        x0, y0 = max(x0, left), max(y0, top)
        if x0 >= x1 or y0 >= y1:
            continue
        part = covered[y0 - top : y1 - top, x0 - left : x1 - left]
        away = _distance(start, end, (x0, y0, x1, y1))
        np.maximum(part, np.clip(width / 2 + 0.5 - away, 0, 1), out=part)
    return covered


def _distance(start: Point, end: Point, box: tuple[int, int, int, int]) -> _Coverage:
    """Return the distance of the middle of each pixel in a box to a line from start to end."""
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    length = along_x**2 + along_y**2
    columns = np.arange(box[0], box[2], dtype=np.float64) + (0.5 - start[0])
    rows = np.arange(box[1], box[3], dtype=np.float64) + (0.5 - start[1])
    dx: _Coverage
    dy: _Coverage
    dx, dy = columns.astype(np.float32)[None, :], rows.astype(np.float32)[:, None]
    if length > _DOT:
        share: _Coverage = np.clip((dx * along_x + dy * along_y) / length, 0, 1)
        dx, dy = dx - share * along_x, dy - share * along_y
    result: _Coverage = np.sqrt(dx * dx + dy * dy)
    return result


def lay(
    image: Image.Image, paint: tuple[int, int, int], mask: Image.Image, corner: tuple[int, int]
) -> None:
    """Lay a colour onto the image itself (RGB or RGBA), where a grey mask from a corner says."""
    if image.mode == "RGBA":
        # Pasting would pull alpha towards the mask; laying over keeps what is opaque opaque.
        layer = Image.new("RGB", mask.size, paint)
        layer.putalpha(mask)
        image.alpha_composite(layer, corner)
    else:
        image.paste(paint, (*corner, corner[0] + mask.width, corner[1] + mask.height), mask)
