"""The picture codec: an AutoencoderKL that turns a few pixels squared into a cell of 4 numbers.

Trained in two stages: first both halves, later, while the picture model is already trained on its
latents, the decoder alone, for sharp edges. No adversarial loss and no pretrained perceptual loss,
since every weight of this model is to be trained on our own scenes only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from diffusers import AutoencoderKL
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from torch import nn

from provenance_gen.generation.builtin.loop import Stage
from provenance_gen.generation.builtin.pictures import as_batch

if TYPE_CHECKING:
    from provenance_gen.generation.builtin.recipe import Recipe
    from provenance_gen.generation.builtin.team import Team

__all__ = [
    "LATENT_CHANNELS",
    "build_vae",
    "codec_stage",
    "decoder_stage",
    "distance",
    "encode_all",
    "psnr",
]

LATENT_CHANNELS = 4
_KL_WEIGHT = 3e-4
_NOISE = 0.1
_UNSHAKEN = 0.6


def build_vae(recipe: Recipe) -> Any:
    """Return an untrained codec."""
    return AutoencoderKL(
        block_out_channels=recipe.codec_widths,
        down_block_types=("DownEncoderBlock2D",) * len(recipe.codec_widths),
        up_block_types=("UpDecoderBlock2D",) * len(recipe.codec_widths),
        layers_per_block=1,
        latent_channels=LATENT_CHANNELS,
        norm_num_groups=16,
        mid_block_add_attention=False,
        sample_size=recipe.size,
    )


def codec_stage(team: Team, vae: Any, pixels: Any, *, seconds: float, batch: int) -> Stage:
    """Return the stage that trains encoder and decoder together on uint8 pixels."""

    def loss() -> Any:
        chosen = torch.randint(len(pixels), (batch,), device=pixels.device)
        pictures = as_batch(pixels[chosen], team.device)
        with team.arithmetic():
            encoded = vae.encode(pictures).latent_dist
        posterior = DiagonalGaussianDistribution(encoded.parameters.float())
        latents = posterior.sample()
        # The picture model never hits a latent exactly, so the decoder must bear small errors.
        shaken = latents + _NOISE * latents.detach().std() * torch.randn_like(latents)
        keep = torch.rand(batch, 1, 1, 1, device=team.device) < _UNSHAKEN
        with team.arithmetic():
            decoded = vae.decode(torch.where(keep, latents, shaken)).sample
        return distance(decoded.float(), pictures) + _KL_WEIGHT * _divergence(posterior)

    return Stage("codec", seconds, {"vae": vae}, loss, batch, rate=3e-3)


def decoder_stage(
    team: Team, vae: Any, pixels: Any, latents: Any, *, seconds: float, batch: int
) -> Stage:
    """Return the stage that trains the decoder alone; the latents stay what they are.

    `latents` are unscaled, (n, channels, rows, columns), in the order of `pixels`.
    """
    spread = float(latents.std())
    vae.encoder.requires_grad_(requires_grad=False)
    vae.quant_conv.requires_grad_(requires_grad=False)

    def loss() -> Any:
        chosen = torch.randint(len(pixels), (batch,), device=pixels.device)
        pictures = as_batch(pixels[chosen], team.device)
        given = latents[chosen]
        strength = _NOISE * spread * torch.rand(batch, 1, 1, 1, device=team.device)
        with team.arithmetic():
            decoded = vae.decode(given + strength * torch.randn_like(given)).sample
        return distance(decoded.float(), pictures, edges=2.0)

    return Stage("decoder", seconds, {"vae": vae}, loss, batch, rate=2.5e-3, steady=0.25)


def encode_all(team: Team, vae: Any, pixels: Any, *, shrink: int = 1) -> Any:
    """Return the unscaled mean latents of all pixels, on the team's device.

    The pictures are first made `shrink` times as small.
    """
    count = 64 if team.device.type == "cpu" else 512
    parts = (
        nn.functional.avg_pool2d(as_batch(part, team.device), shrink)
        for part in torch.split(pixels, count)
    )
    with torch.no_grad():
        return torch.cat([vae.encode(part).latent_dist.mean for part in parts])


def psnr(team: Team, vae: Any, pixels: Any) -> float:
    """Return the peak signal-to-noise ratio of uint8 pixels sent through the codec, in dB."""
    with torch.no_grad():
        pictures = as_batch(pixels, team.device)
        decoded = vae.decode(vae.encode(pictures).latent_dist.mean).sample.clamp(-1, 1)
        return float(-10 * torch.log10(((decoded - pictures) / 2).square().mean()))


def distance(decoded: Any, pictures: Any, *, edges: float = 0.0) -> Any:
    """Return L1 + L2 + differences of neighbours + coarse L1; `edges` adds weight on edges."""
    wrong = decoded - pictures
    sides = [pictures.diff(dim=2), pictures.diff(dim=3)]
    error = wrong.abs() + wrong.square()
    if edges:
        steep = nn.functional.pad(sides[0].abs(), (0, 0, 0, 1)) + nn.functional.pad(
            sides[1].abs(), (0, 1)
        )
        error = error * (1 + edges * steep.mean(1, keepdim=True))
    slopes = wrong.diff(dim=2).abs().mean() + wrong.diff(dim=3).abs().mean()
    coarse = nn.functional.avg_pool2d(wrong, 4).abs().mean()
    return error.mean() + 0.5 * slopes + 0.5 * coarse


def _divergence(posterior: Any) -> Any:
    """Return the mean divergence of the latents from a standard normal distribution."""
    return 0.5 * (posterior.mean.square() + posterior.var - 1 - posterior.logvar).mean()
