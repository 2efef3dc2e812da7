"""How far two pictures agree by a map from one to the other: the share of blocks that correlate.

What counts is detail. Skies, walls and shadows of any two pictures run alike, so a block's slope is
taken off before it is compared. Whether the agreement is enough is left to ``registration``.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from provenance_gen.images.vision import vision
from provenance_gen.images.warp import Matrix, moved, scale_of

__all__ = ["BLOCK", "agreement"]

Grey = NDArray[np.uint8]

BLOCK: Final = 12
"""Pixels on a side of a block."""
_ALIKE: Final = 0.85
"""Correlation from which the detail of a block agrees."""
_SLOPED: Final = 0.97
"""The same of a smooth block: two slopes that have nothing to do with each other correlate by 0.85
or more in 18 of 100 cases (the cosine of the angle between them), by 0.97 in 8."""
_DETAIL: Final = 2.0
"""Standard deviation of 8-bit values, the block's slope taken off, from which it has detail."""
_TEXTURE: Final = 3.0
"""The same with the slope: less, and the block is flat."""
_CHECKED: Final = 384
_SHRINK: Final = 1.2


def agreement(parent: Grey, child: Grey, to_parent: Matrix) -> float:
    """Return the share of the child's blocks that correlate with the parent.

    Blocks of 12 by 12 pixels of the child at no more than 384 pixels a side; those outside the
    parent do not count. Only those with detail do, their slope taken off, since skies and shadows
    of any two pictures run alike; in pictures without detail the slopes, and in flat ones the
    brightness.
    """
    cv2 = vision()
    height, width = child.shape
    factor = min(1.0, _CHECKED / max(child.shape))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = cv2.resize(child, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    matrix = to_parent @ np.diag([width / size[0], height / size[1], 1.0])
    other, inside = _seen(parent, matrix, size)
    one, two, within = _blocks(small), _blocks(other), _blocks(inside)
    whole = within.min(axis=1) > 0
    one, two = one[whole], two[whole]
    if not one.size:
        return 0.0
    score = _alike(_level(one, slope=True), _level(two, slope=True), _DETAIL, _ALIKE)
    if score is None:
        score = _alike(_level(one), _level(two), _TEXTURE, _SLOPED)
    if score is None:
        return float((np.abs(one.mean(axis=1) - two.mean(axis=1)) < _TEXTURE).mean())
    # The area outside the parent cannot speak for the match.
    return score * min(1.0, float(whole.mean()) * 4)


def _level(blocks: Any, *, slope: bool = False) -> Any:
    """Take off each block's mean, and its slope across and down."""
    side = math.isqrt(blocks.shape[1])
    down, across = np.mgrid[:side, :side].reshape(2, -1) - (side - 1) / 2
    for shape in (np.ones(side * side), *((down, across) if slope and side > 1 else ())):
        unit = (shape / np.linalg.norm(shape)).astype(np.float32)
        blocks = blocks - np.outer(blocks @ unit, unit)
    return blocks


def _alike(one: Any, two: Any, least: float, alike: float) -> float | None:
    """Return the share of levelled blocks that correlate, or None where too few vary at all."""
    varied = np.maximum(one.std(axis=1), two.std(axis=1)) > least
    if np.count_nonzero(varied) < max(4, varied.size // 200):
        return None
    one, two = one[varied], two[varied]
    norms = np.sqrt((one**2).sum(axis=1) * (two**2).sum(axis=1)) + 1e-6
    return float(((one * two).sum(axis=1) / norms > alike).mean())


def _seen(parent: Grey, matrix: Matrix, size: tuple[int, int]) -> tuple[Any, Any]:
    """Return the parent in another frame as float32, and where the frame is inside it."""
    cv2 = vision()
    shrink = scale_of(matrix)
    source: Any = parent
    if shrink > _SHRINK:
        # Averaged first, since plain sampling would jump over pixels.
        wide, high = (max(1, round(side / shrink)) for side in parent.shape[::-1])
        source = cv2.resize(parent, (wide, high), interpolation=cv2.INTER_AREA)
        matrix = np.diag([wide / parent.shape[1], high / parent.shape[0], 1.0]) @ matrix
    centred = moved(-0.5, -0.5) @ matrix @ moved(0.5, 0.5)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    values = cv2.warpAffine(
        source.astype(np.float32), centred[:2], size, flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    inside = cv2.warpAffine(
        np.ones(source.shape, np.uint8), centred[:2], size, flags=cv2.INTER_NEAREST | flags & 16
    )
    return values, inside


def _blocks(plane: Any) -> Any:
    """Return the plane's whole blocks as rows."""
    height, width = plane.shape
    side = min(BLOCK, height, width)
    cut = plane[: height // side * side, : width // side * side]
    shaped = cut.reshape(height // side, side, width // side, side)
    return np.asarray(shaped.swapaxes(1, 2), dtype=np.float32).reshape(-1, side * side)
