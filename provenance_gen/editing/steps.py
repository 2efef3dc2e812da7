"""The steps of an edit as values, and their application in order.

A step is what a person asked for; the ``Operation`` that it leaves is the record of what was
done. Reading steps from text is left to ``parsing``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from provenance_gen.editing import operations as do
from provenance_gen.editing.measure import shown
from provenance_gen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from provenance_gen.records.base import Region
    from provenance_gen.records.edit import Operation

__all__ = [
    "Contrast",
    "Crop",
    "Edited",
    "Exposure",
    "Flip",
    "Resize",
    "Rotate",
    "Saturation",
    "Step",
    "Stroke",
    "Temperature",
    "apply",
]


@dataclass(frozen=True)
class Crop:
    """Keep a box; in pixels of the image that the step is given."""

    left: int
    top: int
    width: int
    height: int

    def apply(self, image: Image.Image) -> tuple[Image.Image, Operation]:
        """Do it; see ``geometry.crop``."""
        return do.crop(image, left=self.left, top=self.top, width=self.width, height=self.height)


@dataclass(frozen=True)
class Resize:
    """Scale to a size in pixels."""

    width: int
    height: int

    def apply(self, image: Image.Image) -> tuple[Image.Image, Operation]:
        """Do it; see ``geometry.resize``."""
        return do.resize(image, width=self.width, height=self.height)


@dataclass(frozen=True)
class Rotate:
    """Turn clockwise by quarter turns, 1 to 3."""

    quarter_turns: int

    def apply(self, image: Image.Image) -> tuple[Image.Image, Operation]:
        """Do it; see ``geometry.rotate``."""
        return do.rotate(image, quarter_turns=self.quarter_turns)


@dataclass(frozen=True)
class Flip:
    """Exchange left and right, or top and bottom."""

    horizontal: bool

    def apply(self, image: Image.Image) -> tuple[Image.Image, Operation]:
        """Do it; see ``geometry.flip``."""
        return do.flip(image, horizontal=self.horizontal)


@dataclass(frozen=True)
class Exposure:
    """Brighten or darken by stops."""

    stops: float

    def apply(self, image: Image.Image) -> tuple[Image.Image, Operation]:
        """Do it; see ``tone.exposure``."""
        return do.exposure(image, stops=self.stops)


@dataclass(frozen=True)
class Contrast:
    """Raise or lower contrast by a factor; 1 changes nothing."""

    factor: float

    def apply(self, image: Image.Image) -> tuple[Image.Image, Operation]:
        """Do it; see ``tone.contrast``."""
        return do.contrast(image, factor=self.factor)


@dataclass(frozen=True)
class Saturation:
    """Raise or lower saturation by a factor; 1 changes nothing."""

    factor: float

    def apply(self, image: Image.Image) -> tuple[Image.Image, Operation]:
        """Do it; see ``tone.saturation``."""
        return do.saturation(image, factor=self.factor)


@dataclass(frozen=True)
class Temperature:
    """Warm, or cool below 0, by the stops that red gains on blue."""

    stops: float

    def apply(self, image: Image.Image) -> tuple[Image.Image, Operation]:
        """Do it; see ``tone.temperature``."""
        return do.temperature(image, stops=self.stops)


@dataclass(frozen=True)
class Stroke:
    """Paint a line through points."""

    points: tuple[tuple[float, float], ...]
    width: float = 3.0
    colour: str = "#000000"
    opacity: float = 1.0

    def apply(self, image: Image.Image) -> tuple[Image.Image, Operation]:
        """Do it; see ``drawing.stroke``."""
        return do.stroke(
            image,
            points=self.points,
            width=self.width,
            colour=self.colour,
            opacity=self.opacity,
        )


Step: TypeAlias = (
    Crop | Resize | Rotate | Flip | Exposure | Contrast | Saturation | Temperature | Stroke
)

_TURNING = frozenset({"resize", "rotate", "flip"})


@dataclass(frozen=True)
class Edited:
    """The result of an edit's steps."""

    image: Image.Image
    operations: tuple[Operation, ...]
    frame: Region | None
    """The part of the parent that the image shows, pixel for pixel; None where the image was
    scaled, turned or mirrored, so that no such part exists (``measure.shown`` gives its box)."""


def apply(image: Image.Image, steps: Sequence[Step]) -> Edited:
    """Apply steps in order, each to the result of the one before.

    The image given is left as it is.

    Raises:
        UsageError: no step at all, or a step with values that are not allowed.
        ImageError: pixels that a step cannot work on.
    """
    if not steps:
        raise UsageError("an edit needs at least one step, such as a crop or a stroke")
    result, done = image, []
    for step in steps:
        result, operation = step.apply(result)
        done.append(operation)
    moved = any(operation.name in _TURNING for operation in done)
    return Edited(result, tuple(done), None if moved else shown(image.size, done))
