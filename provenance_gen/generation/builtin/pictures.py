"""The training set of one process: its share of the scenes, their pixels and their captions.

Scenes are drawn by lot from the seed and their number alone, so any of them can be made again.
Pixels are cached on disk, since drawing takes a few milliseconds a picture. Needs no torch, so
that the processes that help to draw start quickly; tensors are left to `train`.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import os
import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import numpy as np

from provenance_gen.generation.builtin import tokens
from provenance_gen.generation.builtin.captions import describe
from provenance_gen.generation.builtin.drawing import draw_scene
from provenance_gen.generation.builtin.scenes import Scene, held_out, sample_scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["Lot", "as_batch", "load_pictures", "training_scene", "wordings"]

_CHUNK = 256
_WORTH_HELP = 1024
"""Scenes from which on helpers draw them sooner than they start."""


@dataclass(frozen=True)
class Lot:
    """Which pictures one process draws."""

    numbers: range
    """Numbers of the scenes."""
    seed: int
    size: int
    """Width and height in pixels."""
    pairs: float
    """Share of scenes with two things."""

    def chunks(self) -> Iterator[Lot]:
        """Split the lot into small ones, in order."""
        for start in range(0, len(self.numbers), _CHUNK):
            yield Lot(self.numbers[start : start + _CHUNK], self.seed, self.size, self.pairs)

    def scenes(self) -> list[Scene]:
        """Return the scenes of the lot."""
        return [training_scene(self.seed, number, self.pairs) for number in self.numbers]


def training_scene(seed: int, number: int, pairs: float) -> Scene:
    """Return a scene of the training set: the first drawn by lot that is not held out."""
    rng = random.Random(f"{seed}/{number}")
    drawn = (sample_scene(rng, pairs=pairs) for _ in itertools.count())
    return next(scene for scene in drawn if not held_out(scene))


def load_pictures(lot: Lot, folder: Path, helpers: int) -> Any:
    """Return the pixels of a lot as a uint8 array (n, height, width, 3), drawn by `helpers`."""
    # The whole recipe of the pixels is in the name, so an old file never stands for another lot.
    name = hashlib.sha256(repr(lot).encode()).hexdigest()[:12]
    path = folder / f"pictures-{name}.npy"
    if not path.is_file():
        pixels = _joined(_drawn, lot, helpers)
        fresh = path.with_suffix(".new.npy")
        np.save(fresh, pixels)
        os.replace(fresh, path)  # noqa: PTH105  (its atomicity is the point)
    return np.load(path)


def wordings(lot: Lot, count: int, helpers: int) -> Any:
    """Return the token numbers of `count` captions of each scene, int16 (n, count, length)."""
    return _joined(functools.partial(_worded, count=count), lot, helpers)


def as_batch(pixels: Any, device: Any) -> Any:
    """Turn uint8 pixels (n, height, width, 3) into floats (n, 3, height, width) from -1 to 1."""
    return pixels.to(device).permute(0, 3, 1, 2).float().div(127.5).sub(1.0).contiguous()


def _drawn(lot: Lot) -> Any:
    return np.stack([np.asarray(draw_scene(scene, lot.size)) for scene in lot.scenes()])


def _worded(lot: Lot, *, count: int) -> Any:
    rows = []
    for number, scene in zip(lot.numbers, lot.scenes(), strict=True):
        rng = random.Random(f"{lot.seed}/words/{number}")
        rows.append([tokens.encode(describe(scene, rng).text) for _ in range(count)])
    return np.array(rows, dtype=np.int16)


def _joined(make: Callable[[Lot], Any], lot: Lot, helpers: int) -> Any:
    """Return what `make` makes of each part of the lot, one after the other in one array."""
    if helpers <= 1 or len(lot.numbers) < _WORTH_HELP:
        return np.concatenate([make(part) for part in lot.chunks()])
    # Spawned, not forked: the parent has threads, and at times a GPU.
    with ProcessPoolExecutor(helpers, mp_context=get_context("spawn")) as pool:
        return np.concatenate(list(pool.map(make, lot.chunks())))
