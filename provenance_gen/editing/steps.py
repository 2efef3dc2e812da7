"""The steps of an edit as values, and their application in order.

A step is what a person asked for; the ``Operation`` that it leaves is the record of what was
done. Reading steps from text is left to ``parsing``, loading the pictures that they name to the
studio.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

from provenance_gen.editing import operations as do
from provenance_gen.editing.areas import WHOLE, Area
from provenance_gen.editing.measure import shown
from provenance_gen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PIL import Image

    from provenance_gen.editing.values import Keep, Named
    from provenance_gen.records.base import Region
    from provenance_gen.records.edit import Operation
    from provenance_gen.records.image import ImageRef, StoredImage

__all__ = [
    "Blur",
    "Contrast",
    "Crop",
    "Curves",
    "Edited",
    "Erase",
    "Exposure",
    "Fill",
    "Flip",
    "Levels",
    "Paste",
    "Resize",
    "Rotate",
    "Saturation",
    "Sharpen",
    "Step",
    "Straighten",
    "Stroke",
    "Temperature",
    "Text",
    "WhiteBalance",
    "apply",
]


def _unkept(_mask: Image.Image) -> StoredImage:
    raise UsageError("a step with a mask or a text needs a place to keep its mask")


@dataclass(frozen=True)
class Step:
    """One thing to do; its fields are the parameters of the operation of its name."""

    operation: ClassVar[Callable[..., tuple[Image.Image, Operation]]]
    keeps: ClassVar[bool] = False
    """Whether the operation may have a mask to keep."""

    def apply(self, image: Image.Image, keep: Keep = _unkept) -> tuple[Image.Image, Operation]:
        """Do it; return the new image and the record of what was done.

        Raises:
            UsageError: values that are not allowed.
            ImageError: pixels that it cannot work on.
        """
        given: dict[str, Any] = {item.name: getattr(self, item.name) for item in fields(self)}
        return type(self).operation(image, **given, **({"keep": keep} if self.keeps else {}))


@dataclass(frozen=True)
class Crop(Step):
    """Keep a box; in pixels of the image that the step is given."""

    operation = staticmethod(do.crop)
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class Resize(Step):
    """Scale to a size in pixels."""

    operation = staticmethod(do.resize)
    width: int
    height: int


@dataclass(frozen=True)
class Rotate(Step):
    """Turn clockwise by quarter turns, 1 to 3."""

    operation = staticmethod(do.rotate)
    quarter_turns: int


@dataclass(frozen=True)
class Flip(Step):
    """Exchange left and right, or top and bottom."""

    operation = staticmethod(do.flip)
    horizontal: bool


@dataclass(frozen=True)
class Straighten(Step):
    """Turn clockwise by a small angle and cut off the empty corners."""

    operation = staticmethod(do.straighten)
    degrees: float


@dataclass(frozen=True)
class Exposure(Step):
    """Brighten or darken by stops."""

    operation = staticmethod(do.exposure)
    stops: float


@dataclass(frozen=True)
class Contrast(Step):
    """Raise or lower contrast by a factor; 1 changes nothing."""

    operation = staticmethod(do.contrast)
    factor: float


@dataclass(frozen=True)
class Saturation(Step):
    """Raise or lower saturation by a factor; 1 changes nothing."""

    operation = staticmethod(do.saturation)
    factor: float


@dataclass(frozen=True)
class Temperature(Step):
    """Warm, or cool below 0, by the stops that red gains on blue."""

    operation = staticmethod(do.temperature)
    stops: float


@dataclass(frozen=True)
class Levels(Step):
    """Stretch the values from black to white over the whole range."""

    operation = staticmethod(do.levels)
    black: float = 0.0
    white: float = 255.0
    gamma: float = 1.0


@dataclass(frozen=True)
class Curves(Step):
    """Bend the values along a smooth curve through points, each (from, to), 0 to 255."""

    operation = staticmethod(do.curves)
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class WhiteBalance(Step):
    """Make the place that is named grey."""

    operation = staticmethod(do.white_balance)
    x: int
    y: int


@dataclass(frozen=True)
class Stroke(Step):
    """Paint a line through points."""

    operation = staticmethod(do.stroke)
    points: tuple[tuple[float, float], ...]
    width: float = 3.0
    colour: str = "#000000"
    opacity: float = 1.0


@dataclass(frozen=True)
class Fill(Step):
    """Fill an area with a colour."""

    operation = staticmethod(do.fill)
    keeps = True
    area: Area
    colour: str = "#000000"
    opacity: float = 1.0


@dataclass(frozen=True)
class Erase(Step):
    """Make an area transparent."""

    operation = staticmethod(do.erase)
    keeps = True
    area: Area
    opacity: float = 1.0


@dataclass(frozen=True)
class Blur(Step):
    """Blur the image, or an area of it."""

    operation = staticmethod(do.blur)
    keeps = True
    radius: float
    area: Area = WHOLE


@dataclass(frozen=True)
class Sharpen(Step):
    """Sharpen the image, or an area of it."""

    operation = staticmethod(do.sharpen)
    keeps = True
    amount: float = 1.0
    radius: float = 1.5
    area: Area = WHOLE


@dataclass(frozen=True)
class Text(Step):
    """Write words; ``font`` is the bytes of a font file, None for the built-in one."""

    operation = staticmethod(do.text)
    keeps = True
    words: str
    left: float
    top: float
    size: float = 24.0
    colour: str = "#000000"
    opacity: float = 1.0
    font: bytes | None = None


@dataclass(frozen=True)
class Paste(Step):
    """Put another picture in; the studio finds the pixels of what is only named."""

    operation = staticmethod(do.paste)
    keeps = True
    picture: Named
    left: int = 0
    top: int = 0
    scale: float = 1.0
    mask: Named | None = None
    blend: str = "normal"
    opacity: float = 1.0
    source: ImageRef | None = None
    """Which recorded image it is; filled in by the studio."""


_TURNING = frozenset({"resize", "rotate", "flip", "straighten"})


@dataclass(frozen=True)
class Edited:
    """The result of an edit's steps."""

    image: Image.Image
    operations: tuple[Operation, ...]
    frame: Region | None
    """The part of the parent that the image shows, pixel for pixel; None where the image was
    scaled, turned or mirrored, so that no such part exists (``measure.shown`` gives its box)."""


def apply(image: Image.Image, steps: Sequence[Step], keep: Keep = _unkept) -> Edited:
    """Apply steps in order, each to the result of the one before.

    The image given is left as it is.

    Args:
        image: the image.
        steps: what to do; pictures and masks are pixels, no names.
        keep: stores masks.

    Raises:
        UsageError: no step at all, or a step with values that are not allowed.
        ImageError: pixels that a step cannot work on.
    """
    if not steps:
        raise UsageError("an edit needs at least one step, such as a crop or a stroke")
    result, done = image, []
    for step in steps:
        result, operation = step.apply(result, keep)
        done.append(operation)
    moved = any(operation.name in _TURNING for operation in done)
    return Edited(result, tuple(done), None if moved else shown(image.size, done))
