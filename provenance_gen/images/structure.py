"""How much of one picture's structure shows in another: edges and structural similarity.

Meant for a sketch or photo handed to a generator and what came out. Both are brought to one size,
as pipelines do, at 256 pixels a side at most. A value says how alike the drawings are, not
whether one was made from the other, and never that something of it is "still perceptible": that
is for people to see. Numpy and Pillow alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from PIL import Image

from provenance_gen.images.pixels import DEEP, canonical, depth
from provenance_gen.images.similarity import ssim

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from provenance_gen.images.pixels import Pixels

__all__ = ["Structure", "structure"]

_SIDE: Final = 256
_STRONGEST: Final = 0.1
"""Share of the pixels that count as edges: those with the steepest brightness."""
_LUMA: Final = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601


class Structure(NamedTuple):
    """How alike two pictures are drawn."""

    edges: float
    """F-measure of the edges of either within a pixel of the other's, 0 to 1."""
    by_chance: float
    """The same for edges in unrelated places: the area that the widened edges take up."""
    ssim: float


def structure(first: Image.Image, second: Image.Image) -> Structure:
    """Compare the structure of two pictures of any size.

    Raises:
        ImageError: pixels that have no canonical form.
    """
    factor = min(1.0, _SIDE / max(second.size))
    size = (max(8, round(second.width * factor)), max(8, round(second.height * factor)))
    one, two = (_small(picture, size) for picture in (first, second))
    edges_one, edges_two = _edges(one), _edges(two)
    wide_one, wide_two = _widened(edges_one), _widened(edges_two)
    if not (edges_one.any() and edges_two.any()):
        return Structure(0.0, 0.0, ssim(Image.fromarray(one), Image.fromarray(two)))
    hit = _mean(float(wide_two[edges_one].mean()), float(wide_one[edges_two].mean()))
    chance = _mean(float(wide_two.mean()), float(wide_one.mean()))
    return Structure(hit, chance, ssim(Image.fromarray(one), Image.fromarray(two)))


def _mean(one: float, two: float) -> float:
    return 2 * one * two / (one + two) if one + two else 0.0


def _small(picture: Image.Image, size: tuple[int, int]) -> NDArray[np.uint8]:
    pixels: Pixels = canonical(picture)
    colours = pixels[..., :3].astype(np.float32) / (257 if depth(picture) == DEEP else 1)
    share = pixels[..., 3:].astype(np.float32) / np.iinfo(pixels.dtype).max
    grey = Image.fromarray(np.asarray((colours * share) @ _LUMA.astype(np.float32)))
    small = grey.resize(
        size, Image.Resampling.BOX if grey.width > size[0] else Image.Resampling.BILINEAR
    )
    result: NDArray[np.uint8] = np.rint(np.asarray(small)).astype(np.uint8)
    return result


def _edges(grey: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return the steepest tenth of the pixels (Sobel); of a picture without any slope none."""
    padded = np.pad(grey.astype(np.float32), 1, mode="edge")
    down = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    across = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    slope = np.hypot(down[:, 2:] - down[:, :-2], across[2:] - across[:-2])
    result: NDArray[np.bool_] = slope > max(float(np.quantile(slope, 1 - _STRONGEST)), 1.0)
    return result


def _widened(edges: NDArray[np.bool_]) -> NDArray[np.bool_]:
    padded = np.pad(edges, 1)
    height, width = edges.shape
    result = np.zeros(edges.shape, dtype=np.bool_)
    for y in range(3):
        for x in range(3):
            result |= padded[y : y + height, x : x + width]
    return result
