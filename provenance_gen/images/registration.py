"""Find how a picture lies in the one it was made from: crop, scale, turn, mirror, shift.

Guesses come first, since most editors keep the frame or scale the whole: the eight ways a picture
can be turned and mirrored, then a crop looked for at the same scale, then points that both have in
common (SIFT, Lowe 2004, with RANSAC, Fischler and Bolles 1981). The best guess is made exact by
phase correlation of small patches at full size, to a few hundredths of a pixel, and snapped to a
map without resampling where the patches do not contradict it.

A guess counts only where the two pictures agree by it: blocks of texture must correlate, whatever
their brightness. Otherwise the answer is ``NotDerived``, with the reason; no map is invented. An
affine map is all that is looked for: no perspective, no warping, no collage. What changed beside
the map is left to ``comparison``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from provenance_gen.images.refine import refined, snapped
from provenance_gen.images.vision import vision
from provenance_gen.images.warp import Matrix, scale_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DERIVED", "NotDerived", "Registration", "agreement", "register"]

Grey = NDArray[np.uint8]

DERIVED: Final = 0.2
"""Share of textured blocks that must agree; chance gives less than a tenth of them."""

_SURE: Final = 0.6
"""A guess that so many blocks confirm ends the search."""
_ALIKE: Final = 0.85
"""Correlation from which a block agrees."""
_TEXTURE: Final = 3.0
"""Standard deviation of 8-bit values from which a block has texture."""
_BLOCK: Final = 12
_CHECKED: Final = 384
_POINTS: Final = 1024
_SOUGHT: Final = 320
_FEATURES: Final = 2500
_RATIO: Final = 0.8
_FEWEST: Final = 8
_SEED: Final = 20240301
_LARGEST_SCALE: Final = 16.0
_ASPECT: Final = 0.02
_STRETCH: Final = 1.6
_SHRINK: Final = 1.2
_LIKELY: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """How a child lies in its parent."""

    to_parent: Matrix
    """3 by 3, from pixels of the child to pixels of the parent; see ``images.layers.Layer``."""
    exact: bool
    """Whether no pixel had to be resampled: shifts by whole pixels, quarter turns, mirrors."""
    agreement: float
    """Share of textured blocks that agree, 0 to 1."""


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


def agreement(parent: Grey, child: Grey, to_parent: Matrix) -> float:
    """Return the share of textured blocks of the child that correlate with the parent.

    Blocks of 12 by 12 pixels of the child at no more than 384 pixels a side; those outside the
    parent do not count. Pictures without texture agree where their brightness does.
    """
    cv2 = vision()
    height, width = child.shape
    factor = min(1.0, _CHECKED / max(child.shape))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = cv2.resize(child, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    matrix = to_parent @ np.diag([width / size[0], height / size[1], 1.0])
    other, inside = seen(parent, matrix, size)
    one, two, within = _blocks(small), _blocks(other), _blocks(inside)
    whole = within.min(axis=1) > 0
    one, two = one[whole], two[whole]
    if not one.size:
        return 0.0
    deviations = np.stack([one.std(axis=1), two.std(axis=1)])
    textured = deviations.max(axis=0) > _TEXTURE
    if np.count_nonzero(textured) < max(4, textured.size // 200):
        close = np.abs(one.mean(axis=1) - two.mean(axis=1)) < _TEXTURE
        return float(close.mean())
    one, two = one[textured], two[textured]
    one = one - one.mean(axis=1, keepdims=True)
    two = two - two.mean(axis=1, keepdims=True)
    norms = np.sqrt((one**2).sum(axis=1) * (two**2).sum(axis=1)) + 1e-6
    # The area outside the parent cannot speak for the match.
    share = whole.mean()
    return float(((one * two).sum(axis=1) / norms > _ALIKE).mean() * min(1.0, share * 4))


def seen(parent: Grey, matrix: Matrix, size: tuple[int, int]) -> tuple[Any, Any]:
    """Return the parent in another frame as float32, and where the frame is inside it."""
    cv2 = vision()
    shrink = scale_of(matrix)
    source: Any = parent
    if shrink > _SHRINK:
        # Averaged first, since plain sampling would jump over pixels.
        wide, high = (max(1, round(side / shrink)) for side in parent.shape[::-1])
        source = cv2.resize(parent, (wide, high), interpolation=cv2.INTER_AREA)
        matrix = np.diag([wide / parent.shape[1], high / parent.shape[0], 1.0]) @ matrix
    centred = _shift(-0.5) @ matrix @ _shift(0.5)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    values = cv2.warpAffine(
        source.astype(np.float32), centred[:2], size, flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    inside = cv2.warpAffine(
        np.ones(source.shape, np.uint8), centred[:2], size, flags=cv2.INTER_NEAREST | flags & 16
    )
    return values, inside


def _shift(by: float) -> Matrix:
    return np.array([[1.0, 0.0, by], [0.0, 1.0, by], [0.0, 0.0, 1.0]])


def _blocks(plane: Any) -> Any:
    """Return the plane's whole blocks as rows."""
    height, width = plane.shape
    side = min(_BLOCK, height, width)
    cut = plane[: height // side * side, : width // side * side]
    shaped = cut.reshape(height // side, side, width // side, side)
    return np.asarray(shaped.swapaxes(1, 2), dtype=np.float32).reshape(-1, side * side)


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
    result: Matrix = _shift(0.5) @ full @ _shift(-0.5)
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
    if min(width, height) < _BLOCK:
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
