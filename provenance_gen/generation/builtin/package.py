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
from provenance_gen.generation.builtin.facts import write_facts

if TYPE_CHECKING:
    from provenance_gen.generation.builtin.facts import TrainingFacts

__all__ = ["replace_codec", "write_card", "write_model"]


def write_model(folder: Path, encoder: Any, vae: Any, unet: Any, facts: TrainingFacts) -> None:
    """Write the model folder, replacing an earlier one.

    UNet and codec are stored with 16 bits, which halves them; diffusers loads them with 32. The
    text encoder keeps 32 bits, because transformers would load it with 16 and the two would clash.
    """
    fresh = _beside(folder)
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
    _finish(fresh, folder, facts)


def replace_codec(source: Path, folder: Path, vae: Any, facts: TrainingFacts) -> None:
    """Write the model of the folder `source` with another codec; all else stays, byte for byte."""
    fresh = _beside(folder)
    shutil.copytree(source, fresh, dirs_exist_ok=True)
    shutil.rmtree(fresh / "vae")
    _stored(vae, torch.float16).save_pretrained(fresh / "vae")
    _finish(fresh, folder, facts)


def write_card(folder: Path, facts: TrainingFacts) -> None:
    """Write what is known of a model into its folder, for programs and for people."""
    write_facts(folder, facts)
    (folder / "README.md").write_text(card_text(folder, facts), encoding="utf-8")


def _beside(folder: Path) -> Path:
    """Return a new folder beside the place where the model will be."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=".model-", dir=folder.parent))


def _finish(fresh: Path, folder: Path, facts: TrainingFacts) -> None:
    """Add the card and move a whole folder to its place."""
    write_card(fresh, facts)
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
