"""A brush that draws filled, outlined shapes in a thing's own coordinates.

Local coordinates run from -1 to 1 across the thing, y downwards, and are mapped to the pixels of
a canvas four times as fine as the picture. Which shapes make which thing is left to `shapes`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import ImageDraw

__all__ = ["PALETTE", "Brush", "Color", "Point", "ball", "mix", "petal"]

Color = tuple[int, int, int]
Point = tuple[float, float]

PALETTE: dict[str, Color] = {
    "red": (214, 40, 40),
    "orange": (246, 138, 30),
    "yellow": (250, 214, 48),
    "green": (52, 150, 66),
    "blue": (44, 96, 214),
    "purple": (134, 62, 180),
    "pink": (246, 132, 182),
    "brown": (134, 84, 46),
    "black": (42, 42, 48),
    "white": (248, 248, 250),
    "grey": (146, 150, 158),
}
"""sRGB values of the named colours."""


def mix(first: Color, second: Color, share: float) -> Color:
    """Return the colour `share` of the way from the first to the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def ball(x: float, y: float, radius: float, *, squash: float = 1.0) -> list[Point]:
    """Return a circle as a polygon; `squash` scales its height."""
    steps = [2 * math.pi * k / 40 for k in range(40)]
    return [(x + radius * math.cos(a), y + radius * squash * math.sin(a)) for a in steps]


def petal(angle: float, near: float, far: float, half_width: float) -> list[Point]:
    """Return a triangle that points away from the origin: a ray of the sun."""
    cos, sin = math.cos(angle), math.sin(angle)
    return [
        (near * cos - half_width * sin, near * sin + half_width * cos),
        (near * cos + half_width * sin, near * sin - half_width * cos),
        (far * cos, far * sin),
    ]


class Brush:
    """Draws one thing at one place of the canvas."""

    def __init__(
        self,
        draw: ImageDraw.ImageDraw,
        centre: Point,
        half: float,
        color: str,
        line: float,
    ) -> None:
        """Aim at `centre` (canvas pixels) with half-width `half` and outline width `line`."""
        self._draw = draw
        self._centre = centre
        self._half = half
        self._line = line
        self.color = color
        self.main = PALETTE[color]
        # Black would have a black outline and vanish at night, so its outline is lighter.
        if color == "black":
            self.shade, self.edge = (78, 78, 90), (112, 112, 124)
        else:
            self.shade = mix(self.main, (30, 20, 50), 0.28)
            self.edge = mix(self.main, (20, 14, 36), 0.58)

    def fill(self, *shapes: Sequence[Point], color: Color, edge: Color | None = None) -> None:
        """Fill the union of the polygons, with one outline around the whole of it."""
        line = mix(color, (20, 14, 36), 0.55) if edge is None else edge
        placed = [[self._place(point) for point in shape] for shape in shapes]
        for points in placed:
            self._outline(points, line)
        for points in placed:
            self._draw.polygon(points, fill=color)

    def body(self, *shapes: Sequence[Point]) -> None:
        """Fill the union of the polygons in the colour of the thing."""
        self.fill(*shapes, color=self.main, edge=self.edge)

    def dark(self, *shapes: Sequence[Point]) -> None:
        """Fill the union of the polygons in the shaded colour of the thing."""
        self.fill(*shapes, color=self.shade, edge=self.edge)

    def plain(self, shape: Sequence[Point], color: Color) -> None:
        """Fill one polygon without an outline."""
        self._draw.polygon([self._place(point) for point in shape], fill=color)

    def _place(self, point: Point) -> Point:
        return self._centre[0] + point[0] * self._half, self._centre[1] + point[1] * self._half

    def _outline(self, points: list[Point], color: Color) -> None:
        width = max(2, round(2 * self._line))
        self._draw.line([*points, points[0], points[1]], fill=color, width=width, joint="curve")
