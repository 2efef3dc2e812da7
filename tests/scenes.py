"""Pictures that tests draw at random, with texture as photographs have it."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw


def scene(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Draw a picture with texture at all scales, some discs and a few flat areas."""
    pixels = np.zeros((height, width, 3), np.float32)
    for octave in range(2, 8):
        noise = rng.normal(size=(2**octave, 2**octave, 3)).astype(np.float32)
        grown = [
            Image.fromarray(noise[..., c]).resize((width, height), Image.Resampling.BICUBIC)
            for c in range(3)
        ]
        pixels += np.stack([np.asarray(plane) for plane in grown], -1) * 2.0 ** (-octave * 0.8)
    pixels = (pixels - pixels.min()) / (pixels.max() - pixels.min()) * 255
    picture = Image.fromarray(pixels.astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for _ in range(12):
        x, y, r = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(8, width / 8)
        draw.ellipse([x - r, y - r, x + r, y + r * 0.7], fill=any_colour(rng))
    return picture


def any_colour(rng: np.random.Generator) -> tuple[int, int, int]:
    """Draw a colour, each of its values from 0 to 255."""
    red, green, blue = (int(value) for value in rng.integers(0, 256, 3))
    return red, green, blue
