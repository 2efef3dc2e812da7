"""How much of a drawing shows in another picture."""

from __future__ import annotations

import numpy as np
from PIL import Image

from provenance_gen.images.structure import structure
from tests.scenes import scene


def test_the_same_drawing_in_other_colours_keeps_its_edges() -> None:
    """Larger, darker and softer: the edges stay; in another picture they meet by chance."""
    drawn = scene(np.random.default_rng(2), 300, 200)
    dark = drawn.point(lambda value: value // 2).resize((600, 400))
    kept = structure(drawn, dark)
    assert kept.edges > 0.8
    assert kept.by_chance < 0.5
    other = structure(scene(np.random.default_rng(3), 300, 200), dark)
    assert other.edges < other.by_chance + 0.15
    assert other.ssim < kept.ssim


def test_the_same_picture_and_an_empty_one() -> None:
    """Everything, and nothing."""
    drawn = scene(np.random.default_rng(2), 128, 128)
    same = structure(drawn, drawn)
    assert (same.edges, round(same.ssim, 6)) == (1.0, 1.0)
    empty = structure(Image.new("RGB", (128, 128), "white"), drawn)
    assert (empty.edges, empty.by_chance) == (0.0, 0.0)
