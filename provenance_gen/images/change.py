"""Which pixels of a picture changed, once its parent was brought into its frame and tone.

**A changed pixel** is one whose colour differs from what the parent gives at that place by more
than a tolerance in one of red, green, blue (premultiplied) or alpha, in 8-bit values: ``EXACT``
where no pixel was resampled, no tone changed and nothing was re-saved with loss; otherwise
``TOLERANCE``, or more where the two differ everywhere. In the second case a lone pixel is not
believed: somewhere in a changed region the colour must lie beyond all that the parent has within
two pixels, which resampling does not bring about. From there the region goes on as far as most
pixels differ, since what is painted over texture is not beyond it everywhere. After a lossy save
(told by the median difference) colour is smoothed as JPEG smooths it, the noise that JPEG spreads
over a block of strong contrast is allowed for, and so is what it spreads over the edge of a
change. Compares in bands of rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from provenance_gen.images.vision import vision

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance_gen.images.tone import Tone

__all__ = ["EXACT", "TOLERANCE", "changed", "toned"]

Channels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

EXACT: Final = 2
"""Tolerance where the parent's pixels are found again as they were."""

TOLERANCE: Final = 12
"""Tolerance after resampling, a change of tone or a lossy save."""

_NOISE: Final = 5
"""Tolerance in units of the noise, where that is more than ``TOLERANCE``."""

_QUIET: Final = 30
"""Noise is the difference that so many per cent of the pixels stay below."""

_LOUDEST: Final = 40
"""Largest tolerance, however noisy the pictures."""

_LOSSY: Final = 2
"""Median difference from which a picture counts as saved with loss."""

_STRONG: Final = 0.15
"""Share of a region's sure pixels that must be strong ones."""

_DOUBT: Final = 2.0
"""By so much more a region's strong pixels must differ after a change of tone or a lossy save: a
fitted tone is never quite right, and noise has its peaks."""

_RINGING: Final = 0.12
"""Share of a block's contrast that a lossy save, or a sharp kernel, may throw a pixel off."""

_SEEDS: Final = 5
"""Fewest sure pixels of a region after resampling or loss."""

_REACH: Final = 3
"""Pixels around a region within which a difference is believed; 1 after a lossy save."""

_MOST: Final = 0.6
"""A region goes on where more than this share of 5 by 5 pixels differ."""

_EDGE: Final = 0.35
"""After a lossy save, share of the largest difference within two pixels below which a difference
is what the save spread from there."""

_ROWS: Final = 256

_HALO: Final = 9
"""Rows beyond a band that its pixels look at."""


def changed(
    reference: Channels, after: Channels, inside: Mask, tone: Tone | None, *, exact: bool
) -> tuple[Mask, int]:
    """Return the changed pixels of a child, and the tolerance.

    Args:
        reference: the parent brought into the child's frame; three channels or four.
        after: the child.
        inside: where the parent has pixels; all else counts as changed.
        tone: the change of tone of the whole picture.
        exact: whether the parent's pixels were not resampled.
    """
    cv2 = vision()
    plain, beyond = np.empty(inside.shape, np.uint8), np.empty(inside.shape, np.uint8)
    for rows, one, two in _banded(reference, after, tone):
        plain[rows] = cv2.absdiff(one, two).max(axis=2)[_trim(rows)]
    noise, middle = _levels(plain, inside)
    if exact and tone is None and noise == 0:
        return (plain > EXACT) | ~inside, EXACT
    tolerance = max(TOLERANCE, min(round(_NOISE * noise), _LOUDEST))
    lossy = middle >= _LOSSY
    around = np.ones((5, 5), np.uint8)
    for rows, one, two in _banded(reference, after, tone):
        before, now = (_eased(one), _eased(two)) if lossy else (one, two)
        high, low = cv2.dilate(before, around), cv2.erode(before, around)
        out = np.maximum(cv2.subtract(now, high), cv2.subtract(low, now)).max(axis=2)
        if lossy:
            plain[rows] = cv2.absdiff(before, now).max(axis=2)[_trim(rows)]
        if (lossy or not exact) and (out > tolerance).any():
            out = cv2.subtract(out, _ringing(before))
        beyond[rows] = out[_trim(rows)]
    beyond[~inside] = 0
    strong = beyond > tolerance * (_DOUBT if lossy or tone else 1)
    differs = plain > tolerance
    seeds = _believed(beyond > tolerance, strong)
    regions = _grown(seeds, differs)
    if lossy:
        differs &= plain > (cv2.dilate(plain, around) * np.float32(_EDGE)).astype(np.uint8)
    near = cv2.dilate(regions, _disc(1 if lossy else _REACH)) > 0
    believed: Mask = differs & near
    if not lossy:
        believed |= seeds > 0
    return believed | ~inside, tolerance


def _levels(plain: Channels, inside: Mask) -> tuple[int, int]:
    """Return the differences that ``_QUIET`` per cent and half of the pixels stay within."""
    counts = vision().calcHist([plain], [0], inside.astype(np.uint8), [256], [0, 256])
    share = np.cumsum(counts) / max(1.0, float(counts.sum()))
    return int(np.searchsorted(share, _QUIET / 100)), int(np.searchsorted(share, 0.5))


def _ringing(channels: Channels) -> Channels:
    """Return how far JPEG or resampling may throw a pixel off: a share of the contrast around it.

    A lossy block of 16 by 16 pixels (8 by 8 of half-size colour) spreads what it leaves out; a
    Lanczos or bicubic kernel overshoots at edges, by more each time.
    """
    cv2 = vision()
    block = np.ones((17, 17), np.uint8)
    contrast = cv2.subtract(cv2.dilate(channels, block), cv2.erode(channels, block)).max(axis=2)
    return np.asarray(contrast * np.float32(_RINGING), dtype=np.uint8)


def _eased(channels: Channels) -> Channels:
    """Return the colours as JPEG keeps them: brightness as it is, colour smoothed.

    JPEG mostly stores colour (Cb and Cr, ITU-T T.871) at half the resolution.
    """
    cv2 = vision()
    result = channels.copy()
    colours = channels[..., :3].astype(np.float32)
    bright = colours @ np.array([0.299, 0.587, 0.114], np.float32)
    red, blue = (cv2.blur(colours[..., channel] - bright, (3, 3)) for channel in (0, 2))
    green = (0.299 * red + 0.114 * blue) / -0.587
    for channel, gap in enumerate((red, green, blue)):
        result[..., channel] = np.clip(np.rint(bright + gap), 0, 255)
    return result


def _trim(rows: slice) -> slice:
    """Return the rows of a band without its halo."""
    start = min(rows.start, _HALO)
    return slice(start, start + rows.stop - rows.start)


def _banded(
    reference: Channels, after: Channels, tone: Tone | None
) -> Iterator[tuple[slice, Any, Any]]:
    """Give both pictures in bands with a halo, the parent in the child's tone."""
    height = reference.shape[0]
    for top in range(0, height, _ROWS):
        bottom = min(top + _ROWS, height)
        halo = slice(max(0, top - _HALO), min(height, bottom + _HALO))
        yield slice(top, bottom), toned(reference[halo], tone), after[halo]


def toned(part: Channels, tone: Tone | None) -> Channels:
    """Return the parent's channels after the change of tone, with 8 bits."""
    if tone is None:
        return part
    result = part.copy()
    result[..., :3] = np.rint(tone.apply(part[..., :3]))
    return result


def _believed(sure: Mask, strong: Mask) -> NDArray[np.uint8]:
    """Return the regions of sure pixels that hold enough strong ones."""
    cv2 = vision()
    closed = cv2.morphologyEx(sure.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    count, labels = cv2.connectedComponents(closed, connectivity=8)
    size = np.bincount(labels[sure], minlength=count)
    kept = np.bincount(labels[strong], minlength=count) >= np.maximum(_SEEDS, size * _STRONG)
    kept[0] = False
    regions: NDArray[np.uint8] = kept[labels].astype(np.uint8)
    return regions


def _grown(seeds: NDArray[np.uint8], differs: Mask) -> NDArray[np.uint8]:
    """Return the regions and all that goes on from them in which most pixels differ."""
    if not seeds.any():
        return seeds
    cv2 = vision()
    share = cv2.blur(differs.astype(np.uint8) * np.uint8(255), (5, 5))
    dense = ((share > 255 * _MOST) | (seeds > 0)).astype(np.uint8)
    count, labels = cv2.connectedComponents(dense, connectivity=4)
    kept = np.bincount(labels[seeds > 0], minlength=count) > 0
    kept[0] = False
    grown: NDArray[np.uint8] = kept[labels].astype(np.uint8)
    return grown


def _disc(reach: int) -> Any:
    cv2 = vision()
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
