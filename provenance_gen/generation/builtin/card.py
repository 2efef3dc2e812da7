"""The model card: what the model is, what it was trained on, how well it does, its digests.

The text follows the Hugging Face form (YAML front matter, then Markdown). Figures come from the
training and from the benchmarks (`facts`); this module only words them.
"""

from __future__ import annotations

import hashlib
import textwrap
from typing import TYPE_CHECKING, Any

from provenance_gen.generation.builtin.scenes import COLORS, KINDS, PLACES, TIMES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from provenance_gen.generation.builtin.facts import TrainingFacts

__all__ = ["WEIGHTS", "card_text", "file_digest", "weights_digest"]

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

{summary}

It is a `StableDiffusionPipeline` and loads with `DiffusionPipeline.from_pretrained(folder)`.
Image-to-image and inpainting work from the same weights. Use 20 steps and a guidance scale of 4.

## Training data

Every picture it learned from was drawn by `provenance_gen.generation.builtin.drawing`, every
caption was made by the grammar in `provenance_gen.generation.builtin.captions`. No photograph, no
artist's work, no text of others and no pretrained weights were used, at no stage. The data can be
made again from the seed below.

{places} places, {times} times of day, {count_colors} colours, {count_kinds} kinds of things;
{pairs} % of the pictures hold two things.

## What it cannot do

It knows only the things above, in the singular and in English; the command line says which words
of a prompt are unknown. A prompt of unknown words gives something else from the list, often a tree.
Small details (eyes, doors) are smudged, most of all at night, and some colours come out as their
neighbours (black as purple, brown as orange). It cannot count, and every kind has one posture. A
size and a side were never told together: a small thing stands in the middle whatever the prompt
says, and of two things neither can be made large.
There is no safety checker, since nothing unsafe is in the training data.
"""


_SUMMARY = """
A small latent diffusion model ({size} x {size} pixels) that ships with provenance-gen, so that the
whole way from prompt to signed picture works without a download. It draws simple scenes: {kinds};
in {colors}; on a white background, against the sky, on the sea, on a meadow, in the snow or on
sand; by day, at sunset or at night.
""".strip()

_QUESTIONS = {
    "single_type": "kind, one thing",
    "single_colour": "its colour",
    "single_background": "its background: place and time of day",
    "single_place": "where it is: left, middle, right",
    "pair_types": "both kinds, two things",
    "pair_left_right": "which is left, where both kinds are right",
    "pair_above_below": "which is above, where both kinds are right",
    "pair_background": "background of two things",
    "pair_colours": "both colours, where both kinds are right",
}
"""The figures of the benchmark, in words."""


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def weights_digest(folder: Path) -> str:
    """Return one SHA-256 for all weights of a model folder."""
    each = [file_digest(folder / name) for name in WEIGHTS]
    return hashlib.sha256("\n".join(each).encode()).hexdigest()


def card_text(folder: Path, facts: TrainingFacts) -> str:
    """Return the model card for the weights that lie in `folder`."""
    summary = _SUMMARY.format(size=facts.size, kinds=", ".join(KINDS), colors=", ".join(COLORS))
    head = _HEAD.format(
        summary=textwrap.fill(summary, 100),
        pairs=round(100 * facts.pairs),
        places=len(PLACES),
        times=len(TIMES),
        count_colors=len(COLORS),
        count_kinds=len(KINDS),
    )
    parts = [head, *_measured(facts.measured), *_training(facts), "", *_digests(folder), ""]
    return "\n".join(parts)


def _measured(measured: Mapping[str, Any]) -> list[str]:
    """Return what was measured of these weights; nothing where nothing was."""
    lines = ["## How well it does", ""] if measured else []
    if prompts := measured.get("prompts"):
        setting = f"{prompts['steps']} steps, guidance {prompts['guidance']:g}"
        said = (
            f"{prompts['count']} prompts for combinations that no training picture shows, one"
            f" picture each ({setting}), judged by a classifier that was trained apart, on drawn"
            " scenes; the shares are of its own accuracy on the drawn scenes"
            " (`benchmarks/builtin.py`)."
        )
        lines += [
            textwrap.fill(said, 100),
            "",
            "| right | share | 95 % interval | pictures |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| {_QUESTIONS.get(name, name)} | {row['value']:.3f} "
            f"| {row['low']:.3f} to {row['high']:.3f} | {row['asked']} |"
            for name, row in prompts["figures"].items()
        ]
        lines.append("")
    if looked := measured.get("looked"):
        said = (
            f"{looked['recognised']} of {looked['pictures']} pictures of one thing were recognised"
            f" by {looked['by']} that knew the twelve kinds but no caption; guesses were written"
            f" down first (`benchmarks/look.py`, seed {looked['seed']})."
        )
        lines += [textwrap.fill(said, 100), ""]
    return lines


def _training(facts: TrainingFacts) -> list[str]:
    versions = ", ".join(f"{name} {version}" for name, version in facts.versions.items())
    rows = [
        f"| {name} | {tally.steps} | {tally.samples} | {tally.seconds:.0f} "
        f"| {tally.core_seconds:.0f} | {tally.loss:.3f} |"
        for name, tally in facts.tallies.items()
    ]
    seconds = sum(tally.seconds for tally in facts.tallies.values())
    core_seconds = sum(tally.core_seconds for tally in facts.tallies.values())
    script = "`python -m provenance_gen.generation.builtin.train`"
    if facts.grown_from:
        script += (
            f" for pictures of {facts.grown_from} x {facts.grown_from} pixels, then"
            " `python -m provenance_gen.generation.builtin.grow`, which gave the codec another"
            " level and left the rest as it was"
        )
    return [
        "## Training",
        "",
        textwrap.fill(f"- script: {script}", 100, subsequent_indent="  "),
        f"- seed: {facts.seed}",
        f"- device: {facts.device}, {facts.processes} process(es)",
        f"- training set: {facts.pictures} pictures, several captions made of each",
        f"- time: {seconds / 60:.0f} minutes, {core_seconds / 60:.0f} processor minutes",
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
