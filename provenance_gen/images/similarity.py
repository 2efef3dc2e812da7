"""How alike two pictures of one size are, as a whole: PSNR and SSIM.

Where they differ is ``difference``'s business. Both are computed on red, green and blue with 8
bits (SSIM on their luma); transparency is left out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from provenance_gen.errors import ImageError
from provenance_gen.images.pixels import DEEP, canonical, depth

if TYPE_CHECKING:
    from PIL import Image

_WINDOW: Final = 7
_PEAK: Final = 255.0
_STEP: Final = 257.0  # 16-bit values to one 8-bit value
_LUMA: Final = (0.299, 0.587, 0.114)  # ITU-R BT.601
_C1: Final = (0.01 * _PEAK) ** 2
_C2: Final = (0.03 * _PEAK) ** 2

_Plane = npt.NDArray[np.float64]


def psnr(first: Image.Image, second: Image.Image) -> float:
    """Return the peak signal-to-noise ratio in decibels; infinite for equal pictures.

    Raises:
        ImageError: the sizes differ, or pixels have no canonical form.
    """
    one, other = _pair(first, second)
    error = float(((one - other) ** 2).mean())
    return math.inf if error == 0 else 10 * math.log10(_PEAK**2 / error)


def ssim(first: Image.Image, second: Image.Image) -> float:
    """Return the mean structural similarity, -1 to 1; 1 for equal pictures.

    Wang et al. 2004 with a uniform window of 7 x 7 pixels (the whole picture where it is
    smaller), K1 = 0.01 and K2 = 0.03.

    Raises:
        ImageError: the sizes differ, or pixels have no canonical form.
    """
    one, other = (plane @ np.array(_LUMA) for plane in _pair(first, second))
    window = (min(_WINDOW, one.shape[0]), min(_WINDOW, one.shape[1]))
    mean_one, mean_other = _means(one, window), _means(other, window)
    variance_one = _means(one * one, window) - mean_one**2
    variance_other = _means(other * other, window) - mean_other**2
    covariance = _means(one * other, window) - mean_one * mean_other
    above = (2 * mean_one * mean_other + _C1) * (2 * covariance + _C2)
    below = (mean_one**2 + mean_other**2 + _C1) * (variance_one + variance_other + _C2)
    return float((above / below).mean())


def _pair(first: Image.Image, second: Image.Image) -> tuple[_Plane, _Plane]:
    if first.size != second.size:
        raise ImageError(
            f"cannot compare {first.width}x{first.height} with {second.width}x{second.height}"
        )
    return _rgb(first), _rgb(second)


def _rgb(image: Image.Image) -> _Plane:
    scale = _STEP if depth(image) == DEEP else 1.0
    pixels: Any = canonical(image)[..., :3]
    return np.asarray(pixels, dtype=np.float64) / scale


def _means(plane: _Plane, window: tuple[int, int]) -> _Plane:
    """Return the mean of every full window, by sums of sums."""
    rows, columns = window
    sums = np.zeros((plane.shape[0] + 1, plane.shape[1] + 1))
    sums[1:, 1:] = plane.cumsum(axis=0).cumsum(axis=1)
    total = (sums[rows:, columns:] - sums[:-rows, columns:] - sums[rows:, :-columns]) + sums[
        :-rows, :-columns
    ]
    return np.asarray(total / (rows * columns))
