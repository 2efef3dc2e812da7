"""Writes the trained parts as a folder that plain diffusers loads, with its model card.

The folder is written beside its place and then moved there, so that a reader never sees half of
one. Training is left to `train`, the wording of the card to `card`.
"""

from __future__ import annotations

import copy
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file, save_file

from provenance_gen.generation.builtin import tokens
from provenance_gen.generation.builtin.card import card_text
from provenance_gen.generation.builtin.denoiser import build_scheduler

if TYPE_CHECKING:
    from provenance_gen.generation.builtin.card import TrainingFacts

__all__ = ["write_model"]


def write_model(folder: Path, encoder: Any, vae: Any, unet: Any, facts: TrainingFacts) -> None:
    """Write the model folder, replacing an earlier one.

    UNet and codec are stored with 16 bits, which halves them; diffusers loads them with 32. The
    text encoder keeps 32 bits, because transformers would load it with 16 and the two would clash.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".model-", dir=folder.parent))
    pipeline = StableDiffusionPipeline(
        vae=_stored(vae, torch.float16),
        text_encoder=_stored(encoder, torch.float32),
        tokenizer=tokens.clip_tokenizer(),
        unet=_stored(unet, torch.float16),
        scheduler=build_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(fresh)
    _use_classic_names(fresh / "text_encoder/model.safetensors")
    _write_classic_tokenizer(fresh / "tokenizer")
    (fresh / "README.md").write_text(card_text(fresh, facts), encoding="utf-8")
    fresh.chmod(0o755)
    if folder.exists():
        shutil.rmtree(folder)
    fresh.replace(folder)


def _stored(module: Any, kind: Any) -> Any:
    """Return a copy on the CPU in the number format it is stored in."""
    # The plain conversion: that of diffusers warns, with an empty list, of parts to keep exact.
    stored = torch.nn.Module.to(copy.deepcopy(module), device="cpu", dtype=kind)
    return stored.eval()


def _use_classic_names(path: Path) -> None:
    """Name the text encoder's weights as all versions of transformers understand them.

    Version 5 drops the prefix when it saves, but still loads it; version 4 needs it.
    """
    weights = load_file(path)
    named = {f"text_model.{name}": weight for name, weight in weights.items()}
    save_file(named, path, metadata={"format": "pt"})


def _write_classic_tokenizer(folder: Path) -> None:
    """Add the two files that readers before transformers 5 expect."""
    table = json.dumps(tokens.vocabulary(), ensure_ascii=False)
    (folder / "vocab.json").write_text(table, encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(merge) for merge in tokens.merges())]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
