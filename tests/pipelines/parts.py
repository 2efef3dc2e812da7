"""Parts of tiny pipelines: encoders, tokenizers, UNets and VAEs of a few channels."""

from __future__ import annotations

from typing import Any, Final

import diffusers
import transformers
from PIL import Image
from tokenizers import Tokenizer, models, pre_tokenizers

from provenance_gen.generation.builtin.tokens import clip_tokenizer, vocabulary

__all__ = ["clip_tokenizer"]

SIDE: Final = 32
WIDTH: Final = 32
_CLIP: Final = {
    "vocab_size": len(vocabulary()),
    "hidden_size": WIDTH,
    "intermediate_size": 37,
    "projection_dim": WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 77,
    "bos_token_id": len(vocabulary()) - 2,
    "eos_token_id": len(vocabulary()) - 1,
    "pad_token_id": len(vocabulary()) - 1,
}

Made = tuple[Any, dict[str, Any]]
"""A pipeline, and the arguments of a short call."""


def picture(colour: str = "teal", size: tuple[int, int] = (SIDE, SIDE)) -> Image.Image:
    """Return a picture with something on it."""
    image = Image.new("RGB", size, colour)
    image.paste("white", (4, 4, size[0] // 2, size[1] // 2))
    return image


def mask() -> Image.Image:
    """Return a mask: white is painted anew."""
    image = Image.new("L", (SIDE, SIDE), 0)
    image.paste(255, (0, 0, SIDE // 2, SIDE))
    return image


def clip(kind: Any = None) -> Any:
    """Return a CLIP text encoder."""
    kind = kind or transformers.CLIPTextModel
    return kind(transformers.CLIPTextConfig(**_CLIP)).eval()


def t5() -> Any:
    """Return a T5 text encoder."""
    config = transformers.T5Config(
        vocab_size=64, d_model=WIDTH, d_ff=37, d_kv=8, num_layers=2, num_heads=4
    )
    return transformers.T5EncoderModel(config).eval()


def t5_tokenizer() -> Any:
    """Return a tokenizer of a few words for T5."""
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


def unet(**more: Any) -> Any:
    """Return a UNet; ``more`` changes its configuration."""
    values = {
        "sample_size": SIDE // 2,
        "in_channels": 4,
        "out_channels": 4,
        "block_out_channels": (4, 8),
        "layers_per_block": 1,
        "norm_num_groups": 2,
        "cross_attention_dim": WIDTH,
        "attention_head_dim": 2,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
    } | more
    return diffusers.UNet2DConditionModel(**values).eval()


def vae(latent: int = 4, **more: Any) -> Any:
    """Return a VAE; ``more`` changes its configuration."""
    values = {
        "block_out_channels": (4, 8),
        "down_block_types": ("DownEncoderBlock2D",) * 2,
        "up_block_types": ("UpDecoderBlock2D",) * 2,
        "latent_channels": latent,
        "norm_num_groups": 2,
        "sample_size": SIDE,
    } | more
    return diffusers.AutoencoderKL(**values).eval()
