"""What is loaded into tiny pipelines, or what they are loaded from, as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import diffusers
import torch
import transformers
from safetensors.torch import save_file

if TYPE_CHECKING:
    from pathlib import Path


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


def controlnet(folder: Path, unet: Any) -> Path:
    """Write a small ControlNet for a UNet, as a folder."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        net = diffusers.ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(4, 8))
        for layer in net.controlnet_down_blocks:  # else all zero, and without effect
            torch.nn.init.normal_(layer.weight)
    net.save_pretrained(folder)
    return folder


def ip_adapter(path: Path, unet: Any) -> Path:
    """Write a small IP-Adapter for a UNet, and its image encoder beside it."""
    maker = torch.Generator().manual_seed(1)
    width, tokens = 16, 4

    def some(*shape: int) -> Any:
        return torch.rand(shape, generator=maker) - 0.5

    cross = unet.config.cross_attention_dim
    weights = {
        "image_proj.proj.weight": some(tokens * cross, width),
        "image_proj.proj.bias": some(tokens * cross),
        "image_proj.norm.weight": some(cross),
        "image_proj.norm.bias": some(cross),
    }
    layers = [name for name in unet.attn_processors if "attn2" in name]
    for place, name in enumerate(layers):
        rows = unet.get_submodule(name.removesuffix(".processor")).to_k.weight.shape[0]
        for part in ("to_k_ip", "to_v_ip"):
            weights[f"ip_adapter.{2 * place + 1}.{part}.weight"] = some(rows, cross)
    save_file(weights, path)
    config = transformers.CLIPVisionConfig(
        hidden_size=16,
        intermediate_size=16,
        projection_dim=width,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=8,
        patch_size=4,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        encoder = transformers.CLIPVisionModelWithProjection(config)
    encoder.save_pretrained(path.parent / "image_encoder")
    return path


def checkpoint(path: Path, pipe: Any) -> Path:
    """Write Stable Diffusion as one file, with the names that its first authors gave the weights.

    The names are those that ``diffusers.loaders.single_file_utils`` reads.
    """
    weights = {}
    for key, value in pipe.unet.state_dict().items():
        weights[f"model.diffusion_model.{_unet_name(key, pipe.unet)}"] = value
    levels = len(pipe.vae.config.up_block_types)
    for key, value in pipe.vae.state_dict().items():
        name, attention = _vae_name(key, levels), "attentions" in key and "group_norm" not in key
        conv = attention and key.endswith(".weight")
        weights[f"first_stage_model.{name}"] = value[:, :, None, None] if conv else value
    for key, value in pipe.text_encoder.state_dict().items():
        name = key if key.startswith("text_model.") else f"text_model.{key}"
        weights[f"cond_stage_model.transformer.{name}"] = value
    save_file({name: value.contiguous() for name, value in weights.items()}, path)
    return path


_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1",
    "conv_shortcut": "skip_connection",
}
_ENDS = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
_VAE = {
    "conv_norm_out": "norm_out",
    "conv_shortcut": "nin_shortcut",
    "mid_block.resnets.0": "mid.block_1",
    "mid_block.resnets.1": "mid.block_2",
    "mid_block.attentions.0": "mid.attn_1",
    "group_norm": "norm",
    "to_q": "q",
    "to_k": "k",
    "to_v": "v",
    "to_out.0": "proj_out",
    "downsamplers.0": "downsample",
    "upsamplers.0": "upsample",
    ".resnets.": ".block.",
    "down_blocks": "down",
}


def _unet_name(key: str, unet: Any) -> str:
    stem, _, ending = key.rpartition(".")
    if stem in _ENDS:
        return f"{_ENDS[stem]}.{ending}"
    words = stem.split(".")
    if words[0] == "mid_block":
        place, rest = int(words[2]) * 2 if words[1] == "resnets" else 1, words[3:]
        block = f"middle_block.{place}"
    else:
        side, number, kind, layer, rest = (
            words[0],
            int(words[1]),
            words[2],
            int(words[3]),
            words[4:],
        )
        each = unet.config.layers_per_block + 1
        if kind == "downsamplers":
            return f"input_blocks.{(number + 1) * each}.0.op.{ending}"
        if kind == "upsamplers":
            place = 2 if "CrossAttn" in unet.config.up_block_types[number] else 1
            return f"output_blocks.{number * each + each - 1}.{place}.conv.{ending}"
        first = number * each + layer
        place = 0 if kind == "resnets" else 1
        name = "input_blocks" if side == "down_blocks" else "output_blocks"
        block = f"{name}.{first + 1 if side == 'down_blocks' else first}.{place}"
    inner = _RESNET.get(rest[0], ".".join(rest)) if rest else ""
    return f"{block}.{inner}.{ending}"


def _vae_name(key: str, levels: int) -> str:
    if ".up_blocks." in key:
        number = int(key.split(".")[2])
        key = key.replace(f"up_blocks.{number}", f"up.{levels - 1 - number}")
    for ours, theirs in _VAE.items():
        key = key.replace(ours, theirs)
    return key
