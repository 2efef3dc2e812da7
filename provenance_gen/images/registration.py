"""Find how a picture lies in the one it was made from: crop, scale, turn, mirror, shift.

Guesses come first, since most editors keep the frame or scale the whole: the eight ways a picture
can be turned and mirrored, then a crop looked for at the same scale, then points that both have in
common (SIFT, Lowe 2004, with RANSAC, Fischler and Bolles 1981). The best guess is made exact by
phase correlation of small patches at full size, to a few hundredths of a pixel, and snapped to a
map without resampling where the patches do not contradict it.

A guess counts only where the two pictures agree by it (``agreement``). Otherwise the answer is
``NotDerived``, with the reason; no map is invented. An affine map is all that is looked for: no
perspective, no warping, no collage. What changed beside the map is left to ``comparison``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from provenance_gen.images.agreement import BLOCK, agreement
from provenance_gen.images.refine import refined, snapped
from provenance_gen.images.vision import vision
from provenance_gen.images.warp import Matrix, moved

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DERIVED", "NotDerived", "Registration", "register"]

Grey = NDArray[np.uint8]

DERIVED: Final = 0.2
"""Share of blocks with detail that must agree; chance gives less than a tenth of them."""

_SURE: Final = 0.6
"""A guess that so many blocks confirm ends the search."""
_POINTS: Final = 1024
_SOUGHT: Final = 320
_FEATURES: Final = 2500
_RATIO: Final = 0.8
_FEWEST: Final = 8
_SEED: Final = 20240301
_LARGEST_SCALE: Final = 16.0
_ASPECT: Final = 0.02
_STRETCH: Final = 1.6
_LIKELY: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """How a child lies in its parent."""

    to_parent: Matrix
    """3 by 3, from pixels of the child to pixels of the parent; see ``images.layers.Layer``."""
    exact: bool
    """Whether no pixel had to be resampled: shifts by whole pixels, quarter turns, mirrors."""
    agreement: float
    """Share of blocks that agree, 0 to 1."""


@dataclass(frozen=True, slots=True)
class NotDerived:
    """No map was found by which the pictures agree."""

    reason: str
    agreement: float


def register(parent: Grey, child: Grey) -> Registration | NotDerived:
    """Find the map from a child to its parent.

    Args:
        parent: brightness of the picture before, height by width, 8 bits.
        child: brightness of the picture after.

    Raises:
        MissingExtraError: OpenCV is not installed.
    """
    best: Matrix | None = None
    reached = -1.0
    for guess, fine in _guesses(parent, child):
        found = refined(parent, child, guess) if fine else guess
        score = agreement(parent, child, found)
        if score > reached:
            best, reached = found, score
        if reached >= _SURE:
            break
    if best is None or reached < DERIVED:
        reason = "no place, scale or turn was found at which the two pictures agree"
        return NotDerived(reason, max(reached, 0.0))
    final = snapped(parent, child, refined(parent, child, best))
    score = agreement(parent, child, final)
    if score + 0.05 < reached:
        final, score = best, reached
    return Registration(final, _is_exact(final), score)


def _guesses(parent: Grey, child: Grey) -> Iterator[tuple[Matrix, bool]]:
    """Give maps to be tried, and whether each must be refined before it can be judged."""
    turns = list(_turns(parent.shape, child.shape))
    if parent.shape == child.shape:
        yield np.eye(3), False
    yield from ((guess, False) for guess in turns)
    yield from ((guess, True) for guess in _common_points(parent, child))
    yield from ((guess, True) for guess in _sought(parent, child))


def _orientations() -> Iterator[tuple[int, bool]]:
    for mirrored in (False, True):
        for quarter in range(4):
            yield quarter, mirrored


def _turned(
    quarter: int, *, mirrored: bool, size: tuple[int, int]
) -> tuple[Matrix, tuple[int, int]]:
    """Return the map from a turned picture to the picture, and the turned one's size."""
    width, height = size
    matrix = np.eye(3)
    if mirrored:
        matrix = np.array([[-1.0, 0.0, width], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    for _ in range(quarter):
        matrix = matrix @ np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, height], [0.0, 0.0, 1.0]])
        width, height = height, width
    return matrix, (width, height)


def _turns(parent: tuple[int, ...], child: tuple[int, ...]) -> Iterator[Matrix]:
    """Give the maps of the whole picture, turned or mirrored and scaled to the child's size."""
    for quarter, mirrored in _orientations():
        matrix, (width, height) = _turned(quarter, mirrored=mirrored, size=(parent[1], parent[0]))
        across, down = width / child[1], height / child[0]
        # A pixel of rounding each way changes the aspect of small pictures.
        if abs(across / down - 1) < _ASPECT + 1 / min(child):
            yield matrix @ np.diag([across, down, 1.0])


def _reduced(picture: Grey, limit: int) -> tuple[Any, Matrix]:
    """Return the picture at no more than a side's length, and the map to its full pixels."""
    cv2 = vision()
    height, width = picture.shape
    factor = min(1.0, limit / max(picture.shape))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = picture if factor == 1 else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return small, np.diag([width / size[0], height / size[1], 1.0])


def _common_points(parent: Grey, child: Grey) -> Iterator[Matrix]:
    """Give the maps that most points in common follow: unmirrored, then mirrored."""
    cv2 = vision()
    small_child, child_full = _reduced(child, _POINTS)
    small_parent, parent_full = _reduced(parent, _POINTS)
    finder = cv2.SIFT_create(_FEATURES, contrastThreshold=0.02)
    points, features = finder.detectAndCompute(small_child, None)
    for mirrored in (False, True):
        picture = np.ascontiguousarray(small_parent[:, ::-1]) if mirrored else small_parent
        others, other_features = finder.detectAndCompute(picture, None)
        matrix = _fitted(points, features, others, other_features)
        if matrix is not None:
            if mirrored:
                mirror = np.array([[-1.0, 0.0, picture.shape[1]], [0.0, 1.0, 0.0], [0, 0, 1.0]])
                matrix = mirror @ matrix
            yield parent_full @ matrix @ np.linalg.inv(child_full)


def _fitted(points: Any, features: Any, others: Any, other_features: Any) -> Matrix | None:
    if features is None or other_features is None or min(len(points), len(others)) < _FEWEST:
        return None
    cv2 = vision()
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(features, other_features, k=2)
    good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < _RATIO * p[1].distance]  # noqa: PLR2004
    if len(good) < _FEWEST:
        return None
    here = np.array([points[match.queryIdx].pt for match in good])
    there = np.array([others[match.trainIdx].pt for match in good])
    cv2.setRNGSeed(_SEED)
    matrix, inliers = cv2.estimateAffine2D(
        here, there, method=cv2.RANSAC, ransacReprojThreshold=2.0, maxIters=5000, confidence=0.999
    )
    if matrix is None or int(inliers.sum()) < _FEWEST or not _plausible(matrix):
        return None
    full = np.vstack([matrix, [0.0, 0.0, 1.0]])
    # SIFT counts from the middle of the first pixel.
    result: Matrix = moved(0.5, 0.5) @ full @ moved(-0.5, -0.5)
    return result


def _plausible(matrix: Any) -> bool:
    """Tell whether an editor's crop, scale and turn can be such a map: hardly sheared."""
    largest, least = np.linalg.svd(matrix[:, :2], compute_uv=False)
    return bool(1 / _LARGEST_SCALE < least <= largest < min(_LARGEST_SCALE, least * _STRETCH))


def _sought(parent: Grey, child: Grey) -> Iterator[Matrix]:
    """Give the place of an unscaled crop, for pictures with too few points: the best of eight."""
    cv2 = vision()
    found: list[tuple[float, Matrix]] = []
    small, full = _reduced(parent, _SOUGHT)
    factor = float(full[0, 0])
    width, height = (round(side / factor) for side in child.shape[::-1])
    if min(width, height) < BLOCK:
        return
    piece = cv2.resize(child, (width, height), interpolation=cv2.INTER_AREA)
    for quarter, mirrored in _orientations():
        matrix, (wide, high) = _turned(
            quarter, mirrored=mirrored, size=(parent.shape[1], parent.shape[0])
        )
        turned = np.rot90(small[:, ::-1] if mirrored else small, -quarter)
        if width > turned.shape[1] or height > turned.shape[0]:
            continue
        scores = cv2.matchTemplate(np.ascontiguousarray(turned), piece, cv2.TM_CCOEFF_NORMED)
        _, score, _, (left, top) = cv2.minMaxLoc(scores)
        offset = np.eye(3)
        offset[0, 2], offset[1, 2] = left * wide / turned.shape[1], top * high / turned.shape[0]
        found.append((float(score), matrix @ offset))
    found.sort(key=lambda pair: -pair[0])
    yield from (matrix for score, matrix in found[:2] if score > _LIKELY)


def _is_exact(matrix: Matrix) -> bool:
    linear, shift = matrix[:2, :2], matrix[:2, 2]
    return bool(np.isin(linear, (-1.0, 0.0, 1.0)).all() and (shift == np.round(shift)).all())
