"""Carry a plane of values through crops, scaling, turns and shears by one affine map.

Values are averages over pixels, from 0 to 1; the kernel is the triangle (bilinear, widened where
the plane shrinks), which never leaves that range and sums to one. Maps are as in
``images.layers.Layer``: 3 by 3, from the pixels of the result to those of the plane, origin at the
upper left corner of the upper left pixel. Numpy and Pillow alone do it; colour, and finding the
map, are left to others.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from provenance_gen.errors import ImageError

if TYPE_CHECKING:
    from provenance_gen.records.base import Region

__all__ = ["Matrix", "Patch", "Plane", "carry", "is_identity", "moved", "scale_of"]

Plane = NDArray[np.float32]
Matrix = NDArray[np.float64]
Size = tuple[int, int]

_CLOSE: Final = 1e-9
_SMALL: Final = 1e-3
"""A shift below a thousandth of a pixel moves nothing that can be seen."""
_SHRINK: Final = 1.5
"""Above this many pixels for one, plain bilinear sampling would miss some."""


class Patch(NamedTuple):
    """A part of a plane that is zero outside it."""

    left: int
    top: int
    values: Plane

    @property
    def box(self) -> Region:
        """Left, top, width, height."""
        return self.left, self.top, self.values.shape[1], self.values.shape[0]


def moved(x: float, y: float) -> Matrix:
    """Return the map that adds x and y."""
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def scale_of(matrix: Matrix) -> float:
    """Return how many pixels a side of the plane make one of the result."""
    return math.sqrt(abs(float(np.linalg.det(matrix[:2, :2]))))


def is_identity(matrix: Matrix) -> bool:
    """Tell whether a map moves nothing."""
    return bool(np.allclose(matrix, np.eye(3), rtol=0.0, atol=_CLOSE))


def carry(patch: Patch, frame: Size, matrix: Matrix, size: Size) -> Patch | None:
    """Carry a patch of a frame into another frame.

    Args:
        patch: the values, in the old frame.
        frame: width and height of the old frame; beyond it there is nothing.
        matrix: from pixels of the new frame to pixels of the old one; affine.
        size: width and height of the new frame.

    Returns:
        The patch in the new frame, or None where nothing of it is to be seen there.

    Raises:
        ImageError: the map is not affine, or flattens the picture.
    """
    if not np.allclose(matrix[2], (0.0, 0.0, 1.0), rtol=0.0, atol=_CLOSE):
        raise ImageError("a picture can be carried by an affine map only, not by a perspective")
    if scale_of(matrix) < _CLOSE:
        raise ImageError("a map that flattens the picture carries nothing")
    if is_identity(matrix) and frame == size:
        return patch
    box = _landing(patch, matrix, size)
    if box is None:
        return None
    left, top, width, height = box
    padded, x, y = _padded(patch, frame, math.ceil(2 * max(1.0, scale_of(matrix))) + 2)
    local = moved(-x, -y) @ matrix @ moved(left, top)
    values = _resampled(padded, local, (width, height))
    _cut(values, matrix @ moved(left, top), frame)
    return Patch(left, top, values)


def _landing(patch: Patch, matrix: Matrix, size: Size) -> Region | None:
    """Return the box of the new frame that a patch can touch."""
    left, top, width, height = patch.box
    reach = max(1.0, scale_of(matrix))
    xs = np.array([left - reach, left + width + reach])
    ys = np.array([top - reach, top + height + reach])
    corners = np.array([[x, y, 1.0] for x in xs for y in ys]).T
    there = (np.linalg.inv(matrix) @ corners)[:2]
    first = np.maximum(np.floor(there.min(axis=1)) - 1, 0).astype(int)
    last = np.minimum(np.ceil(there.max(axis=1)) + 1, size).astype(int)
    if (last <= first).any():
        return None
    return int(first[0]), int(first[1]), int(last[0] - first[0]), int(last[1] - first[1])


def _padded(patch: Patch, frame: Size, margin: int) -> tuple[Plane, int, int]:
    """Return the patch with a margin, and the margin's corner in the frame.

    At the frame's edge the values go on as they are, since there is no picture beyond it that
    could dilute them; elsewhere there is nothing.
    """
    left, top, width, height = patch.box
    values = np.pad(patch.values, margin)
    if left == 0:
        values[:, :margin] = values[:, margin : margin + 1]
    if left + width == frame[0]:
        values[:, -margin:] = values[:, -margin - 1 : -margin]
    if top == 0:
        values[:margin] = values[margin]
    if top + height == frame[1]:
        values[-margin:] = values[-margin - 1]
    return values, left - margin, top - margin


def _resampled(plane: Plane, matrix: Matrix, size: Size) -> Plane:
    linear = matrix[:2, :2]
    if abs(linear[0, 1]) + abs(linear[1, 0]) < _CLOSE:
        return _scaled(plane, matrix, size)
    if abs(linear[0, 0]) + abs(linear[1, 1]) < _CLOSE:
        # Rows and columns change places: turn the plane, and the map with it.
        turned = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]) @ matrix
        return _scaled(np.ascontiguousarray(plane.T), turned, size)
    factor = math.floor(scale_of(matrix)) if scale_of(matrix) > _SHRINK else 1
    image = Image.fromarray(plane)
    if factor > 1:
        image = image.reduce(factor)
        matrix = np.diag([1 / factor, 1 / factor, 1.0]) @ matrix
    numbers = tuple(float(value) for value in matrix[:2].ravel())
    turned_image = image.transform(
        size, Image.Transform.AFFINE, numbers, resample=Image.Resampling.BILINEAR
    )
    return np.array(turned_image, dtype=np.float32)


def _scaled(plane: Plane, matrix: Matrix, size: Size) -> Plane:
    """Resample by a map along the axes; a mirror is a negative scale."""
    spans = []
    for axis in (0, 1):
        step, start = float(matrix[axis, axis]), float(matrix[axis, 2])
        if step < 0:
            plane = plane[:, ::-1] if axis == 0 else plane[::-1]
            length = plane.shape[1 - axis]
            step, start = -step, length - start
            # The mirrored plane is read in the same direction as the result.
        spans.append((start, start + step * size[axis], step))
    (left, right, across), (top, bottom, down) = spans
    whole = all(abs(value - round(value)) < _SMALL for value in (left, top))
    if whole and abs(across - 1) < _CLOSE and abs(down - 1) < _CLOSE:
        return _sliced(plane, round(left), round(top), size)
    x, y = math.floor(min(left, 0.0)), math.floor(min(top, 0.0))
    width = math.ceil(max(right, plane.shape[1])) - x
    height = math.ceil(max(bottom, plane.shape[0])) - y
    wide = _sliced(plane, x, y, (width, height))
    result = Image.fromarray(wide).resize(
        size, Image.Resampling.BILINEAR, box=(left - x, top - y, right - x, bottom - y)
    )
    return np.array(result, dtype=np.float32)


def _sliced(plane: Plane, left: int, top: int, size: Size) -> Plane:
    """Cut a box out of a plane; beyond the plane there is nothing."""
    result = np.zeros((size[1], size[0]), dtype=np.float32)
    height, width = plane.shape
    x0, x1 = max(left, 0), min(left + size[0], width)
    y0, y1 = max(top, 0), min(top + size[1], height)
    if x0 < x1 and y0 < y1:
        result[y0 - top : y1 - top, x0 - left : x1 - left] = plane[y0:y1, x0:x1]
    return result


def _cut(values: Plane, matrix: Matrix, frame: Size) -> None:
    """Set to zero what maps to beyond the frame, in place."""
    height, width = values.shape
    corners = (
        matrix
        @ np.array([[0.0, 0.0, 1.0], [width, 0.0, 1.0], [0.0, height, 1.0], [width, height, 1.0]]).T
    )
    low, high = corners[:2].min(axis=1), corners[:2].max(axis=1)
    if (low >= -_SMALL).all() and (high <= np.array(frame) + _SMALL).all():
        return
    x, y = np.arange(width) + 0.5, np.arange(height)[:, None] + 0.5
    outside = np.zeros(values.shape, dtype=np.bool_)
    for row, limit in zip(matrix[:2], frame, strict=True):
        there = row[0] * x + row[1] * y + row[2]
        outside |= (there < 0) | (there > limit)
    values[outside] = 0.0
