"""PSNR and SSIM against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from provenance_gen.errors import ImageError
from provenance_gen.images.similarity import psnr, ssim


def noise(seed: int, size: tuple[int, int] = (24, 16)) -> Image.Image:
    """Return a picture of noise."""
    maker = np.random.default_rng(seed)
    return Image.fromarray(maker.integers(0, 256, (*size, 3), dtype=np.uint8))


def test_equal_pictures() -> None:
    """A picture is as like itself as can be."""
    assert psnr(noise(1), noise(1)) == math.inf
    assert ssim(noise(1), noise(1)) == pytest.approx(1)


def test_known_values() -> None:
    """A difference of one everywhere is 48.13 dB; black and white are not alike."""
    grey, lighter = Image.new("RGB", (9, 9), (100,) * 3), Image.new("RGB", (9, 9), (101,) * 3)
    assert psnr(grey, lighter) == pytest.approx(48.1308, abs=1e-4)
    black, white = Image.new("RGB", (9, 9)), Image.new("RGB", (9, 9), "white")
    assert psnr(black, white) == pytest.approx(0)
    assert ssim(black, white) == pytest.approx(0.0001, abs=1e-4)


def test_against_a_plain_computation() -> None:
    """The sums of sums give what windows taken one by one give."""
    one, other = noise(2), noise(3)
    planes = [np.asarray(i, dtype=float) @ [0.299, 0.587, 0.114] for i in (one, other)]
    values = []
    for row in range(planes[0].shape[0] - 6):
        for column in range(planes[0].shape[1] - 6):
            a, b = (plane[row : row + 7, column : column + 7] for plane in planes)
            c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
            covariance = ((a - a.mean()) * (b - b.mean())).mean()
            above = (2 * a.mean() * b.mean() + c1) * (2 * covariance + c2)
            values.append(above / ((a.mean() ** 2 + b.mean() ** 2 + c1) * (a.var() + b.var() + c2)))
    assert ssim(one, other) == pytest.approx(np.mean(values), abs=1e-9)


@settings(max_examples=20)
@given(st.integers(0, 50), st.integers(1, 40), st.integers(1, 12))
def test_symmetric_and_bounded(seed: int, width: int, height: int) -> None:
    """Both do not care which picture comes first, whatever the size."""
    one, other = noise(seed, (height, width)), noise(seed + 99, (height, width))
    assert psnr(one, other) == psnr(other, one)
    assert ssim(one, other) == pytest.approx(ssim(other, one))
    assert -1.000001 <= ssim(one, other) <= 1.000001


def test_sizes_must_agree() -> None:
    """Pictures of two sizes are not compared."""
    with pytest.raises(ImageError):
        ssim(noise(1), noise(1, (8, 8)))
