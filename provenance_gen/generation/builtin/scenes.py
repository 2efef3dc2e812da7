"""What a training scene is, and how scenes are drawn by lot.

A scene is one thing or two things before a backdrop; everything in it can be said in a caption.
Pixels are left to `drawing`, words to `captions`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

__all__ = [
    "COLORS",
    "HOMES",
    "KINDS",
    "LAYOUTS",
    "NATURAL_COLORS",
    "PLACES",
    "SIZES",
    "SKY_KINDS",
    "TIMES",
    "Scene",
    "Thing",
    "held_out",
    "sample_scene",
    "told",
]

KINDS = (
    "house",
    "boat",
    "pine tree",
    "tree",
    "sun",
    "moon",
    "star",
    "heart",
    "fish",
    "bird",
    "flower",
    "cat",
)
COLORS = (
    "red",
    "orange",
    "yellow",
    "green",
    "blue",
    "purple",
    "pink",
    "brown",
    "black",
    "white",
    "grey",
)
SIZES = ("small", "medium", "large")
LAYOUTS = ("centre", "left", "right", "side", "over")
"""One thing: centre, left or right. Two: side (first is left) or over (first is above)."""
PLACES = ("plain", "sky", "sea", "meadow", "snow", "sand")
TIMES = ("day", "sunset", "night")

SKY_KINDS = ("sun", "moon", "star", "heart", "bird")

NATURAL_COLORS: Mapping[str, tuple[str, ...]] = {
    "house": ("red", "brown", "white"),
    "boat": ("brown", "white"),
    "pine tree": ("green",),
    "tree": ("green",),
    "sun": ("yellow", "orange"),
    "moon": ("yellow", "white"),
    "star": ("yellow",),
    "heart": ("red", "pink"),
    "fish": ("orange", "blue"),
    "bird": ("blue", "brown"),
    "flower": ("pink", "red", "purple"),
    "cat": ("orange", "grey", "black"),
}
"""The colours a kind has when a caption names none."""

HOMES: Mapping[str, str] = {
    "house": "meadow",
    "boat": "sea",
    "pine tree": "meadow",
    "tree": "meadow",
    "sun": "sky",
    "moon": "sky",
    "star": "sky",
    "heart": "plain",
    "fish": "sea",
    "bird": "sky",
    "flower": "meadow",
    "cat": "meadow",
}
"""The place a kind is in when a caption names none."""

# The boat is drawn more often than its share, because people ask for it first (the examples of
# the documentation do); the rest is level.
_KIND_WEIGHTS = tuple(2.2 if kind == "boat" else 1.0 for kind in KINDS)
_PLACE_WEIGHTS = (14, 17, 24, 19, 14, 12)
_TIME_WEIGHTS = (54, 27, 19)

_HELD_OUT_ONE_IN = 16


@dataclass(frozen=True, slots=True)
class Thing:
    """One object of a scene."""

    kind: str
    """One of `KINDS`."""
    color: str
    """One of `COLORS`."""
    size: str
    """One of `SIZES`; in a pair always medium."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that decides the pixels of one training picture."""

    things: tuple[Thing, ...]
    """One or two; left before right, upper before lower."""
    layout: str
    """One of `LAYOUTS`."""
    place: str
    """One of `PLACES`."""
    time: str
    """One of `TIMES`; always day where the place is plain."""
    seed: int
    """Decides the small differences that no caption tells: a pixel to the left, a wave more."""


def _chance(rng: random.Random, share: float) -> bool:
    return rng.random() < share


def _color(rng: random.Random, kind: str) -> str:
    """Draw a colour: the natural ones for nearly half of the things, else any."""
    if _chance(rng, 0.4):
        return rng.choice(NATURAL_COLORS[kind])
    return rng.choice(COLORS)


def _pick(rng: random.Random, values: Sequence[str], weights: Sequence[float]) -> str:
    return rng.choices(values, weights)[0]


def _pair(rng: random.Random) -> tuple[str, tuple[Thing, ...]]:
    """Draw the layout and the two things of a pair; the kinds always differ."""
    if _chance(rng, 0.5):
        lower = [kind for kind in KINDS if kind not in SKY_KINDS]
        weights = [w for kind, w in zip(KINDS, _KIND_WEIGHTS, strict=True) if kind in lower]
        kinds = [rng.choice(SKY_KINDS), _pick(rng, lower, weights)]
        layout = "over"
    else:
        first = _pick(rng, KINDS, _KIND_WEIGHTS)
        kinds = [first, rng.choice([kind for kind in KINDS if kind != first])]
        rng.shuffle(kinds)
        layout = "side"
    return layout, tuple(Thing(kind, _color(rng, kind), "medium") for kind in kinds)


def _single(rng: random.Random) -> tuple[str, tuple[Thing, ...]]:
    """Draw the layout and the thing of a scene that has only one."""
    kind = _pick(rng, KINDS, _KIND_WEIGHTS)
    layout = _pick(rng, ("centre", "left", "right"), (70, 15, 15))
    size = _pick(rng, SIZES, (15, 70, 15)) if layout == "centre" else "medium"
    return layout, (Thing(kind, _color(rng, kind), size),)


def sample_scene(rng: random.Random, *, pairs: float = 0.27) -> Scene:
    """Draw one scene by lot; `pairs` is the share of scenes with two things."""
    layout, things = _pair(rng) if _chance(rng, pairs) else _single(rng)
    at_home = _chance(rng, 0.3)
    place = HOMES[things[-1].kind] if at_home else _pick(rng, PLACES, _PLACE_WEIGHTS)
    time = "day" if place == "plain" else _pick(rng, TIMES, _TIME_WEIGHTS)
    return Scene(things, layout, place, time, rng.getrandbits(32))


def told(scene: Scene) -> str:
    """Return everything that a caption can tell of a scene, as one line."""
    things = (f"{thing.color} {thing.kind} {thing.size}" for thing in scene.things)
    return "/".join([*things, scene.layout, scene.place, scene.time])


def held_out(scene: Scene) -> bool:
    """Return whether scenes that read like this one are kept out of all training.

    Decided by the SHA-256 of what is told, so that it is the same on every machine and for every
    seed: one combination of things, colours, sizes, layout, place and time in sixteen. Prompts made
    from these ask for what no training picture shows.
    """
    return hashlib.sha256(told(scene).encode()).digest()[0] % _HELD_OUT_ONE_IN == 0
