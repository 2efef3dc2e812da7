"""A pipeline as a denoiser that is asked with texts: its picture space, its levels, its guesses.

For pipelines of the Stable Diffusion kind (1, 2, XL and what is built like them, the built-in
model too): a UNet that predicts noise (epsilon) or velocity in the latents of a VAE, conditioned
on text and on nothing else. No guidance is applied. What is done with the guesses is left to
``prompt_information``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from provenance_gen.errors import GenerationError
from provenance_gen.generation import components

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PIL import Image

__all__ = ["TextDenoiser", "denoiser", "encode"]

_PREDICTIONS: Final = ("epsilon", "v_prediction")
_BATCH: Final = 16
"""Most texts that are asked with at once; a large model needs a few GB for these."""


@dataclass(frozen=True)
class TextDenoiser:
    """A UNet and the texts it is asked with; the first is the null prompt."""

    unet: Any
    kept: tuple[float, ...]
    velocity: bool
    """Whether it predicts velocity, else noise."""
    words: Any
    """Hidden states, texts x tokens x width."""
    added: dict[str, Any]
    """What SDXL is told beside them, each by text."""

    @property
    def texts(self) -> int:
        """How many texts there are, the null prompt counted."""
        return int(self.words.shape[0])

    def noise(self, noisy: Any, step: int) -> Any:
        """Predict the noise in a noisy latent, once for each text; see ``Denoiser.noise``."""
        import torch

        given = noisy.to(self.words.dtype)
        guesses = []
        for start in range(0, self.texts, _BATCH):
            part = slice(start, start + _BATCH)
            words = self.words[part]
            added = {name: value[part] for name, value in self.added.items()}
            guesses.append(
                self.unet(
                    given.expand(len(words), *given.shape),
                    torch.tensor(step, device=given.device),
                    encoder_hidden_states=words,
                    added_cond_kwargs=added or None,
                    return_dict=False,
                )[0].float()
            )
        guess = torch.cat(guesses)
        if not self.velocity:
            return guess
        kept = self.kept[step]
        return math.sqrt(kept) * guess + math.sqrt(1 - kept) * noisy


def denoiser(
    pipe: Any,
    prompts: Sequence[str],
    size: tuple[int, int],
    *,
    clip_skip: int | None = None,
) -> TextDenoiser:
    """Ask a pipeline's UNet with the null prompt and with these.

    The null prompt is what the pipeline itself takes where nothing is asked for: the empty text,
    or for SDXL what its configuration says.

    Args:
        pipe: a pipeline of the Stable Diffusion kind.
        prompts: one or more.
        size: width and height of the picture, in pixels; SDXL is told of it.
        clip_skip: layers of the text encoder that are passed over.

    Raises:
        GenerationError: the pipeline is of another kind; the message says what it lacks.
    """
    import torch

    if obstacle := _obstacle(pipe):
        raise GenerationError(
            f"prompt information cannot be measured with this {type(pipe).__name__}: {obstacle}"
        )
    schedule = pipe.scheduler
    more = {} if clip_skip is None else {"clip_skip": clip_skip}
    with torch.inference_mode():
        asked = pipe.encode_prompt(
            prompt=list(prompts),
            device=pipe.unet.device,
            num_images_per_prompt=1,
            do_classifier_free_guidance=True,
            **more,
        )
    joined = [
        torch.cat([none[:1], given]) for given, none in zip(asked[::2], asked[1::2], strict=True)
    ]
    added = {}
    if len(joined) > 1:
        sizes = [size[1], size[0], 0, 0, size[1], size[0]]
        times = torch.tensor([sizes] * len(joined[0]), device=joined[1].device)
        added = {"text_embeds": joined[1], "time_ids": times.to(joined[1].dtype)}
    return TextDenoiser(
        unet=pipe.unet,
        kept=tuple(float(share) for share in schedule.alphas_cumprod.double()),
        velocity=schedule.config.prediction_type == "v_prediction",
        words=joined[0].to(pipe.unet.dtype),
        added={name: value.to(pipe.unet.dtype) for name, value in added.items()},
    )


def encode(pipe: Any, picture: Image.Image) -> Any:
    """Return a picture as its VAE's mean latent, channels x height x width, in float32.

    Raises:
        GenerationError: the picture's sides are no multiples of what a latent cell covers.
    """
    import torch

    vae, cell = pipe.vae, pipe.vae_scale_factor
    width, height = picture.size
    if width % cell or height % cell:
        raise GenerationError(
            f"the model works on pictures whose sides are multiples of {cell}, and this one has"
            f" {width}x{height} pixels"
        )
    pixels = np.asarray(picture.convert("RGB"), dtype=np.float32) / 127.5 - 1
    given = torch.from_numpy(pixels).permute(2, 0, 1)[None].to(vae.device)
    before = vae.dtype
    # The VAE of SDXL overflows in half precision, and says so in its configuration.
    wide = before == torch.float16 and vae.config.get("force_upcast")
    with torch.inference_mode():
        try:
            if wide:
                vae.to(torch.float32)
            latent = vae.encode(given.to(vae.dtype)).latent_dist.mode()[0].float()
        finally:
            if wide:
                vae.to(before)
    shifted = latent - (vae.config.get("shift_factor") or 0.0)
    return shifted * vae.config.scaling_factor


def _obstacle(pipe: Any) -> str:
    """Say what keeps a pipeline from being asked; empty where nothing does."""
    parts = components.parts(pipe)
    unet, vae, schedule = (parts.get(name) for name in ("unet", "vae", "scheduler"))
    if unet is None or vae is None or not hasattr(pipe, "encode_prompt"):
        return "it is not of the Stable Diffusion kind (a UNet, a VAE and a text encoder)"
    if schedule is None or not hasattr(schedule, "alphas_cumprod"):
        return f"its noise schedule ({type(schedule).__name__}) has no signal shares by step"
    if (guess := schedule.config.get("prediction_type")) not in _PREDICTIONS:
        return f"its UNet predicts neither noise nor velocity but {guess}"
    if unet.config.in_channels != vae.config.latent_channels:
        return f"its UNet takes {unet.config.in_channels} channels, not those of a latent alone"
    beside = _beside_text(pipe, unet, parts)
    return f"its UNet is conditioned on more than text ({beside})" if beside else ""


def _beside_text(pipe: Any, unet: Any, parts: Mapping[str, Any]) -> str:
    """Name what a UNet is conditioned on beside text; empty where on nothing."""
    config = unet.config
    found = {
        "a ControlNet": "controlnet" in parts,
        "a T2I-Adapter": "adapter" in parts,
        "an IP-Adapter": config.get("encoder_hid_dim_type") is not None,
        "the guidance scale": config.get("time_cond_proj_dim") is not None,
        "a class": config.get("class_embed_type") is not None,
        "an aesthetic score": pipe.config.get("requires_aesthetics_score"),
        "an image": config.get("addition_embed_type") not in {None, "text_time"},
    }
    return ", ".join(name for name, there in found.items() if there)
