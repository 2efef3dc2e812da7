"""Pipelines of other families, tiny: transformers, classes in place of prompts, video, sound."""

from __future__ import annotations

import diffusers
import torch

from tests.pipelines.parts import (
    WIDTH,
    Made,
    clip,
    clip_tokenizer,
    t5,
    t5_tokenizer,
    unet,
    vae,
)


def flux() -> Made:
    """Return Flux."""
    transformer = diffusers.FluxTransformer2DModel(
        patch_size=1,
        in_channels=4,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=WIDTH,
        pooled_projection_dim=WIDTH,
        axes_dims_rope=[4, 4, 8],
    )
    pipe = diffusers.FluxPipeline(
        transformer=transformer.eval(),
        vae=vae(1, shift_factor=0.06, scaling_factor=1.5),
        text_encoder=clip(),
        text_encoder_2=t5(),
        tokenizer=clip_tokenizer(),
        tokenizer_2=t5_tokenizer(),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(),
    )
    return pipe, {"height": 16, "width": 16, "max_sequence_length": 48}


def pixart() -> Made:
    """Return PixArt-alpha, which knows no ``callback_on_step_end``."""
    transformer = diffusers.PixArtTransformer2DModel(
        sample_size=8,
        num_layers=1,
        patch_size=2,
        attention_head_dim=8,
        num_attention_heads=2,
        caption_channels=WIDTH,
        in_channels=4,
        cross_attention_dim=16,
        out_channels=8,
        norm_type="ada_norm_single",
        norm_elementwise_affine=False,
        norm_eps=1e-6,
        use_additional_conditions=False,
    )
    pipe = diffusers.PixArtAlphaPipeline(
        transformer=transformer.eval(),
        vae=vae(),
        text_encoder=t5(),
        tokenizer=t5_tokenizer(),
        scheduler=diffusers.DDIMScheduler(),
    )
    return pipe, {
        "height": 16,
        "width": 16,
        "use_resolution_binning": False,
        "clean_caption": False,
    }


def kandinsky() -> Made:
    """Return Kandinsky 2.2, which is given embeddings in place of a prompt."""
    net = unet(
        in_channels=4,
        out_channels=8,
        addition_embed_type="image",
        block_out_channels=(32, 32),
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        encoder_hid_dim=WIDTH,
        encoder_hid_dim_type="image_proj",
        cross_attention_dim=32,
        resnet_time_scale_shift="scale_shift",
        class_embed_type=None,
    )
    movq = diffusers.VQModel(
        block_out_channels=(32, 32),
        down_block_types=("DownEncoderBlock2D", "AttnDownEncoderBlock2D"),
        up_block_types=("AttnUpDecoderBlock2D", "UpDecoderBlock2D"),
        latent_channels=4,
        layers_per_block=1,
        norm_num_groups=8,
        num_vq_embeddings=12,
        vq_embed_dim=4,
        norm_type="spatial",
    )
    scheduler = diffusers.DDIMScheduler(
        clip_sample=False, set_alpha_to_one=False, prediction_type="epsilon", thresholding=False
    )
    pipe = diffusers.KandinskyV22Pipeline(unet=net, scheduler=scheduler, movq=movq.eval())
    maker = torch.Generator().manual_seed(3)
    given = {
        name: torch.rand((1, WIDTH), generator=maker)
        for name in ("image_embeds", "negative_image_embeds")
    }
    return pipe, given | {"height": 16, "width": 16, "prompt": None}


def dit() -> Made:
    """Return DiT, which is given numbers of classes."""
    transformer = diffusers.DiTTransformer2DModel(
        sample_size=8,
        num_layers=1,
        patch_size=2,
        attention_head_dim=8,
        num_attention_heads=2,
        in_channels=4,
        out_channels=8,
        attention_bias=True,
        num_embeds_ada_norm=1000,
        norm_type="ada_norm_zero",
        norm_elementwise_affine=False,
    )
    pipe = diffusers.DiTPipeline(
        transformer=transformer.eval(), vae=vae(), scheduler=diffusers.DDIMScheduler()
    )
    return pipe, {"class_labels": [7, 3], "prompt": None}


def ddpm() -> Made:
    """Return DDPM, which is given nothing and adds noise at each step."""
    unet = diffusers.UNet2DModel(
        sample_size=16,
        in_channels=3,
        out_channels=3,
        block_out_channels=(4, 8),
        norm_num_groups=2,
        layers_per_block=1,
        down_block_types=("DownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "UpBlock2D"),
    )
    return diffusers.DDPMPipeline(unet=unet.eval(), scheduler=diffusers.DDPMScheduler()), {
        "prompt": None
    }


def video() -> Made:
    """Return AnimateDiff: a video of two frames."""
    adapter = diffusers.MotionAdapter(
        block_out_channels=(4, 8),
        motion_layers_per_block=1,
        motion_norm_num_groups=2,
        motion_num_attention_heads=2,
    )
    pipe = diffusers.AnimateDiffPipeline(
        unet=unet(),
        vae=vae(),
        text_encoder=clip(),
        tokenizer=clip_tokenizer(),
        motion_adapter=adapter.eval(),
        scheduler=diffusers.DDIMScheduler(beta_schedule="linear", clip_sample=False),
    )
    return pipe, {"height": 16, "width": 16, "num_frames": 2}


def audio() -> Made:
    """Return Stable Audio: a stereo sound."""
    transformer = diffusers.StableAudioDiTModel(
        sample_size=4,
        in_channels=3,
        num_layers=1,
        attention_head_dim=4,
        num_key_value_attention_heads=2,
        out_channels=3,
        cross_attention_dim=4,
        time_proj_dim=8,
        global_states_input_dim=8,
        cross_attention_input_dim=4,
    )
    vae = diffusers.AutoencoderOobleck(
        encoder_hidden_size=6,
        downsampling_ratios=[1, 2],
        decoder_channels=3,
        decoder_input_channels=3,
        audio_channels=2,
        channel_multiples=[2, 4],
        sampling_rate=4,
    )
    projection = diffusers.StableAudioProjectionModel(
        text_encoder_dim=WIDTH, conditioning_dim=4, min_value=0, max_value=32
    )
    pipe = diffusers.StableAudioPipeline(
        transformer=transformer.eval(),
        vae=vae.eval(),
        projection_model=projection.eval(),
        text_encoder=t5(),
        tokenizer=t5_tokenizer(),
        scheduler=diffusers.EDMDPMSolverMultistepScheduler(
            solver_order=2, final_sigmas_type="zero"
        ),
    )
    return pipe, {"audio_end_in_s": 1.0}
