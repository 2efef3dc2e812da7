"""Draws a scene as a small square picture: backdrop, then things.

Drawn four times as fine and averaged, so that edges are smooth. The same scene always gives the
same pixels, and at another size the same picture in another grain. What the things look like is
left to `shapes`.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from provenance_gen.generation.builtin.brush import Brush, Color, Point, mix
from provenance_gen.generation.builtin.scenes import SKY_KINDS, Scene
from provenance_gen.generation.builtin.shapes import DRAWERS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PICTURE_SIZE", "draw_scene"]

PICTURE_SIZE = 64
"""Width and height of a picture where nobody asks for another, in pixels."""

_FINER = 4
_OUTLINE = 0.02
"""Width of a thing's outline as a share of the picture."""
_GRAIN = 1 / 256
"""What the smallest strokes are measured in, as a share of the picture."""

_SKIES: Mapping[str, tuple[Color, Color]] = {
    "day": ((112, 182, 242), (206, 232, 250)),
    "sunset": ((150, 74, 132), (255, 196, 96)),
    "night": ((10, 14, 48), (40, 52, 112)),
}
_WINTER_DAY: tuple[Color, Color] = ((150, 180, 208), (206, 216, 230))
_GROUNDS: Mapping[tuple[str, str], tuple[Color, Color]] = {
    ("sea", "day"): ((62, 142, 206), (22, 88, 164)),
    ("sea", "sunset"): ((176, 84, 104), (74, 44, 100)),
    ("sea", "night"): ((22, 44, 96), (8, 20, 56)),
    ("meadow", "day"): ((116, 190, 84), (72, 146, 58)),
    ("meadow", "sunset"): ((132, 128, 58), (86, 92, 44)),
    ("meadow", "night"): ((24, 66, 58), (14, 42, 40)),
    ("snow", "day"): ((250, 252, 255), (226, 234, 246)),
    ("snow", "sunset"): ((250, 214, 206), (222, 184, 204)),
    ("snow", "night"): ((150, 164, 206), (112, 126, 176)),
    ("sand", "day"): ((242, 220, 160), (226, 196, 126)),
    ("sand", "sunset"): ((224, 156, 102), (186, 116, 82)),
    ("sand", "night"): ((104, 94, 100), (72, 66, 80)),
}
_WAVES: Mapping[str, Color] = {
    "day": (150, 204, 240),
    "sunset": (255, 186, 110),
    "night": (70, 96, 160),
}

# Width of a thing as a share of the picture, by what the caption can tell.
_WIDTHS: Mapping[str, tuple[float, float]] = {
    "small": (0.32, 0.37),
    "medium": (0.55, 0.63),
    "large": (0.76, 0.83),
    "beside": (0.46, 0.51),
    "pair": (0.40, 0.44),
    "upper": (0.29, 0.33),
    "lower": (0.48, 0.53),
}


def _gradient(image: Image.Image, top: float, bottom: float, colors: tuple[Color, Color]) -> None:
    """Fill the rows from `top` to `bottom` with a vertical gradient."""
    first, last = round(top), round(bottom)
    band = Image.new("RGB", (1, last - first))
    count = max(1, last - first - 1)
    for row in range(last - first):
        band.putpixel((0, row), mix(colors[0], colors[1], row / count))
    image.paste(band.resize((image.width, last - first)), (0, first))


def _stars(draw: ImageDraw.ImageDraw, rng: random.Random, side: int, bottom: float) -> None:
    """Strew a few faint points over a night sky; they are not the kind 'star'."""
    grain = side * _GRAIN
    for _ in range(7):
        x, y = rng.uniform(6 * grain, side - 6 * grain), rng.uniform(6 * grain, bottom)
        spot = 2.6 * grain
        draw.ellipse((x - spot, y - spot, x + spot, y + spot), fill=(196, 204, 232))


def _waves(
    draw: ImageDraw.ImageDraw, rng: random.Random, side: int, *, top: float, time: str
) -> None:
    """Draw a few strokes of light on the sea; at sunset they lie under the brightest sky."""
    thick = 3 * side * _GRAIN
    for row in range(5):
        y = top + (side - top) * (0.12 + 0.19 * row)
        spread = 0.20 + 0.05 * row if time == "sunset" else 0.42
        x = side * rng.uniform(0.5 - spread, 0.5 + spread)
        half = side * rng.uniform(0.06, 0.13)
        box = (x - half, y - thick, x + half, y + thick)
        draw.rounded_rectangle(box, radius=thick, fill=_WAVES[time])


def _backdrop(scene: Scene, rng: random.Random, side: int) -> Image.Image:
    """Draw sky and ground on a square of `side` fine pixels."""
    image = Image.new("RGB", (side, side), (254, 254, 254))
    if scene.place == "plain":
        return image
    draw = ImageDraw.Draw(image)
    horizon = side * (1.0 if scene.place == "sky" else rng.uniform(0.59, 0.63))
    sky = _SKIES[scene.time]
    if scene.place == "snow" and scene.time == "day":
        sky = _WINTER_DAY
    _gradient(image, 0, horizon, sky)
    if scene.time == "night":
        _stars(draw, rng, side, horizon * 0.85)
    if scene.place != "sky":
        _gradient(image, horizon, side, _GROUNDS[scene.place, scene.time])
    if scene.place == "sea":
        _waves(draw, rng, side, top=horizon, time=scene.time)
    return image


def _spot(scene: Scene, index: int, rng: random.Random) -> tuple[Point, float]:
    """Return centre and half-width of one thing, as shares of the picture."""
    thing = scene.things[index]
    role = {
        "centre": thing.size,
        "left": "beside",
        "right": "beside",
        "side": "pair",
        "over": ("upper", "lower")[index],
    }[scene.layout]
    half = rng.uniform(*_WIDTHS[role]) / 2
    middle = {
        "centre": 0.5,
        "left": 0.28,
        "right": 0.72,
        "side": (0.27, 0.73)[index],
        "over": (0.5, 0.5)[index],
    }[scene.layout]
    x = middle + rng.uniform(-0.025, 0.025)
    return (x, _height(scene, index, half, role) + rng.uniform(-0.02, 0.02)), half


def _height(scene: Scene, index: int, half: float, role: str) -> float:
    """Return how far down the middle of a thing is."""
    if role == "upper":
        return 0.21
    floor = 0.86 if role in {"lower", "pair", "beside"} else 0.84
    if role == "large":
        return min(0.5, 0.95 - half)
    if role == "lower":
        return floor + 0.06 - half
    flies = scene.things[index].kind in SKY_KINDS
    if scene.place in {"plain", "sky"}:
        return 0.5
    if flies:
        return 0.4
    return floor - half


def draw_scene(scene: Scene, size: int = PICTURE_SIZE) -> Image.Image:
    """Draw a scene as an RGB picture of `size` pixels squared."""
    rng = random.Random(scene.seed)
    side = _FINER * size
    image = _backdrop(scene, rng, side)
    draw = ImageDraw.Draw(image)
    for index, thing in enumerate(scene.things):
        (x, y), half = _spot(scene, index, rng)
        brush = Brush(draw, (x * side, y * side), half * side, thing.color, _OUTLINE * side)
        DRAWERS[thing.kind](brush)
    return image.reduce(_FINER)
