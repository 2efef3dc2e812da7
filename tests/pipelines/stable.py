"""Stable Diffusion and its kin, tiny."""

from __future__ import annotations

from typing import Any

import diffusers
import transformers

from tests.pipelines.parts import (
    SIDE,
    WIDTH,
    Made,
    clip,
    clip_tokenizer,
    mask,
    picture,
    t5,
    t5_tokenizer,
    unet,
    vae,
)


def _stable(kind: Any, **more: Any) -> Any:
    parts = {
        "unet": unet(),
        "vae": vae(),
        "text_encoder": clip(),
        "tokenizer": clip_tokenizer(),
        "scheduler": diffusers.DDIMScheduler(clip_sample=False, steps_offset=1),
        "safety_checker": None,
        "feature_extractor": None,
        "requires_safety_checker": False,
    }
    return kind(**(parts | more))


def stable_diffusion() -> Made:
    """Return Stable Diffusion."""
    return _stable(diffusers.StableDiffusionPipeline), {"height": SIDE, "width": SIDE}


def stable_diffusion_image() -> Made:
    """Return Stable Diffusion from an image."""
    pipe = _stable(diffusers.StableDiffusionImg2ImgPipeline)
    return pipe, {"image": picture(), "strength": 0.75, "num_inference_steps": 4}


def stable_diffusion_inpaint() -> Made:
    """Return Stable Diffusion that paints inside a mask."""
    pipe = _stable(diffusers.StableDiffusionInpaintPipeline, unet=unet(in_channels=9))
    given = {"image": picture(), "mask_image": mask(), "height": SIDE, "width": SIDE}
    return pipe, given


def stable_diffusion_controlled() -> Made:
    """Return Stable Diffusion with a ControlNet."""
    base = unet()
    net = diffusers.ControlNetModel.from_unet(base, conditioning_embedding_out_channels=(4, 8))
    pipe = _stable(diffusers.StableDiffusionControlNetPipeline, unet=base, controlnet=net.eval())
    given = {"image": picture(), "height": SIDE, "width": SIDE}
    return pipe, given | {"controlnet_conditioning_scale": 0.5}


def stable_diffusion_xl() -> Made:
    """Return SDXL."""
    pipe = diffusers.StableDiffusionXLPipeline(
        unet=unet(
            attention_head_dim=(2, 4),
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            transformer_layers_per_block=(1, 2),
            projection_class_embeddings_input_dim=6 * 8 + WIDTH,
            cross_attention_dim=2 * WIDTH,
        ),
        vae=vae(),
        text_encoder=clip(),
        text_encoder_2=clip(transformers.CLIPTextModelWithProjection),
        tokenizer=clip_tokenizer(),
        tokenizer_2=clip_tokenizer(),
        scheduler=diffusers.EulerDiscreteScheduler(),
        add_watermarker=False,
    )
    given = {"height": SIDE, "width": SIDE, "prompt_2": "red", "original_size": (64, 48)}
    return pipe, given


def stable_diffusion_3() -> Made:
    """Return Stable Diffusion 3."""
    transformer = diffusers.SD3Transformer2DModel(
        sample_size=SIDE,
        patch_size=1,
        in_channels=4,
        num_layers=1,
        attention_head_dim=8,
        num_attention_heads=4,
        caption_projection_dim=32,
        joint_attention_dim=WIDTH,
        pooled_projection_dim=2 * WIDTH,
        out_channels=4,
    )
    pipe = diffusers.StableDiffusion3Pipeline(
        transformer=transformer.eval(),
        vae=vae(shift_factor=0.06, scaling_factor=1.5),
        text_encoder=clip(transformers.CLIPTextModelWithProjection),
        text_encoder_2=clip(transformers.CLIPTextModelWithProjection),
        text_encoder_3=t5(),
        tokenizer=clip_tokenizer(),
        tokenizer_2=clip_tokenizer(),
        tokenizer_3=t5_tokenizer(),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(),
    )
    return pipe, {"height": SIDE, "width": SIDE, "prompt_3": "the sea", "sigmas": [1.0, 0.75, 0.2]}
