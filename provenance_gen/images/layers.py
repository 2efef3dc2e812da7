"""What one step of making wrote: where in the picture, and with what coverage.

The common form in which the built-in editor (which knows its operations exactly) and the
comparison of two files (which has to recover them) say what a step did, so that
``contribution.origin`` can carry it through the steps that follow. No meaning and no judgement
here: who acted stands in the record of the step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from provenance_gen.errors import ImageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FULL = 255
"""Coverage of 1 in a mark; the built-in editor's masks have the same steps."""


class Writer(StrEnum):
    """By what means pixels were written."""

    MODEL = "model"
    """A generator wrote the whole picture."""
    INPAINT = "inpaint"
    """A model wrote a part of an existing picture."""
    STROKE = "stroke"
    FILL = "fill"
    ERASE = "erase"
    TEXT = "text"
    PASTE = "paste"
    """Pixels of another recorded image were put in."""
    IMPORT = "import"
    """An imported file: the whole picture."""
    FILTER = "filter"
    """Pixels were reworked from their own surroundings, as by a blur over a region."""
    EXTERNAL = "external"
    """Another program changed the pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One operation of a step, as a map back to the picture before it and a coverage.

    ``to_parent`` is a 3 by 3 matrix. It takes homogeneous (x, y, 1) of the picture after the
    operation to the picture before it, in pixels with the origin at the upper left corner of the
    upper left pixel (so that the centre of the first pixel is 0.5, 0.5). ``coverage`` is height
    by width of the picture after the operation, float32 from 0 to 1: the share of each pixel's
    value that the operation supplied. None means that it supplied none: geometry or tone only.
    """

    size: tuple[int, int]
    """Width and height of the picture after the operation."""
    writer: Writer | None
    coverage: NDArray[np.float32] | None = None
    to_parent: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    tone: bool = False
    """Whether it changed the tone of the whole picture; never counted as an area."""
    source: str | None = None
    """The pixel digest of the image that was put in, where one was."""


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """A layer in little memory: its coverage in steps of 1/255, cut to the box where there is any.

    Hundreds of them are held at once while a chain of edits is composed.
    """

    size: tuple[int, int]
    writer: Writer | None
    corner: tuple[int, int]
    """Left and top pixel of the coverage."""
    coverage: NDArray[np.uint8] | None
    to_parent: NDArray[np.float64]
    tone: bool
    source: str | None


def mark(layer: Layer) -> Mark:
    """Return a layer in little memory.

    Raises:
        ImageError: the coverage has not the size of the layer, or goes beyond 0 to 1.
    """
    corner, cut = (0, 0), None
    if layer.coverage is not None:
        width, height = layer.size
        if layer.coverage.shape != (height, width):
            raise ImageError("a coverage has not the size of its picture")
        rows = np.flatnonzero(layer.coverage.any(axis=1))
        if rows.size:
            band = layer.coverage[rows[0] : rows[-1] + 1]
            columns = np.flatnonzero(band.any(axis=0))
            band = band[:, columns[0] : columns[-1] + 1]
            if not (band.min() >= 0 and band.max() <= 1):  # false for NaN as well
                raise ImageError("a coverage is a share of a pixel, from 0 to 1")
            corner = (int(columns[0]), int(rows[0]))
            cut = np.rint(band * np.float32(FULL)).astype(np.uint8)
    return Mark(layer.size, layer.writer, corner, cut, layer.to_parent, layer.tone, layer.source)
