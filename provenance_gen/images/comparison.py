"""What changed between a picture and one made from it, whatever program did it.

Three things are told apart: geometry (found by ``registration``), the tone of the whole picture
(found by ``tone``) and local change, which is what is left (``change`` defines a changed pixel).

How much of a pixel's value the other program supplied cannot be known from the two pictures: a
changed pixel is counted whole. Pictures beyond ``MAX_COMPARED`` pixels are compared at half, a
third… of their size. Meaning, and who acted, are left to others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from provenance_gen.images.change import changed, toned
from provenance_gen.images.colour import ciede2000, lab
from provenance_gen.images.pixels import DEEP, bands, depth
from provenance_gen.images.registration import NotDerived, Registration, register
from provenance_gen.images.similarity import ssim
from provenance_gen.images.tone import Tone, fitted_tone
from provenance_gen.images.vision import vision
from provenance_gen.images.warp import Matrix, scale_of

__all__ = ["MAX_COMPARED", "Comparison", "compare"]

Channels = NDArray[np.uint8]
Mask = NDArray[np.bool_]


MAX_COMPARED: Final = 40_000_000
"""Largest picture that is compared at its full size, in pixels."""

_STEP: Final = 257
_SAMPLES: Final = 40_000
_COLOURS: Final = 300_000
_SMALL: Final = 1024
_SMALLER: Final = 1.02
"""From here on the parent is made smaller with a kernel that misses no pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What changed from a parent to its child; masks and maps are in the child's pixels."""

    registration: Registration
    tone: Tone | None
    """The change of tone of the whole picture, where there was one."""
    mask: Mask
    """Changed pixels, child's height by width."""
    tolerance: int
    """By how many 8-bit values a changed pixel differs at least."""
    reduced: int
    """By what number both pictures were made smaller first; 1 for none."""
    mean: float
    """Mean CIEDE2000 difference of the changed pixels; 0 where there are none."""
    maximum: float
    """Largest CIEDE2000 difference of a changed pixel."""
    ssim: float
    """Structural similarity, tone and geometry taken off, at 1024 pixels a side at most."""

    @property
    def changed(self) -> int:
        """Number of changed pixels."""
        return int(np.count_nonzero(self.mask))


def compare(
    parent: Image.Image, child: Image.Image, *, most: int = MAX_COMPARED
) -> Comparison | NotDerived:
    """Compare a picture with the one it is said to be made from.

    Args:
        parent: the picture before.
        child: the picture after.
        most: pixels beyond which both are made smaller first.

    Raises:
        MissingExtraError: OpenCV is not installed.
        ImageError: pixels that have no canonical form.
    """
    larger = max(parent.width * parent.height, child.width * child.height)
    factor = 1
    while larger > most * factor * factor:
        factor += 1
    before, after = _channels(parent, factor), _channels(child, factor)
    if _opaque(before) and _opaque(after):
        before, after = (np.ascontiguousarray(part[..., :3]) for part in (before, after))
    found = register(_grey(before), _grey(after))
    if isinstance(found, NotDerived):
        return found
    reference, inside = _brought(before, found, after.shape[1::-1])
    tone = _tone(reference, after, inside)
    mask, tolerance = changed(reference, after, inside, tone, exact=found.exact)
    mean, maximum = _seen(reference, after, mask & inside, tone)
    alike = _ssim(reference, after, inside, tone)
    full = found
    if factor > 1:
        full = _enlarged(found, parent, child, before, after)
        mask = np.asarray(Image.fromarray(mask).resize(child.size, Image.Resampling.NEAREST))
    return Comparison(full, tone, mask, tolerance, factor, mean, maximum, alike)


def _channels(image: Image.Image, factor: int) -> Channels:
    """Return red, green, blue, premultiplied, and alpha, with 8 bits."""
    if factor > 1:
        plain = image if depth(image) == DEEP else image.convert("RGBA")
        image = plain.reduce(factor)
    parts: list[Any] = []
    for band in bands(image):
        part: Any = (
            band if band.dtype == np.uint8 else np.uint8((band.astype(np.uint32) + 128) // _STEP)
        )
        if (part[..., 3] != 255).any():  # noqa: PLR2004 - opaque
            colours = part[..., :3].astype(np.uint16) * part[..., 3:]
            part = np.concatenate([np.uint8((colours + 127) // 255), part[..., 3:]], axis=2)
        parts.append(part)
    return np.concatenate(parts)


def _opaque(channels: Channels) -> bool:
    return bool(channels[..., 3].min() == 255)  # noqa: PLR2004 - opaque


def _grey(channels: Channels) -> Channels:
    """Return the brightness over middle grey, so that transparency has an edge."""
    cv2 = vision()
    code = cv2.COLOR_RGB2GRAY if channels.shape[2] == 3 else cv2.COLOR_RGBA2GRAY  # noqa: PLR2004
    grey: Channels = cv2.cvtColor(channels, code)
    if channels.shape[2] > 3:  # noqa: PLR2004 - red, green, blue
        grey = (grey + (255 - channels[..., 3]) * np.float32(0.5)).astype(np.uint8)
    return grey


def _brought(before: Channels, found: Registration, size: Any) -> tuple[Channels, Mask]:
    """Return the parent in the child's frame, and where it has pixels there."""
    cv2 = vision()
    matrix = found.to_parent
    source: Any = before
    shrink = scale_of(matrix)
    if not found.exact and shrink > _SMALLER:
        # The sharpest kernel in use: what a softer one gives lies between neighbours of it.
        sides = np.linalg.norm(matrix[:2, :2], axis=1)
        wide, high = (max(1, round(s / k)) for s, k in zip(before.shape[1::-1], sides, strict=True))
        small = Image.fromarray(before).resize((wide, high), Image.Resampling.LANCZOS)
        source = np.asarray(small)
        matrix = np.diag([wide / before.shape[1], high / before.shape[0], 1.0]) @ matrix
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    centred = np.linalg.inv(half) @ matrix @ half
    inside = _inside(found.to_parent, before.shape[1::-1], size)
    if source.shape[1::-1] == tuple(size) and np.allclose(matrix, np.eye(3), rtol=0, atol=1e-6):
        return source, inside  # nothing is left to do
    way = cv2.INTER_NEAREST if found.exact else cv2.INTER_LANCZOS4
    warped = cv2.warpAffine(
        source,
        centred[:2],
        tuple(size),
        flags=way | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return warped, inside


def _inside(matrix: Matrix, frame: Any, size: Any) -> Mask:
    """Return which pixels of a child of this size lie in the parent's frame."""
    result = np.ones((size[1], size[0]), dtype=np.bool_)
    corners = np.array([[x, y, 1.0] for x in (0.5, size[0] - 0.5) for y in (0.5, size[1] - 0.5)])
    there = corners @ matrix[:2].T
    if (there > 0).all() and (there < np.array(frame)).all():
        return result
    x, y = np.arange(size[0]) + 0.5, np.arange(size[1])[:, None] + 0.5
    for row, limit in zip(matrix[:2], frame, strict=True):
        there = (row[0] * x + row[2]).astype(np.float32) + (row[1] * y).astype(np.float32)
        result &= (there > 0) & (there < limit)
    return result


def _tone(reference: Channels, after: Channels, inside: Mask) -> Tone | None:
    """Fit the tone to averaged pixels away from edges."""
    cv2 = vision()
    height, width = inside.shape
    factor = max(1, round((inside.size / (_SAMPLES * 2)) ** 0.5))
    factor = max(factor, 2) if min(height, width) > 64 else factor  # noqa: PLR2004
    size = (max(1, width // factor), max(1, height // factor))
    one = cv2.resize(reference[..., :3], size, interpolation=cv2.INTER_AREA)
    two = cv2.resize(after[..., :3], size, interpolation=cv2.INTER_AREA)
    within = cv2.resize(inside.astype(np.uint8), size, interpolation=cv2.INTER_AREA) > 0
    around = np.ones((3, 3), np.uint8)
    steep = (cv2.dilate(one, around) - cv2.erode(one, around)).max(axis=2)
    if not within.any():
        return None
    # The calmer half: near edges a curve does not commute with averaging.
    calm = within & (steep <= max(4, np.percentile(steep[within], 70)))
    return fitted_tone(one[calm], two[calm])


def _seen(
    reference: Channels, after: Channels, mask: Mask, tone: Tone | None
) -> tuple[float, float]:
    """Return mean and largest CIEDE2000 of changed pixels; of many, of every k-th."""
    places = np.flatnonzero(mask)
    places = places[:: max(1, -(-places.size // _COLOURS))]
    if not places.size:
        return 0.0, 0.0
    one = toned(reference.reshape(-1, reference.shape[2])[places], tone)
    two = after.reshape(-1, after.shape[2])[places]
    gaps = ciede2000(lab(one[:, :3]), lab(two[:, :3]))
    return float(gaps.mean()), float(gaps.max())


def _ssim(reference: Channels, after: Channels, inside: Mask, tone: Tone | None) -> float:
    height, width = inside.shape
    factor = min(1.0, _SMALL / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    cv2 = vision()
    one, two = (
        cv2.resize(channels[..., :3], size, interpolation=cv2.INTER_AREA)
        for channels in (reference, after)
    )
    outside = cv2.resize(inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) == 0
    one = toned(one, tone)
    one[outside] = two[outside]
    return ssim(Image.fromarray(one), Image.fromarray(two))


def _enlarged(
    found: Registration,
    parent: Image.Image,
    child: Image.Image,
    before: Channels,
    after: Channels,
) -> Registration:
    """Return a map found between smaller pictures as one between the full ones."""
    grow = np.diag([parent.width / before.shape[1], parent.height / before.shape[0], 1.0])
    shrink = np.diag([after.shape[1] / child.width, after.shape[0] / child.height, 1.0])
    return Registration(grow @ found.to_parent @ shrink, found.exact, found.agreement)
