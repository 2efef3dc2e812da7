"""Random generators with known seeds, for calls that we make ourselves."""

from __future__ import annotations

from typing import Any


def generators(first: int, count: int) -> list[Any]:
    """Make one generator on the CPU for each image, with seeds one above the other.

    On the CPU the same seed gives the same noise whatever device the model runs on.

    Args:
        first: seed of the first image; that of the last one is at most 2^64-1.
        count: number of images.
    """
    import torch

    return [torch.Generator(device="cpu").manual_seed(first + place) for place in range(count)]
