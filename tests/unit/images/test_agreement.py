"""Which pictures agree: those made from one another, and no two that only run alike."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw

from provenance_gen.images.agreement import agreement
from provenance_gen.images.registration import DERIVED, NotDerived, Registration, register

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SIDE = 256


def soft(seed: int) -> Image.Image:
    """Draw a picture of soft shapes with a little grain, unlike that of every other seed."""
    rng = np.random.default_rng(seed)
    shapes = Image.fromarray(rng.integers(0, 256, (8, 8), dtype=np.uint8))
    plane = np.asarray(shapes.resize((SIDE, SIDE), Image.Resampling.BICUBIC)).astype(np.int64)
    return Image.fromarray((plane + rng.integers(-3, 4, plane.shape)).clip(0, 255).astype(np.uint8))


def under_one_sky(seed: int) -> Image.Image:
    """Draw a sky that is the same for every seed, and below it ten hills that are not."""
    rng = np.random.default_rng(seed)
    sky = np.repeat(np.linspace(40, 240, SIDE).astype(np.uint8)[:, None], SIDE, axis=1)
    picture = Image.fromarray(sky)
    draw = ImageDraw.Draw(picture)
    for _ in range(10):
        x, y = int(rng.integers(-20, SIDE)), int(rng.integers(SIDE // 2, SIDE))
        draw.ellipse((x, y, x + int(rng.integers(20, 90)), y + 60), fill=int(rng.integers(0, 256)))
    return picture


def grey(picture: Image.Image) -> NDArray[np.uint8]:
    """Return its brightness, height by width."""
    return np.asarray(picture.convert("L"))


@pytest.mark.parametrize("draw", [soft, under_one_sky])
def test_unrelated_pictures_do_not_agree(draw: Callable[[int], Image.Image]) -> None:
    """Of ten pairs that nobody made from one another none is taken for it."""
    pictures = [grey(draw(seed)) for seed in range(11)]
    taken = [pair for pair in pairwise(pictures) if not isinstance(register(*pair), NotDerived)]
    assert not taken


@pytest.mark.parametrize("draw", [soft, under_one_sky])
def test_what_was_made_from_a_picture_agrees(draw: Callable[[int], Image.Image]) -> None:
    """Cropped, in another tone, or painted over by a quarter: it is found where it lies."""
    picture = draw(0)
    cropped = picture.crop((20, 30, 240, 250))
    toned = picture.point([round(40 + value * 0.8) for value in range(256)])
    painted = picture.copy()
    painted.paste(200, (0, 128, 128, 256))
    for child, place in ((cropped, (20.0, 30.0)), (toned, (0.0, 0.0)), (painted, (0.0, 0.0))):
        found = register(grey(picture), grey(child))
        assert isinstance(found, Registration)
        assert found.to_parent[:2, 2] == pytest.approx(place, abs=0.5)


def test_smooth_pictures_agree_by_their_slopes_and_flat_ones_by_their_brightness() -> None:
    """Where there is no detail, what there is decides."""
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float64)
    bowl = rows**2 + (columns - 60) ** 2
    smooth = (bowl / bowl.max() * 250).astype(np.uint8)
    still = np.eye(3)
    assert agreement(smooth, (smooth // 2 + 20).astype(np.uint8), still) > DERIVED
    assert agreement(smooth, np.ascontiguousarray(smooth[::-1, ::-1]), still) < 0.1
    flat = np.full((SIDE, SIDE), 90, np.uint8)
    assert agreement(flat, flat + 1, still) == 1
    assert agreement(flat, flat + 60, still) == 0
