"""What a training run uses, by the size of its pictures and by the device: widths, batches, data.

A core takes small batches in full precision (half precision is slower on the processors tried); a
GPU takes large ones in bfloat16. Only figures; what is done with them is left to the stages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SIZES", "STAGES", "Recipe", "recipe_for"]

SIZES = (64, 96, 128)
"""Widths of pictures, in pixels, that there is a recipe for."""

STAGES: Mapping[str, float] = {
    "text": 0.047,
    "codec": 0.113,
    "decoder": 0.150,
    "denoiser": 0.690,
}
"""The stages in their order, and the share of the time that each is given."""


@dataclass(frozen=True)
class Recipe:
    """The figures of one training run."""

    size: int
    """Width and height of the pictures, in pixels."""
    codec_widths: tuple[int, ...]
    """Channels of the codec's levels; each after the first halves the picture."""
    unet_widths: tuple[int, ...]
    """Channels of the UNet's levels, each half as fine as the one before; all but the first
    attend to the words. Chosen so that the whole folder stays under 16 MB."""
    batches: Mapping[str, int]
    """Samples per process and step, by stage."""
    pictures: int
    """Size of the training set."""
    wordings: int
    """Captions made of every picture."""
    pairs: float = 0.42
    """Share of pictures with two things."""
    average: float = 0.998
    """Pace of the running average of the UNet, per step."""
    bfloat16: bool = False
    """Whether to compute in mixed precision."""
    compiler: str = ""
    """Backend of `torch.compile` for the UNet's step; empty: not compiled."""

    @property
    def cell(self) -> int:
        """Width of the pixels that become one cell of the latents."""
        return 1 << (len(self.codec_widths) - 1)


_CORE = Recipe(
    size=64,
    codec_widths=(16, 48, 64),
    unet_widths=(64, 128),
    batches={"text": 64, "codec": 8, "decoder": 10, "denoiser": 24},
    pictures=28_000,
    wordings=12,
)
_GPU = replace(
    _CORE,
    batches={"text": 512, "codec": 64, "decoder": 64, "denoiser": 512},
    pictures=80_000,
    average=0.9995,
    bfloat16=True,
)


def recipe_for(kind: str, size: int) -> Recipe:
    """Return the recipe for a `cpu` or a `gpu`, and pictures of one of `SIZES`.

    Latents of 16 by 16 are what a few hours of a CPU can learn, so that pictures of 128 pixels have
    a codec with a fourth level there. A GPU gives them latents of 32 by 32 and the UNet a third
    level, so that a thing still fits into what the coarsest cells see of each other.
    """
    largest = size == max(SIZES)
    if kind == "cpu":
        widths = (16, 16, 48, 64) if largest else _CORE.codec_widths
        return replace(_CORE, size=size, codec_widths=widths)
    return replace(_GPU, size=size, unet_widths=(64, 96, 128) if largest else _GPU.unet_widths)
