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

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
    PHOTO = "photo"
    """An imported file: the whole picture, or pasted pixels of one."""
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
