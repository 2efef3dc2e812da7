"""The model card: what the model is, what it was trained on, and the digests of its files.

The text follows the Hugging Face form (YAML front matter, then Markdown). Figures come from the
training; this module only words them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provenance_gen.generation.builtin.scenes import COLORS, KINDS, PLACES, TIMES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from provenance_gen.generation.builtin.loop import Tally

__all__ = ["WEIGHTS", "TrainingFacts", "card_text", "file_digest"]

WEIGHTS = (
    "text_encoder/model.safetensors",
    "unet/diffusion_pytorch_model.safetensors",
    "vae/diffusion_pytorch_model.safetensors",
)
"""The files that hold trained numbers, relative to the model folder."""

_HEAD = """---
license: apache-2.0
library_name: diffusers
pipeline_tag: text-to-image
language: en
tags:
- latent-diffusion
- trained-from-scratch
- synthetic-data
---

# provenance-gen built-in model

A small latent diffusion model (64 x 64 pixels) that ships with provenance-gen, so that the whole
way from prompt to signed picture works without a download. It draws simple scenes: {kinds}; in
{colors}; on a white background, against the sky, on the sea, on a meadow, in the snow or on sand;
by day, at sunset or at night.

It is a `StableDiffusionPipeline` and loads with `DiffusionPipeline.from_pretrained(folder)`.
Image-to-image and inpainting work from the same weights. Use 20 steps and a guidance scale of 4.

## Training data

Every picture it learned from was drawn by `provenance_gen.generation.builtin.drawing`, every
caption was made by the grammar in `provenance_gen.generation.builtin.captions`. No photograph, no
artist's work, no text of others and no pretrained weights were used, at no stage. The data can be
made again from the seed below.

{places} places, {times} times of day, {count_colors} colours, {count_kinds} kinds of things;
about a quarter of the pictures hold two things.

## What it cannot do

It knows only the things above, in the singular and in English; the command line says which words
of a prompt are unknown. A prompt of unknown words gives something else from the list, often a tree.
Small details (eyes, doors) are smudged, most of all at night, and some colours come out as their
neighbours (black as purple, brown as orange). It cannot count, and every kind has one posture.
There is no safety checker, since nothing unsafe is in the training data.
"""


@dataclass(frozen=True)
class TrainingFacts:
    """What the card says of the training."""

    seed: int
    device: str
    processes: int
    pictures: int
    """Size of the training set."""
    psnr: float
    """Of the codec, on pictures it was not trained on, in dB."""
    versions: Mapping[str, str]
    """Library name to version."""
    tallies: Mapping[str, Tally]
    """Stage name to what it cost."""


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def card_text(folder: Path, facts: TrainingFacts) -> str:
    """Return the model card for the weights that lie in `folder`."""
    head = _HEAD.format(
        kinds=", ".join(KINDS),
        colors=", ".join(COLORS),
        places=len(PLACES),
        times=len(TIMES),
        count_colors=len(COLORS),
        count_kinds=len(KINDS),
    )
    return "\n".join([head, *_training(facts), "", *_digests(folder), ""])


def _training(facts: TrainingFacts) -> list[str]:
    versions = ", ".join(f"{name} {version}" for name, version in facts.versions.items())
    rows = [
        f"| {name} | {tally.steps} | {tally.samples} | {tally.seconds:.0f} "
        f"| {tally.core_seconds:.0f} | {tally.loss:.3f} |"
        for name, tally in facts.tallies.items()
    ]
    seconds = sum(tally.seconds for tally in facts.tallies.values())
    return [
        "## Training",
        "",
        "- script: `python -m provenance_gen.generation.builtin.train`",
        f"- seed: {facts.seed}",
        f"- device: {facts.device}, {facts.processes} process(es)",
        f"- training set: {facts.pictures} pictures, captions made anew each time",
        f"- time: {seconds / 60:.0f} minutes in all stages",
        f"- codec: {facts.psnr:.1f} dB on pictures it was not trained on",
        f"- libraries: {versions}",
        "",
        "| stage | steps | samples | seconds | processor seconds | loss |",
        "|---|---|---|---|---|---|",
        *rows,
    ]


def _digests(folder: Path) -> list[str]:
    rows = [f"| `{name}` | `{file_digest(folder / name)}` |" for name in WEIGHTS]
    return ["## SHA-256 of the weights", "", "| file | SHA-256 |", "|---|---|", *rows]
