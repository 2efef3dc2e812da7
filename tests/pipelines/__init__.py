"""Real diffusers pipelines with random weights of a few channels, built in code.

Each builder returns a pipeline whose weights are the same in every run, and the arguments of a
call that takes two or three steps. Nothing is downloaded and the pictures mean nothing: they show
that a recorded call gives the same bytes as a bare one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from tests.pipelines.adding import checkpoint, controlnet, ip_adapter, lora
from tests.pipelines.other import audio, ddpm, dit, flux, kandinsky, pixart, video
from tests.pipelines.parts import SIDE, Made, mask, picture
from tests.pipelines.stable import (
    stable_diffusion,
    stable_diffusion_3,
    stable_diffusion_controlled,
    stable_diffusion_image,
    stable_diffusion_inpaint,
    stable_diffusion_xl,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "BUILDERS",
    "SIDE",
    "Made",
    "audio",
    "build",
    "checkpoint",
    "controlnet",
    "ddpm",
    "dit",
    "flat",
    "flux",
    "ip_adapter",
    "kandinsky",
    "lora",
    "mask",
    "picture",
    "pixart",
    "stable_diffusion",
    "stable_diffusion_3",
    "stable_diffusion_controlled",
    "stable_diffusion_image",
    "stable_diffusion_inpaint",
    "stable_diffusion_xl",
    "video",
]

BUILDERS: Final[tuple[Callable[[], Made], ...]] = (
    stable_diffusion,
    stable_diffusion_image,
    stable_diffusion_inpaint,
    stable_diffusion_controlled,
    stable_diffusion_xl,
    stable_diffusion_3,
    flux,
    pixart,
    kandinsky,
    dit,
    ddpm,
    video,
    audio,
)


def build(builder: Callable[[], Made], **more: Any) -> Made:
    """Build a pipeline with its random weights, and the arguments of a short call."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        pipe, given = builder()
    pipe.set_progress_bar_config(disable=True)
    given = {"prompt": "a red boat on the sea", "num_inference_steps": 2} | given | more
    return pipe, {name: value for name, value in given.items() if value is not None}


def flat(output: Any) -> list[np.ndarray[Any, Any]]:
    """Return everything a pipeline gave back, as arrays, to compare byte for byte."""
    if isinstance(output, dict):
        output = list(output.values())
    if isinstance(output, list | tuple):
        return [array for part in output for array in flat(part)]
    if isinstance(output, torch.Tensor):
        return [output.detach().cpu().numpy()]
    return [] if output is None else [np.asarray(output)]
