"""What each recorded operation wrote, and where: an edit's record as ``images.layers``.

Computed from the record alone, exactly as the operation was applied: the same masks, with the
same rounding to 1/255. Where paint lies on a transparent pixel it supplies more of the colour
than is said here, since the picture below is not looked at. Who acted, and how what was written is
carried through later steps, is left to others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from provenance_gen.editing.areas import grey, needed, recorded_area, scaled
from provenance_gen.editing.drawing import brushed
from provenance_gen.editing.geometry import to_parent
from provenance_gen.editing.pasting import pasted_mask
from provenance_gen.editing.values import recorded_number, recorded_wholes, workable
from provenance_gen.errors import FileError, ImageError, UsageError
from provenance_gen.images.decoding import cut
from provenance_gen.images.layers import Layer, Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray
    from PIL import Image

    from provenance_gen.records.base import Digest
    from provenance_gen.records.edit import Operation

__all__ = ["FILTERS", "GEOMETRY", "TONES", "is_tonal", "named", "trace"]

GEOMETRY: Final = frozenset({"crop", "resize", "rotate", "flip", "straighten"})
"""Operations that move pixels and write none."""

TONES: Final = frozenset(
    {
        "exposure",
        "contrast",
        "saturation",
        "temperature",
        "levels",
        "curves",
        "white_balance",
    }
)
"""Operations on the colours of the whole picture."""

FILTERS: Final = frozenset({"blur", "sharpen"})
"""Operations that rework pixels from their surroundings: an area's, or those of the whole
picture, which counts as tone."""

Size = tuple[int, int]


def trace(
    size: Size,
    operations: Sequence[Operation],
    *,
    pictures: Mapping[Digest, Image.Image] | None = None,
) -> tuple[Layer, ...]:
    """Return one layer for each operation of an edit, in order.

    A pasted picture is ``Writer.PASTE`` here, be it generated or brought in; ``source`` says
    which one it is.

    Args:
        size: width and height of the parent.
        operations: the edit's operations as recorded.
        pictures: the pasted pictures and the masks that the operations name (``named``), by
            pixel digest.

    Raises:
        ImageError: a record that is incomplete, an operation that is not known here, or a
            picture that is needed and not given.
    """
    layers = []
    for operation in operations:
        try:
            layers.append(_layer(size, operation, pictures or {}))
        except (FileError, UsageError, ValueError, OverflowError) as error:
            raise ImageError(f"the record of the {operation.name} does not fit its size") from error
        size = (operation.width, operation.height)
    return tuple(layers)


def is_tonal(operation: Operation) -> bool:
    """Tell whether an operation changed the tone, blur or sharpness of the whole picture."""
    return operation.name in TONES or (operation.name in FILTERS and operation.region is None)


def named(operations: Sequence[Operation]) -> tuple[Digest, ...]:
    """Return the pixel digests of the pictures that ``trace`` needs, each once."""
    digests = [o.mask.pixel_digest for o in operations if o.mask is not None]
    digests += [o.source.pixel_digest for o in operations if o.name == "paste" and o.source]
    return tuple(dict.fromkeys(digests))


def _layer(size: Size, operation: Operation, pictures: Mapping[Digest, Image.Image]) -> Layer:
    after = (operation.width, operation.height)
    if operation.name in GEOMETRY:
        return Layer(after, None, to_parent=to_parent(size, operation))
    if is_tonal(operation):
        return Layer(after, None if operation.name in TONES else Writer.FILTER, tone=True)
    if operation.name not in _WRITERS:
        raise ImageError(f"what the operation {operation.name} wrote is not known to this version")
    writer, covered = _WRITERS[operation.name]
    source = operation.source.pixel_digest if operation.source else None
    return Layer(after, writer, covered(operation, pictures), source=source)


def _stroke(operation: Operation, _: Mapping[Digest, Image.Image]) -> NDArray[np.float32]:
    coverage = np.zeros((operation.height, operation.width), dtype=np.float32)
    path = [(float(x), float(y)) for x, y in operation.points]
    if not path:
        raise ImageError(f"the record of the {operation.name} lacks its points")
    width, opacity = recorded_number(operation, "width"), recorded_number(operation, "opacity")
    for mask, (left, top) in brushed((operation.width, operation.height), path, width, opacity):
        _write(coverage, mask, left, top)
    return coverage


def _area(operation: Operation, pictures: Mapping[Digest, Image.Image]) -> NDArray[np.float32]:
    drawn = recorded_area(operation, pictures).drawn((operation.width, operation.height))
    opacity = recorded_number(operation, "opacity") if "opacity" in operation.numbers else 1.0
    return _shares(scaled(drawn, opacity))


def _mask(operation: Operation, pictures: Mapping[Digest, Image.Image]) -> NDArray[np.float32]:
    if operation.mask is None:
        raise ImageError(f"the record of the {operation.name} lacks its mask")
    mask = grey(needed(pictures, operation.mask.pixel_digest, operation))
    if mask.size != (operation.width, operation.height):
        raise ImageError(f"the mask of the {operation.name} has another size than its picture")
    opacity = recorded_number(operation, "opacity") if "opacity" in operation.numbers else 1.0
    return _shares(scaled(mask, opacity))


def _paste(operation: Operation, pictures: Mapping[Digest, Image.Image]) -> NDArray[np.float32]:
    if operation.source is None:
        raise ImageError(f"the record of the {operation.name} lacks its source")
    picture = workable(needed(pictures, operation.source.pixel_digest, operation))
    kept = operation.mask
    mask = needed(pictures, kept.pixel_digest, operation) if kept else None
    left, top, width, height = recorded_wholes(operation, "left", "top", "width", "height")
    placed = pasted_mask(picture, (width, height), mask, recorded_number(operation, "opacity"))
    inner = (max(0, -left), max(0, -top), operation.width - left, operation.height - top)
    seen = cut(placed, inner)
    coverage = np.zeros((operation.height, operation.width), dtype=np.float32)
    _write(coverage, seen, max(0, left), max(0, top))
    return coverage


def _write(coverage: NDArray[np.float32], mask: Image.Image, left: int, top: int) -> None:
    part = coverage[top : top + mask.height, left : left + mask.width]
    values = np.asarray(mask)[: part.shape[0], : part.shape[1]]
    np.divide(values, np.float32(255), out=part)


def _shares(mask: Image.Image) -> NDArray[np.float32]:
    return np.asarray(mask, dtype=np.float32) / np.float32(255)


_WRITERS: Final[dict[str, tuple[Writer, Callable[..., NDArray[np.float32]]]]] = {
    "stroke": (Writer.STROKE, _stroke),
    "fill": (Writer.FILL, _area),
    "erase": (Writer.ERASE, _area),
    "text": (Writer.TEXT, _mask),
    "paste": (Writer.PASTE, _paste),
    "inpaint": (Writer.INPAINT, _mask),
    "blur": (Writer.FILTER, _area),
    "sharpen": (Writer.FILTER, _area),
}
