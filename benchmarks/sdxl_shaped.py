"""A pipeline of SDXL's shape and size with random weights, for timing; its pictures are noise."""

from __future__ import annotations

from typing import Any

import diffusers
import torch
import transformers

from provenance_gen.generation.builtin.tokens import clip_tokenizer, vocabulary


def build(device: str) -> Any:
    """Return the pipeline in bfloat16: a UNet of 2.6 billion weights, SDXL's VAE and encoders."""
    with torch.device(device):
        parts = {
            "unet": _unet(),
            "vae": _vae(),
            "text_encoder": transformers.CLIPTextModel(_text(768, 12, 12, "quick_gelu")),
            "text_encoder_2": transformers.CLIPTextModelWithProjection(_text(1280, 32, 20, "gelu")),
        }
    pipe = diffusers.StableDiffusionXLPipeline(
        **{name: part.to(torch.bfloat16).eval() for name, part in parts.items()},
        tokenizer=clip_tokenizer(),
        tokenizer_2=clip_tokenizer(),
        scheduler=diffusers.EulerDiscreteScheduler(
            beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012
        ),
        add_watermarker=False,
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe


def _unet() -> Any:
    return diffusers.UNet2DConditionModel(
        sample_size=128,
        block_out_channels=(320, 640, 1280),
        layers_per_block=2,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2, 10),
        attention_head_dim=(5, 10, 20),
        cross_attention_dim=2048,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=2816,
    )


def _vae() -> Any:
    return diffusers.AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        latent_channels=4,
        sample_size=1024,
        scaling_factor=0.13025,
        force_upcast=False,
    )


def _text(width: int, layers: int, heads: int, activation: str) -> Any:
    numbers = len(vocabulary())
    return transformers.CLIPTextConfig(
        vocab_size=numbers,
        hidden_size=width,
        intermediate_size=4 * width,
        projection_dim=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        hidden_act=activation,
        max_position_embeddings=77,
        bos_token_id=numbers - 2,
        eos_token_id=numbers - 1,
        pad_token_id=numbers - 1,
    )
