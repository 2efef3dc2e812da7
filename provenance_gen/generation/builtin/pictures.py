"""The training set of one process: its share of the scenes, and their pixels.

Scenes are drawn by lot from the seed and their number alone, so any of them can be made again.
The share is cached on disk, since drawing takes a few milliseconds a picture.
"""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from provenance_gen.generation.builtin.drawing import PICTURE_SIZE, draw_scene
from provenance_gen.generation.builtin.scenes import Scene, sample_scene

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.generation.builtin.team import Team

__all__ = ["as_batch", "load_pictures", "share_of_scenes"]


def share_of_scenes(team: Team, count: int, seed: int) -> list[Scene]:
    """Return this process's share of `count` scenes."""
    numbers = range(team.rank, count, team.size)
    return [sample_scene(random.Random(f"{seed}/{number}")) for number in numbers]


def load_pictures(team: Team, scenes: list[Scene], folder: Path) -> Any:
    """Return the pixels of the scenes as uint8 tensor (n, height, width, 3)."""
    path = folder / f"pictures-{team.rank}-of-{team.size}.npy"
    if not path.is_file():
        pixels = np.empty((len(scenes), PICTURE_SIZE, PICTURE_SIZE, 3), dtype=np.uint8)
        for number, scene in enumerate(scenes):
            pixels[number] = np.asarray(draw_scene(scene))
        fresh = path.with_suffix(".new.npy")
        np.save(fresh, pixels)
        os.replace(fresh, path)  # noqa: PTH105  (its atomicity is the point)
    return torch.from_numpy(np.load(path))


def as_batch(pixels: Any, device: Any) -> Any:
    """Turn uint8 pixels (n, height, width, 3) into floats (n, 3, height, width) from -1 to 1."""
    return pixels.to(device).permute(0, 3, 1, 2).float().div(127.5).sub(1.0).contiguous()
