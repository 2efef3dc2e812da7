"""Make a rough map between two pictures exact, by phase correlation of small patches.

Each patch of the child with texture is compared with what the map shows of the parent there; the
shift between the two (Kuglin and Hines 1975, with a sub-pixel peak) corrects the map by a robust
fit, so that patches that were painted over do not pull it. ``snapped`` then prefers the simple
map that an editor is likely to have used, where the patches bear it out: whole pixels, no turn,
the whole frame, one scale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from provenance_gen.images.vision import vision
from provenance_gen.images.warp import Matrix, moved, scale_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["refined", "snapped"]

Grey = NDArray[np.uint8]
Points = NDArray[np.float64]

_PATCHES: Final = 10
"""Patches along the longer side."""
_SIDES: Final = (96, 64, 48, 32)
_ROUNDS: Final = 3
_FEWEST: Final = 4
_PEAK: Final = 0.1
"""Least height of the correlation's peak, of 1."""
_SHRINK: Final = 1.2
_DEVIATION: Final = 2.0
_SHIFTED: Final = 0.25
_KEPT: Final = 0.3
"""A simple map may move a corner by so many pixels of the child, if the patches allow it."""


class _Shifts(NamedTuple):
    """Where patches lie in the child, and where the parent shows their content."""

    here: Points
    there: Points
    """In pixels of the parent."""


def refined(parent: Grey, child: Grey, guess: Matrix) -> Matrix:
    """Return the map made exact; the guess itself where too few patches have texture."""
    matrix = guess
    for _ in range(_ROUNDS):
        shifts = _shifts(parent, child, matrix)
        if len(shifts.here) < _FEWEST:
            return matrix
        correction = _fit(shifts, matrix)
        moved_by = np.abs(_apply(correction, shifts.here) - _apply(matrix, shifts.here)).max()
        matrix = correction
        if moved_by < 0.02 * scale_of(matrix):
            break
    return matrix


def snapped(parent: Grey, child: Grey, matrix: Matrix) -> Matrix:
    """Return the simplest map that the patches of the child do not contradict."""
    shifts = _shifts(parent, child, matrix)
    height, width = child.shape
    corners = np.array([[0.0, 0.0], [width, 0.0], [0.0, height], [width, height]])
    error = _error(shifts, matrix)
    for simple in _simple(matrix, parent.shape, child.shape):
        apart = np.linalg.norm(_apply(simple, corners) - _apply(matrix, corners), axis=1).max()
        pixels = scale_of(matrix)
        limit = _KEPT if len(shifts.here) >= _FEWEST else 1.0
        # The error of the fit at the corners grows with the distance from the patches.
        if apart <= max(limit, max(width, height) / 4000) * pixels and (
            len(shifts.here) < _FEWEST or _error(shifts, simple) <= error * 1.3 + 0.06 * pixels
        ):
            return simple
    return matrix


def _simple(matrix: Matrix, parent: tuple[int, ...], child: tuple[int, ...]) -> Iterator[Matrix]:
    """Give simpler maps near one, the simplest first."""
    linear = matrix[:2, :2]
    axes = np.zeros((2, 2))
    straight = abs(linear[0, 0]) + abs(linear[1, 1]) > abs(linear[0, 1]) + abs(linear[1, 0])
    for row in (0, 1):
        column = row if straight else 1 - row
        axes[row, column] = linear[row, column]
    middle = np.array([child[1] / 2, child[0] / 2])
    centre = _apply(matrix, middle[None])[0]
    unit = np.sign(axes)
    yield _affine(unit, np.round(centre - unit @ middle))
    whole = _whole(unit, parent, child)
    yield whole
    even = unit * np.abs(axes[axes != 0]).mean()
    yield _affine(even, centre - even @ middle)
    yield _affine(axes, centre - axes @ middle)
    # A turn with one scale: the nearest to the fit (Umeyama 1991).
    left, stretch, right = np.linalg.svd(linear)
    turn = left @ right * stretch.mean()
    yield _affine(turn, centre - turn @ middle)


def _whole(unit: Any, parent: tuple[int, ...], child: tuple[int, ...]) -> Matrix:
    """Return the map by which the child shows the whole parent, turned as ``unit`` says."""
    lengths = np.abs(unit) @ np.array([child[1], child[0]])
    sides = np.array([parent[1], parent[0]])
    linear = unit * (sides / lengths)[:, None]
    start = np.where(unit.sum(axis=1) < 0, sides, 0.0)
    return _affine(linear, start)


def _affine(linear: Any, shift: Any) -> Matrix:
    matrix = np.eye(3)
    matrix[:2, :2], matrix[:2, 2] = linear, shift
    return matrix


def _apply(matrix: Matrix, points: Points) -> Points:
    result: Points = points @ matrix[:2, :2].T + matrix[:2, 2]
    return result


def _error(shifts: _Shifts, matrix: Matrix) -> float:
    """Return the median distance between where patches are and where a map has them."""
    if not len(shifts.here):
        return 0.0
    return float(np.median(np.linalg.norm(_apply(matrix, shifts.here) - shifts.there, axis=1)))


def _shifts(parent: Grey, child: Grey, matrix: Matrix) -> _Shifts:
    cv2 = vision()
    height, width = child.shape
    side = next((s for s in _SIDES if s * 4 <= min(height, width)), min(_SIDES))
    side = min(side, height, width)
    window = cv2.createHanningWindow((side, side), cv2.CV_32F) if side > 1 else None
    here, there = [], []
    step = max(side // 2, max(height, width) // _PATCHES)
    for top in range(0, height - side + 1, step):
        for left in range(0, width - side + 1, step):
            one = child[top : top + side, left : left + side].astype(np.float32)
            if one.std() < _DEVIATION:
                continue
            two = _glimpse(parent, matrix @ moved(left, top), side)
            if two is None or two.std() < _DEVIATION:
                continue
            (x, y), peak = cv2.phaseCorrelate(one - one.mean(), two - two.mean(), window)
            if peak < _PEAK or max(abs(x), abs(y)) > side * _SHIFTED:
                continue
            middle = np.array([left + side / 2, top + side / 2])
            here.append(middle)
            there.append(_apply(matrix, (middle + np.array([x, y]))[None])[0])
    return _Shifts(np.array(here).reshape(-1, 2), np.array(there).reshape(-1, 2))


def _glimpse(parent: Grey, matrix: Matrix, side: int) -> Any:
    """Return what the map shows of the parent in a square, or None outside it."""
    cv2 = vision()
    corners = _apply(matrix, np.array([[0.0, 0.0], [side, 0.0], [0.0, side], [side, side]]))
    margin = 3 + 2 * scale_of(matrix)
    low = np.floor(corners.min(axis=0) - margin).astype(int)
    high = np.ceil(corners.max(axis=0) + margin).astype(int)
    if (corners.min(axis=0) < -1).any() or (
        corners.max(axis=0) > np.array(parent.shape[::-1]) + 1
    ).any():
        return None
    low, high = np.maximum(low, 0), np.minimum(high, parent.shape[::-1])
    part: Any = parent[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    local = moved(-float(low[0]), -float(low[1])) @ matrix
    shrink = scale_of(local)
    if shrink > _SHRINK:
        wide, high_ = (max(1, round(length / shrink)) for length in part.shape[::-1])
        local = np.diag([wide / part.shape[1], high_ / part.shape[0], 1.0]) @ local
        part = cv2.resize(part, (wide, high_), interpolation=cv2.INTER_AREA)
    centred = moved(-0.5, -0.5) @ local @ moved(0.5, 0.5)
    return cv2.warpAffine(
        part,
        centred[:2],
        (side, side),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _fit(shifts: _Shifts, matrix: Matrix) -> Matrix:
    """Fit a map to the patches; those far off count for little (Tukey's biweight)."""
    gap = shifts.there - _apply(matrix, shifts.here)
    middle = shifts.here.mean(axis=0)
    spread = np.abs(shifts.here - middle).max() or 1.0
    centred = (shifts.here - middle) / spread
    few = _too_few(centred)
    terms = np.ones((len(centred), 1)) if few else np.column_stack([centred, np.ones(len(centred))])
    answer = np.zeros((terms.shape[1], 2))
    answer[-1] = np.median(gap, axis=0)
    for _ in range(12):
        away = np.linalg.norm(gap - terms @ answer, axis=1)
        limit = 4.685 * max(1.4826 * float(np.median(away)), 0.02 * scale_of(matrix))
        weights = np.clip(1 - (away / limit) ** 2, 0, None)
        if np.count_nonzero(weights) <= terms.shape[1]:
            break
        answer = np.linalg.lstsq(terms * weights[:, None], gap * weights[:, None], rcond=None)[0]
    change = np.zeros((2, 3))
    change[:, 2] = answer[-1]
    if not few:
        change[:, :2] = answer[:2].T / spread
        change[:, 2] -= change[:, :2] @ middle
    result = matrix.copy()
    result[:2] += change
    return result


def _too_few(centred: Points) -> bool:
    """Tell whether patches are too few, or too much in a line, to say more than a shift."""
    spread = np.linalg.svd(centred - centred.mean(axis=0), compute_uv=False)
    return bool(len(centred) < 8 or spread[-1] < 0.5)  # noqa: PLR2004 - patches, and half a spread
