"""Measure what another program changed where it also changed the picture's size.

How the child lies in its parent is recovered from the pixels (``images.comparison``); changed
pixels are those beside geometry and tone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import Image

from provenance_gen.errors import ImageError
from provenance_gen.images.comparison import compare
from provenance_gen.images.difference import MAX_REGIONS
from provenance_gen.images.regions import boxes
from provenance_gen.images.registration import NotDerived
from provenance_gen.records.base import decimal
from provenance_gen.records.image import Difference
from provenance_gen.studio.inputs import opaque

if TYPE_CHECKING:
    from provenance_gen.records.base import Region

__all__ = ["compared"]

_UNIFORM: Final = 0.99


def compared(parent: Image.Image, child: Image.Image) -> Difference:
    """Measure the difference of a picture to the one that it was made from.

    Raises:
        ImageError: the two do not agree at any place, scale or turn.
        MissingExtraError: OpenCV is not installed.
    """
    found = compare(parent, child)
    if isinstance(found, NotDerived):
        raise ImageError(
            f"the picture ({child.width}x{child.height}) was not made from that image"
            f" ({parent.width}x{parent.height}): {found.reason}; bring it in by itself with:"
            " provgen import"
        )
    matrix = found.registration.to_parent
    frame, gaps = _frame(matrix, parent.size, child.size), _gaps(matrix, parent, child)
    gaps = np.where(found.mask[..., None], gaps, 0)
    rows, columns = np.flatnonzero(found.mask.any(axis=1)), np.flatnonzero(found.mask.any(axis=0))
    bounds: Region | None = None
    if rows.size:
        left, top = int(columns[0]), int(rows[0])
        bounds = (left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top)
    area = child.width * child.height
    return Difference(
        frame=frame,
        changed=found.changed,
        area=area,
        bounds=bounds,
        regions=boxes(found.mask, MAX_REGIONS),
        mean=decimal(float(f"{gaps.mean():.6g}")),
        maximum=int(gaps.max()),
        uniform=found.changed >= area * _UNIFORM,
        tone=found.tone is not None,
    )


def _frame(matrix: Any, parent: tuple[int, int], child: tuple[int, int]) -> Region:
    """Return the box of the parent that the child shows."""
    wide, high = child
    corners = matrix @ np.array([[0, wide, 0, wide], [0, 0, high, high], [1, 1, 1, 1]])
    across = np.clip(corners[0] / corners[2], 0, parent[0])
    down = np.clip(corners[1] / corners[2], 0, parent[1])
    left, top = math.floor(across.min() + 1e-6), math.floor(down.min() + 1e-6)
    right, bottom = math.ceil(across.max() - 1e-6), math.ceil(down.max() - 1e-6)
    return left, top, right - left, bottom - top


def _gaps(matrix: Any, parent: Image.Image, child: Image.Image) -> Any:
    """Return absolute differences of 8-bit colours, the parent brought into the child's frame."""
    data = tuple((matrix / matrix[2, 2])[:2].ravel().tolist())
    brought = opaque(parent).transform(
        child.size, Image.Transform.AFFINE, data, Image.Resampling.BICUBIC
    )
    before = np.asarray(brought, dtype=np.int16)
    return np.abs(np.asarray(opaque(child), dtype=np.int16) - before)
