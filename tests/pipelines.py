"""Real diffusers pipelines with random weights of a few channels, built in code.

Each builder returns a pipeline whose weights are the same in every run, and the arguments of a
call that takes two or three steps. Nothing is downloaded and the pictures mean nothing: they show
that a recorded call gives the same bytes as a bare one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import diffusers
import numpy as np
import torch
import transformers
from PIL import Image
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

from provenance_gen.generation.builtin.tokens import clip_tokenizer, vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SIDE: Final = 32
_WIDTH: Final = 32
_CLIP: Final = {
    "vocab_size": len(vocabulary()),
    "hidden_size": _WIDTH,
    "intermediate_size": 37,
    "projection_dim": _WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 77,
    "bos_token_id": len(vocabulary()) - 2,
    "eos_token_id": len(vocabulary()) - 1,
    "pad_token_id": len(vocabulary()) - 1,
}

Made = tuple[Any, dict[str, Any]]


def picture(colour: str = "teal", size: tuple[int, int] = (SIDE, SIDE)) -> Image.Image:
    """Return a picture with something on it."""
    image = Image.new("RGB", size, colour)
    image.paste("white", (4, 4, size[0] // 2, size[1] // 2))
    return image


def mask(size: tuple[int, int] = (SIDE, SIDE)) -> Image.Image:
    """Return a mask: white is painted anew."""
    image = Image.new("L", size, 0)
    image.paste(255, (0, 0, size[0] // 2, size[1]))
    return image


def _clip(kind: Any = None) -> Any:
    kind = kind or transformers.CLIPTextModel
    return kind(transformers.CLIPTextConfig(**_CLIP)).eval()


def _t5() -> Any:
    config = transformers.T5Config(
        vocab_size=64, d_model=_WIDTH, d_ff=37, d_kv=8, num_layers=2, num_heads=4
    )
    return transformers.T5EncoderModel(config).eval()


def _t5_tokenizer() -> Any:
    words = {"<pad>": 0, "</s>": 1, "<unk>": 2}
    words |= {word: place for place, word in enumerate(("a", "red", "boat", "on", "the", "sea"), 3)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unk>"))  # noqa: S106 - no password
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",  # noqa: S106 - no password
        eos_token="</s>",  # noqa: S106 - no password
        unk_token="<unk>",  # noqa: S106 - no password
        model_max_length=77,
    )


def _unet(**more: Any) -> Any:
    values = {
        "sample_size": SIDE // 2,
        "in_channels": 4,
        "out_channels": 4,
        "block_out_channels": (4, 8),
        "layers_per_block": 1,
        "norm_num_groups": 2,
        "cross_attention_dim": _WIDTH,
        "attention_head_dim": 2,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
    } | more
    return diffusers.UNet2DConditionModel(**values).eval()


def _vae(latent: int = 4, **more: Any) -> Any:
    values = {
        "block_out_channels": (4, 8),
        "down_block_types": ("DownEncoderBlock2D",) * 2,
        "up_block_types": ("UpDecoderBlock2D",) * 2,
        "latent_channels": latent,
        "norm_num_groups": 2,
        "sample_size": SIDE,
    } | more
    return diffusers.AutoencoderKL(**values).eval()


def _stable(kind: Any, **more: Any) -> Any:
    parts = {
        "unet": _unet(),
        "vae": _vae(),
        "text_encoder": _clip(),
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
    pipe = _stable(diffusers.StableDiffusionInpaintPipeline, unet=_unet(in_channels=9))
    given = {"image": picture(), "mask_image": mask(), "height": SIDE, "width": SIDE}
    return pipe, given


def stable_diffusion_controlled() -> Made:
    """Return Stable Diffusion with a ControlNet."""
    unet = _unet()
    net = diffusers.ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(4, 8))
    pipe = _stable(diffusers.StableDiffusionControlNetPipeline, unet=unet, controlnet=net.eval())
    given = {"image": picture(), "height": SIDE, "width": SIDE}
    return pipe, given | {"controlnet_conditioning_scale": 0.5}


def stable_diffusion_xl() -> Made:
    """Return SDXL."""
    pipe = diffusers.StableDiffusionXLPipeline(
        unet=_unet(
            attention_head_dim=(2, 4),
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            transformer_layers_per_block=(1, 2),
            projection_class_embeddings_input_dim=6 * 8 + _WIDTH,
            cross_attention_dim=2 * _WIDTH,
        ),
        vae=_vae(),
        text_encoder=_clip(),
        text_encoder_2=_clip(transformers.CLIPTextModelWithProjection),
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
        joint_attention_dim=_WIDTH,
        pooled_projection_dim=2 * _WIDTH,
        out_channels=4,
    )
    pipe = diffusers.StableDiffusion3Pipeline(
        transformer=transformer.eval(),
        vae=_vae(shift_factor=0.06, scaling_factor=1.5),
        text_encoder=_clip(transformers.CLIPTextModelWithProjection),
        text_encoder_2=_clip(transformers.CLIPTextModelWithProjection),
        text_encoder_3=_t5(),
        tokenizer=clip_tokenizer(),
        tokenizer_2=clip_tokenizer(),
        tokenizer_3=_t5_tokenizer(),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(),
    )
    return pipe, {"height": SIDE, "width": SIDE, "prompt_3": "the sea", "sigmas": [1.0, 0.75, 0.2]}


def flux() -> Made:
    """Return Flux."""
    transformer = diffusers.FluxTransformer2DModel(
        patch_size=1,
        in_channels=4,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=_WIDTH,
        pooled_projection_dim=_WIDTH,
        axes_dims_rope=[4, 4, 8],
    )
    pipe = diffusers.FluxPipeline(
        transformer=transformer.eval(),
        vae=_vae(1, shift_factor=0.06, scaling_factor=1.5),
        text_encoder=_clip(),
        text_encoder_2=_t5(),
        tokenizer=clip_tokenizer(),
        tokenizer_2=_t5_tokenizer(),
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
        caption_channels=_WIDTH,
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
        vae=_vae(),
        text_encoder=_t5(),
        tokenizer=_t5_tokenizer(),
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
    unet = _unet(
        in_channels=4,
        out_channels=8,
        addition_embed_type="image",
        block_out_channels=(32, 32),
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        encoder_hid_dim=_WIDTH,
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
    pipe = diffusers.KandinskyV22Pipeline(unet=unet, scheduler=scheduler, movq=movq.eval())
    maker = torch.Generator().manual_seed(3)
    given = {
        name: torch.rand((1, _WIDTH), generator=maker)
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
        transformer=transformer.eval(), vae=_vae(), scheduler=diffusers.DDIMScheduler()
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
        unet=_unet(),
        vae=_vae(),
        text_encoder=_clip(),
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
        text_encoder_dim=_WIDTH, conditioning_dim=4, min_value=0, max_value=32
    )
    pipe = diffusers.StableAudioPipeline(
        transformer=transformer.eval(),
        vae=vae.eval(),
        projection_model=projection.eval(),
        text_encoder=_t5(),
        tokenizer=_t5_tokenizer(),
        scheduler=diffusers.EDMDPMSolverMultistepScheduler(
            solver_order=2, final_sigmas_type="zero"
        ),
    )
    return pipe, {"audio_end_in_s": 1.0}


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


def lora(path: Path, pipe: Any, seed: int = 1) -> Path:
    """Write a small LoRA for the pipeline's UNet."""
    maker = torch.Generator().manual_seed(seed)
    weights = {}
    for name, module in pipe.unet.named_modules():
        if name.endswith(("to_q", "to_v")):
            rows, columns = module.weight.shape
            weights[f"unet.{name}.lora_A.weight"] = torch.rand((2, columns), generator=maker)
            weights[f"unet.{name}.lora_B.weight"] = torch.rand((rows, 2), generator=maker)
    save_file(weights, path)
    return path


def flat(output: Any) -> list[np.ndarray[Any, Any]]:
    """Return everything a pipeline gave back, as arrays, to compare byte for byte."""
    if isinstance(output, dict):
        output = list(output.values())
    if isinstance(output, list | tuple):
        return [array for part in output for array in flat(part)]
    if isinstance(output, torch.Tensor):
        return [output.detach().cpu().numpy()]
    return [] if output is None else [np.asarray(output)]
