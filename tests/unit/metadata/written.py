"""What foreign tools write into their files, by their published formats: texts and structures.

Every text is our own; no file or picture of another's is kept. Tests read them in the containers
of ``files``; ``tests/vectors`` writes them out as files.
"""

from __future__ import annotations

import gzip
import json
from typing import Any, Final

import numpy as np
from PIL import Image

Nodes = dict[str, Any]

HUGE: Final = 2**64 - 1
"""A seed that no floating point number and no signed integer of 64 bits holds."""

INFOTEXT: Final = (
    "a red boat, (sea:1.2)\nsecond line\nNegative prompt: blurry,\nugly\n"
    f"Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.5, Seed: {HUGE}, "
    'Size: 512x768, Model hash: 6ce0161689, Model: "v1, pruned", RNG: CPU, '
)
"""AUTOMATIC1111's form, up to the words that say who wrote it."""

INFOTEXT_ENDINGS: Final = {
    "Version: v1.10.1": "AUTOMATIC1111",
    "Version: v1.6.0": "AUTOMATIC1111",
    "Version: f2.0.1v1.10.1-previous-659-gc055f2d4": "Forge",
    "App: SD.Next, Version: 0e1f2a3, Pipeline: StableDiffusionXLPipeline": "SD.Next",
    "Version: ComfyUI": "ComfyUI",
    "Version: Fooocus v2.5.5": "Fooocus",
    'Civitai resources: [{"type":"checkpoint"}], Civitai metadata: {}': "A1111-compatible",
}
"""Who writes that form, by how it ends."""

UPSCALED: Final = "Postprocess upscale by: 4"

KRITA: Final = (
    "a boat <lora:sea:0.8>\nNegative prompt: fog\nSteps: 14, Sampler: Default, CFG scale: 5.0, "
    "Seed: 77, Size: 1024x640, Model hash: unknown, Model: dream.safetensors, "
    "Denoising strength: 0.6"
)

SWARMUI: Final[Nodes] = {
    "sui_image_params": {
        "prompt": "a cat",
        "model": "Official/sd_xl",
        "seed": HUGE,
        "steps": "25",
        "cfgscale": 7.0,
        "width": 1024,
        "height": "512",
        "negativeprompt": "",
        "sampler": "euler",
        "swarm_version": "0.9.8",
    },
    "sui_models": [{"name": "l", "param": "loras"}, {"param": "model", "hash": "0xabc"}],
}

FOOOCUS: Final[Nodes] = {
    "prompt": "a fox",
    "negative_prompt": "",
    "full_prompt": ["a fox", "cinematic"],
    "seed": str(HUGE),
    "steps": 30,
    "sampler": "dpmpp_2m_sde_gpu",
    "guidance_scale": 4.0,
    "base_model": "juggernautXL",
    "base_model_hash": "aeb7e9e689",
    "resolution": "(896, 1152)",
    "version": "Fooocus v2.5.5",
}

NOVELAI: Final[Nodes] = {
    "prompt": "1girl",
    "uc": "bad",
    "seed": HUGE,
    "scale": 5.5,
    "steps": 28,
    "sampler": "k_euler",
    "width": 832,
    "height": 1216,
}
"""The JSON in its ``Comment``."""
NOVELAI_SOURCE: Final = "Stable Diffusion XL C1E1CE71"

INVOKEAI: Final[Nodes] = {
    "generation_mode": "txt2img",
    "positive_prompt": "a hill",
    "negative_prompt": "",
    "seed": 123,
    "steps": 30,
    "scheduler": "dpmpp_2m",
    "cfg_scale": 6.0,
    "width": 1024,
    "height": 512,
    "model": {"key": "k", "hash": "blake3:abc", "name": "flux"},
}
"""Its third generation, ``invokeai_metadata``."""
INVOKEAI_SECOND: Final[Nodes] = {
    "model_weights": "sd-1.5",
    "model_hash": "cc6c",
    "image": {
        "prompt": [{"prompt": "a hill [fog] green [rain]", "weight": 1.0}],
        "seed": HUGE,
        "steps": 50,
        "sampler": "k_lms",
        "cfg_scale": 7.5,
        "width": 512,
        "height": 512,
    },
}
"""``sd-metadata``."""
INVOKEAI_FIRST: Final = '"a \\"hill\\" [fog]" -s 50 -S 4047361346 -W 512 -H 640 -C 7.5 -A k_lms'
"""``Dream``, a command line."""

EASY_DIFFUSION: Final = {
    "prompt": "a tree",
    "negative_prompt": "leaf",
    "seed": "99",
    "num_inference_steps": "25",
    "sampler_name": "euler_a",
    "guidance_scale": "7.5",
    "use_stable_diffusion_model": "sd-v1-5",
    "width": "512",
    "height": "512",
}
"""A text chunk for each; as JSON in EXIF some are numbers."""
EASY_DIFFUSION_JSON: Final = json.dumps(
    EASY_DIFFUSION | {"seed": 99, "width": 512, "guidance_scale": 7.5}
)

DRAW_THINGS: Final[Nodes] = {
    "c": "a bay",
    "uc": "",
    "model": "sdxl.ckpt",
    "sampler": "DPM++ 2M Karras",
    "seed": HUGE,
    "scale": 7.5,
    "steps": 20,
    "size": "768x512",
    "strength": 1,
}

DGENERATE: Final = (
    "#! /usr/bin/env dgenerate --file\n#! dgenerate 4.5.1\n\n"
    "stabilityai/stable-diffusion-2 --dtype float16 \\\n--inference-steps 30 \\\n"
    "--guidance-scales 8 \\\n--seeds 84331 99 \\\n--output-size 512x768 \\\n"
    '--prompts "a horse; fog" "a second one"\n'
)

MFLUX: Final[Nodes] = {
    "mflux_version": "0.11",
    "model": "black-forest-labs/FLUX.1-dev",
    "seed": 42,
    "steps": 20,
    "guidance": None,
    "width": 1024,
    "height": 1024,
    "prompt": "a lake",
    "negative_prompt": None,
    "original_seed": 7,
}

MIDJOURNEY: Final = (
    "a boat at dusk --ar 16:9 --seed 42 --v 6.1 Job ID: 01234567-89ab-cdef-0123-456789abcdef"
)
AIGC: Final = '{"Label":"1","ContentProducer":"x","ProduceID":"y"}'

STEALTH: Final = json.dumps(
    {
        "Software": "NovelAI",
        "Source": "NovelAI Diffusion V4 7ABFFA2A",
        "Description": "a boat, 船",
        "Comment": json.dumps({"uc": "fog", "seed": 2**40, "steps": 28, "scale": 5}),
    }
)
"""What is hidden in pixels."""
STEALTH_SIZE: Final = (40, 60)
STEALTH_NAMES: Final = ("stealth_pngcomp", "stealth_pnginfo", "stealth_rgbcomp", "stealth_rgbinfo")


def node(kind: str, **inputs: Any) -> Nodes:
    """Return a node of a ComfyUI graph."""
    return {"class_type": kind, "inputs": inputs}


def comfyui() -> Nodes:
    """Return the graph that everybody begins with."""
    sampled = {"seed": 2**63, "steps": 20, "cfg": 8.0, "sampler_name": "euler"}
    links = {
        "model": ["4", 0],
        "positive": ["6", 0],
        "negative": ["7", 0],
        "latent_image": ["5", 0],
    }
    return {
        "3": node("KSampler", **sampled, **links, scheduler="normal", denoise=1),
        "4": node("CheckpointLoaderSimple", ckpt_name="v1-5.safetensors"),
        "5": node("EmptyLatentImage", width=512, height=768, batch_size=1),
        "6": node("CLIPTextEncode", text="a boat", clip=["4", 1]),
        "7": node("CLIPTextEncode", text="fog", clip=["4", 1]),
        "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
        "9": node("SaveImage", filename_prefix="ComfyUI", images=["8", 0]),
    }


COMFYUI_SCREEN: Final = {"nodes": [{"type": "KSampler", "widgets_values": [1, "x"]}]}
"""The graph as the screen shows it, whose values have no names."""


def hidden(name: bytes, value: bytes, *, length: int | None = None) -> Image.Image:
    """Return a picture with a value in it, by the order that the format gives its bits."""
    bits = name + (8 * len(value) if length is None else length).to_bytes(4, "big") + value
    stream = np.unpackbits(np.frombuffer(bits, np.uint8))
    width, height = STEALTH_SIZE
    pixels = np.random.default_rng(3).integers(0, 256, (height, width, 4), dtype=np.uint8)
    columns = pixels.transpose(1, 0, 2).copy()
    bands = columns[..., 3:] if name.startswith(b"stealth_png") else columns[..., :3]
    flat = bands.reshape(-1).copy()
    flat[: len(stream)] = (flat[: len(stream)] & 0xFE) | stream
    bands[...] = flat.reshape(bands.shape)
    return Image.fromarray(columns.transpose(1, 0, 2).copy())


def stealth(name: bytes) -> bytes:
    """Return what a picture of ``STEALTH_SIZE`` can hold under a name."""
    raw = STEALTH.encode() if name.startswith(b"stealth_rgb") else b'{"Software": "NovelAI"}'
    return gzip.compress(STEALTH.encode(), mtime=0) if name.endswith(b"comp") else raw
