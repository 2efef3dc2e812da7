"""Where an operation acts: a box, a polygon, a brush's line, a mask, or the whole picture.

An area becomes a grey mask of the picture's size, white where it acts wholly; its edges are
anti-aliased. It is recorded by its numbers and points, a given mask by its stored picture, and
read back from the record to the very same mask. A mask of nothing is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from provenance_gen.editing.drawing import (
    MAX_POINTS,
    MAX_WIDTH,
    MIN_WIDTH,
    Point,
    brushed,
)
from provenance_gen.editing.values import number, recorded_number, recorded_wholes, whole
from provenance_gen.errors import ImageError, UsageError
from provenance_gen.images.pixels import DEEP, canonical, depth
from provenance_gen.records.base import decimal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provenance_gen.editing.values import Keep, Named
    from provenance_gen.records.base import Digest, Region
    from provenance_gen.records.edit import Operation

__all__ = ["WHOLE", "Area", "grey", "needed", "pixels_of", "recorded_area", "scaled", "touched"]

_FINER: Final = 8  # lines looked at in each row of pixels of a polygon
_Points = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Area:
    """Where an operation acts; at most one of ``box``, ``polygon``, ``brush`` and ``mask``."""

    box: Region | None = None
    """Left, top, width and height in pixels, within the picture."""
    polygon: tuple[Point, ...] = ()
    """Corners in pixels; what its sides go round an even number of times is outside."""
    brush: tuple[Point, ...] = ()
    """A line's points in pixels, of the width beside it."""
    width: float = 10.0
    mask: Named | None = None
    """White where the operation acts, black where it does not; of the picture's size. The studio
    finds the pixels of what is only named."""

    @property
    def is_whole(self) -> bool:
        """Whether the operation acts on the whole picture."""
        return self.box is None and self.mask is None and not self.polygon and not self.brush

    def drawn(self, size: tuple[int, int]) -> Image.Image:
        """Return the area as a grey mask of a picture's size.

        Raises:
            UsageError: it does not fit the picture, or covers nothing.
        """
        if sum((self.box is not None, self.mask is not None, *map(bool, self._lines))) > 1:
            raise UsageError("give one area: a box, a polygon, a brush's line or a mask")
        if self.mask is not None:
            result = _fitting(grey(pixels_of(self.mask)), size)
        elif self.box is not None:
            result = _boxed(self.box, size)
        elif self.polygon:
            result = _polygon(self.polygon, size)
        elif self.brush:
            result = _line(self.brush, number("width", self.width, MIN_WIDTH, MAX_WIDTH), size)
        else:
            return Image.new("L", size, 255)
        if result.getbbox() is None:
            raise UsageError("the area holds nothing: a mask is white where the edit is to act")
        return result

    def recorded(self, keep: Keep) -> dict[str, Any]:
        """Return the fields of an operation that say where it acted.

        Args:
            keep: stores a mask.
        """
        if self.mask is not None:
            return {"mask": keep(grey(pixels_of(self.mask)))}
        if self.box is not None:
            names = ("left", "top", "width", "height")
            return {"numbers": dict(zip(names, map(decimal, self.box), strict=True))}
        points = tuple((decimal(x), decimal(y)) for x, y in self.polygon or self.brush)
        return {"points": points, "numbers": {"width": decimal(self.width)} if self.brush else {}}

    @property
    def _lines(self) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
        return self.polygon, self.brush


WHOLE: Final = Area()
"""The whole picture."""


def recorded_area(operation: Operation, pictures: Mapping[Digest, Image.Image]) -> Area:
    """Read back where an operation acted.

    Args:
        operation: its record.
        pictures: masks by pixel digest.

    Raises:
        ImageError: the record is incomplete, or its mask is not among the pictures.
    """
    points = tuple((float(x), float(y)) for x, y in operation.points)
    if operation.mask is not None:
        return Area(mask=needed(pictures, operation.mask.pixel_digest, operation))
    if "left" in operation.numbers:
        left, top, width, height = recorded_wholes(operation, "left", "top", "width", "height")
        return Area(box=(left, top, width, height))
    if "width" in operation.numbers:
        return Area(brush=points, width=recorded_number(operation, "width"))
    return Area(polygon=points)


def needed(
    pictures: Mapping[Digest, Image.Image], digest: Digest, operation: Operation
) -> Image.Image:
    """Return a picture that an operation names.

    Raises:
        ImageError: it was not given.
    """
    if digest not in pictures:
        raise ImageError(f"a picture that the {operation.name} used is not at hand: {digest[:16]}")
    return pictures[digest]


def pixels_of(picture: Named) -> Image.Image:
    """Return a picture's pixels.

    Raises:
        UsageError: it is only named.
    """
    if isinstance(picture, Image.Image):
        return picture
    raise UsageError("a picture that is only named has to be opened first")


def grey(mask: Image.Image) -> Image.Image:
    """Return a mask as grey with 8 bits, which is how every mask is read; transparent is black."""
    if depth(mask) == DEEP:
        # To the nearest of 255 steps, as 16-bit pictures are given to models.
        return Image.fromarray(
            ((canonical(mask)[..., 0].astype(np.uint32) + 128) // 257).astype(np.uint8)
        )
    if mask.mode in ("L", "1") and "transparency" not in mask.info:
        return mask.convert("L")
    full = mask.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", full.size, "black"), full).convert("L")


def scaled(mask: Image.Image, opacity: float) -> Image.Image:
    """Return a mask multiplied by an opacity from 0 to 1, rounded to whole values."""
    return mask if opacity == 1 else mask.point([round(value * opacity) for value in range(256)])


def touched(mask: Image.Image, what: str) -> Region:
    """Return the box that a mask covers.

    Raises:
        UsageError: it covers nothing.
    """
    box = mask.getbbox()
    if box is None:
        raise UsageError(f"{what} touches no pixel; raise its opacity, or move it into the picture")
    return box[0], box[1], box[2] - box[0], box[3] - box[1]


def _fitting(mask: Image.Image, size: tuple[int, int]) -> Image.Image:
    if mask.size != size:
        raise UsageError(
            f"the mask is {mask.width}x{mask.height}, the picture {size[0]}x{size[1]}:"
            " make them the same size"
        )
    return mask


def _boxed(box: Region, size: tuple[int, int]) -> Image.Image:
    left, top, width, height = box
    whole("left", left, 0, size[0] - 1)
    whole("top", top, 0, size[1] - 1)
    whole("width", width, 1, size[0] - left)
    whole("height", height, 1, size[1] - top)
    result = Image.new("L", size)
    result.paste(255, (left, top, left + width, top + height))
    return result


def _polygon(corners: tuple[Point, ...], size: tuple[int, int]) -> Image.Image:
    """Draw a polygon by the even-odd rule: exact along rows, by ``_FINER`` lines in each row."""
    if not 3 <= len(corners) <= MAX_POINTS:  # noqa: PLR2004
        raise UsageError(f"a polygon has 3 to {MAX_POINTS} corners, not {len(corners)}")
    near = np.array(_within(corners, size), dtype=np.float64)
    far = np.roll(near, -1, axis=0)
    result = np.zeros((size[1], size[0]), dtype=np.uint8)
    edges = np.arange(size[0] + 1, dtype=np.float64)
    for row in range(int(near[:, 1].min()), min(size[1], int(near[:, 1].max()) + 1)):
        covered = np.zeros(size[0])
        for line in range(_FINER):
            crossings = _crossings(near, far, row + (line + 0.5) / _FINER)
            for left, right in zip(crossings[::2], crossings[1::2], strict=True):
                first, last = int(left), min(size[0], int(right) + 1)
                ends = np.clip(edges[first : last + 1], left, right)
                covered[first:last] += np.diff(ends)
        result[row] = np.rint(covered * (255 / _FINER))
    return Image.fromarray(result)


def _crossings(near: _Points, far: _Points, height: float) -> list[float]:
    """Return where sides cross a height, from left to right: always an even number."""
    crossing = (near[:, 1] <= height) != (far[:, 1] <= height)
    start, end = near[crossing], far[crossing]
    share = (height - start[:, 1]) / (end[:, 1] - start[:, 1])
    places: list[float] = np.sort(start[:, 0] + share * (end[:, 0] - start[:, 0])).tolist()
    return places


def _line(points: tuple[Point, ...], width: float, size: tuple[int, int]) -> Image.Image:
    if len(points) > MAX_POINTS:
        raise UsageError(f"a brush's line has at most {MAX_POINTS} points, not {len(points)}")
    result = Image.new("L", size)
    for part, corner in brushed(size, _within(points, size), width, 1.0):
        result.paste(part, corner)
    return result


def _within(points: tuple[Point, ...], size: tuple[int, int]) -> list[Point]:
    return [
        (number("x of a point", x, 0, size[0]), number("y of a point", y, 0, size[1]))
        for x, y in points
    ]
