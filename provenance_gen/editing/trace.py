"""What each recorded operation wrote, and where: an edit's record as ``images.layers``.

Computed from the record alone, exactly as the operation was applied: the same masks, with the
same rounding to 1/255. Where paint lies on a transparent pixel it supplies more of the colour
than is said here, since the picture below is not looked at. Who acted, and how what was written is
carried through later steps, is left to others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from provenance_gen.editing.drawing import brushed
from provenance_gen.editing.geometry import to_parent
from provenance_gen.editing.values import recorded_number
from provenance_gen.errors import ImageError
from provenance_gen.images.layers import Layer, Writer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from PIL import Image

    from provenance_gen.records.base import Digest
    from provenance_gen.records.edit import Operation

__all__ = ["trace"]

_GEOMETRY: Final = frozenset({"crop", "resize", "rotate", "flip"})
_TONES: Final = frozenset({"exposure", "contrast", "saturation", "temperature"})

Size = tuple[int, int]


def trace(
    size: Size,
    operations: Sequence[Operation],
    *,
    pictures: Mapping[Digest, Image.Image] | None = None,  # noqa: ARG001
) -> tuple[Layer, ...]:
    """Return one layer for each operation of an edit, in order.

    Args:
        size: width and height of the parent.
        operations: the edit's operations as recorded.
        pictures: the pasted images and the masks that the operations name, by pixel digest.

    Raises:
        ImageError: a record that is incomplete, an operation that is not known here, or a
            picture that is needed and not given.
    """
    layers = []
    for operation in operations:
        layers.append(_layer(size, operation))
        size = (operation.width, operation.height)
    return tuple(layers)


def _layer(size: Size, operation: Operation) -> Layer:
    after = (operation.width, operation.height)
    if operation.name in _GEOMETRY:
        return Layer(after, None, to_parent=to_parent(size, operation))
    if operation.name in _TONES:
        return Layer(after, None, tone=True)
    if operation.name == "stroke":
        return Layer(after, Writer.STROKE, _brushed(operation))
    raise ImageError(f"what the operation {operation.name} wrote is not known to this version")


def _brushed(operation: Operation) -> NDArray[np.float32]:
    coverage = np.zeros((operation.height, operation.width), dtype=np.float32)
    path = [(float(x), float(y)) for x, y in operation.points]
    if not path:
        raise ImageError(f"the record of the {operation.name} lacks its points")
    width, opacity = recorded_number(operation, "width"), recorded_number(operation, "opacity")
    for mask, (left, top) in brushed((operation.width, operation.height), path, width, opacity):
        part = coverage[top : top + mask.height, left : left + mask.width]
        np.divide(np.asarray(mask), np.float32(255), out=part)
    return coverage
