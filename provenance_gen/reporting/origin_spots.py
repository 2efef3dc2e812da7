"""Where on a printed origin map the numbers of its areas stand, so that none hides a small area.

A number lies in its area where that is large enough, else beside it with a line to it. The page
needs none of this: there a number is small beside what it speaks of, and a reader can enlarge it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

from provenance_gen.reporting.origin import tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance_gen.records.report import OriginView

Box = tuple[float, float, float, float]
"""Left, top, width and height."""

WIDTH: Final = 82.5
"""Most millimetres that a map is wide on paper."""
HEIGHT: Final = 90.0

_HIGH: Final = 3.8
_WIDE: Final = 2.2
_DIGIT: Final = 1.5
_ROOM: Final = 3
"""A number stands in an area that is this many times as wide, and two thirds as many as high."""
_STEPS: Final = (1.2, 3, 5, 8, 12, 17, 23)
"""Distances from an area that are tried, in millimetres."""


@dataclass(frozen=True)
class Spot:
    """A number on a map; all places in shares of the map's width and height, from 0 to 1."""

    number: int
    box: Box
    """Where it stands."""
    line: tuple[float, float, float, float] | None
    """From where to where a line leads to its area: x, y, x, y; None where it stands in that."""


def spots(view: OriginView) -> tuple[Spot, ...]:
    """Place the numbers of a map; each covers neither another nor a small area if it can."""
    scale = min(WIDTH / view.width, HEIGHT / view.height)
    wide, high = view.width * scale, view.height * scale
    numbered = [(number, _scaled(box, scale)) for number, box in tags(view)]
    small = [
        box
        for layer in view.layers[1:]
        for region in layer.regions
        if not _roomy(box := _scaled(region.box, scale), 1)
    ]
    taken: list[Box] = []
    placed = []
    for number, area in numbered:
        digits = len(str(number))
        candidates = list(_candidates(area, digits, (wide, high)))
        box = next(
            (one for one in candidates if not any(_meet(one, other) for other in taken + small)),
            candidates[0],
        )
        taken.append(box)
        line = None if _inside(box, area) else _line(box, area)
        placed.append(
            Spot(
                number,
                (box[0] / wide, box[1] / high, box[2] / wide, box[3] / high),
                line and (line[0] / wide, line[1] / high, line[2] / wide, line[3] / high),
            )
        )
    return tuple(placed)


def _scaled(box: tuple[int, int, int, int], scale: float) -> Box:
    left, top, width, height = (value * scale for value in box)
    return (left, top, width, height)


def _roomy(area: Box, digits: int) -> bool:
    wide = _WIDE + _DIGIT * digits
    return area[2] >= _ROOM * wide and area[3] >= _ROOM * _HIGH * 2 / 3


def _candidates(area: Box, digits: int, map_size: tuple[float, float]) -> Iterator[Box]:
    """Give places for a number, best first; all within the map."""
    left, top, width, height = area
    wide, high = _WIDE + _DIGIT * digits, _HIGH
    if _roomy(area, digits):
        # Its four corners, then its middle.
        for x, y in product((left, left + width - wide), (top, top + height - high)):
            yield (x, y, wide, high)
        yield (left + (width - wide) / 2, top + (height - high) / 2, wide, high)
    columns = (left + width, left - wide, left + (width - wide) / 2)
    rows = (top + (height - high) / 2, top - high, top + height)
    for step in _STEPS:
        for (across, x), (down, y) in product(
            zip((1, -1, 0), columns, strict=True), zip((0, -1, 1), rows, strict=True)
        ):
            if not (across or down):
                continue
            place = (x + across * step, y + down * step)
            if all(0 <= at <= most - size for at, most, size in _sides(place, map_size, wide)):
                yield (*place, wide, high)
    # Nothing fits in a map that is hardly larger than a number.
    yield (
        max(0.0, min(left, map_size[0] - wide)),
        max(0.0, min(top, map_size[1] - high)),
        wide,
        high,
    )


def _sides(
    place: tuple[float, float], map_size: tuple[float, float], wide: float
) -> Iterator[tuple[float, float, float]]:
    return zip(place, map_size, (wide, _HIGH), strict=True)


def _meet(one: Box, other: Box) -> bool:
    return all(
        one[axis] < other[axis] + other[axis + 2] and other[axis] < one[axis] + one[axis + 2]
        for axis in (0, 1)
    )


def _inside(one: Box, other: Box) -> bool:
    slack = 1e-6
    return all(
        one[axis] >= other[axis] - slack
        and one[axis] + one[axis + 2] <= other[axis] + other[axis + 2] + slack
        for axis in (0, 1)
    )


def _line(box: Box, area: Box) -> tuple[float, float, float, float]:
    """Return a line from the edge of a number to the nearest point of its area."""
    x, y = (box[axis] + box[axis + 2] / 2 for axis in (0, 1))
    to = tuple(
        min(max(middle, area[axis]), area[axis] + area[axis + 2])
        for axis, middle in ((0, x), (1, y))
    )
    start = tuple(min(max(to[axis], box[axis]), box[axis] + box[axis + 2]) for axis in (0, 1))
    return (start[0], start[1], to[0], to[1])
