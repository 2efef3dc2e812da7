"""The picture model: a UNet that learns to remove noise from latents, given a caption.

Velocity prediction with a schedule that ends in pure noise (S. Lin et al., "Common diffusion
noise schedules and sample steps are flawed", 2023). Sampling is left to diffusers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from torch import nn

from provenance_gen.generation.builtin import tokens
from provenance_gen.generation.builtin.loop import Stage
from provenance_gen.generation.builtin.text import WIDTH, hidden_states
from provenance_gen.generation.builtin.vae import LATENT_CHANNELS

if TYPE_CHECKING:
    from provenance_gen.generation.builtin.recipe import Recipe
    from provenance_gen.generation.builtin.team import Team

__all__ = ["build_scheduler", "build_unet", "denoiser_stage"]

_SNR_CAP = 5.0
_UNCONDITIONED = 0.1


def build_unet(recipe: Recipe) -> Any:
    """Return an untrained UNet for the latents of the recipe's codec."""
    attending = len(recipe.unet_widths) - 1
    return UNet2DConditionModel(
        sample_size=recipe.size // recipe.cell,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        block_out_channels=recipe.unet_widths,
        down_block_types=("DownBlock2D", *["CrossAttnDownBlock2D"] * attending),
        up_block_types=(*["CrossAttnUpBlock2D"] * attending, "UpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=WIDTH,
        attention_head_dim=4,
    )


def build_scheduler() -> Any:
    """Return the noise schedule, for training and for sampling alike."""
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=True,
        steps_offset=1,
        prediction_type="v_prediction",
        timestep_spacing="trailing",
        rescale_betas_zero_snr=True,
    )


def _step_chances(kept: Any) -> Any:
    """Return the cumulative chance of each noise level, by its weight in the loss.

    The weight is that of T. Hang et al., "Efficient diffusion training via min-SNR weighting
    strategy" (2023); for velocities min(SNR, cap) / (SNR + 1). One is added to the SNR so that
    the last level, pure noise, is trained too. Drawing levels by weight replaces weighting.
    """
    ratio = kept / (1 - kept)
    weights = (ratio + 1).clamp(max=_SNR_CAP) / (ratio + 1)
    return weights.cumsum(0) / weights.sum()


def denoiser_stage(
    team: Team,
    models: dict[str, Any],
    words: Any,
    latents: Any,
    *,
    seconds: float,
    recipe: Recipe,
) -> Stage:
    """Return the stage that trains `models["unet"]` and its running average `models["average"]`.

    `latents` are scaled to unit variance; `words` are token numbers (n, captions, length) of the
    same pictures; `models["encoder"]` is fixed.
    """
    unet, average, encoder = models["unet"], models["average"], models["encoder"]
    kept = build_scheduler().alphas_cumprod.to(team.device)
    chances = _step_chances(kept)
    silence = torch.tensor(tokens.encode(""), dtype=words.dtype, device=team.device)
    batch = recipe.batches["denoiser"]
    compiled = torch.compile(unet, backend=recipe.compiler) if recipe.compiler else unet

    def loss() -> Any:
        chosen = torch.randint(len(words), (batch,), device=team.device)
        wording = torch.randint(words.shape[1], (batch,), device=team.device)
        mute = torch.rand(batch, 1, device=team.device) < _UNCONDITIONED
        numbers = torch.where(mute, silence, words[chosen, wording]).long()
        clean = latents[chosen]
        # One level from each of `batch` equal shares of the weight: less noise in the loss.
        spots = torch.arange(batch, device=team.device) + torch.rand(batch, device=team.device)
        levels = torch.searchsorted(chances, spots / batch).clamp(max=len(kept) - 1)
        signal = kept[levels].sqrt().view(-1, 1, 1, 1)
        noisy = (1 - kept[levels]).sqrt().view(-1, 1, 1, 1)
        noise = torch.randn_like(clean)
        velocity = signal * noise - noisy * clean
        with torch.no_grad():
            states = hidden_states(encoder, numbers)
        with team.arithmetic():
            guess = compiled(signal * clean + noisy * noise, levels, states).sample
        return nn.functional.mse_loss(guess.float(), velocity)

    def follow(steps: int) -> None:
        """Move the running average towards the current weights, quickly at first."""
        pace = 1 - min(recipe.average, (1 + steps) / (10 + steps))
        with torch.no_grad():
            for slow, fast in zip(average.parameters(), unet.parameters(), strict=True):
                slow.lerp_(fast, pace)

    average.requires_grad_(requires_grad=False)
    modules = {"unet": unet, "average": average}
    return Stage("denoiser", seconds, modules, loss, batch, rate=2e-3, after_step=follow)
