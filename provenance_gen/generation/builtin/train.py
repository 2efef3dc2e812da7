"""Trains the built-in model from nothing: `python -m provenance_gen.generation.builtin.train`.

Stages: text encoder, picture codec, its decoder alone, picture model. Every stage saves its state
in the output folder; started again with the same folder, the programme goes on where it stopped,
and with more minutes it trains on. The model folder `model/` inside it is renewed as the picture
model improves.
"""

from __future__ import annotations

import argparse
import copy
import importlib.metadata
import os
import platform
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import multiprocessing

from provenance_gen.generation.builtin.card import TrainingFacts
from provenance_gen.generation.builtin.denoiser import build_unet, denoiser_stage
from provenance_gen.generation.builtin.loop import Stage, Tally, run_stage, stopping_gently
from provenance_gen.generation.builtin.package import write_model
from provenance_gen.generation.builtin.pictures import load_pictures, share_of_scenes
from provenance_gen.generation.builtin.team import Team, join_team
from provenance_gen.generation.builtin.text import build_text_encoder, text_stage
from provenance_gen.generation.builtin.vae import (
    build_vae,
    codec_stage,
    decoder_stage,
    encode_all,
    psnr,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.generation.builtin.scenes import Scene

__all__ = ["main"]

_INTERRUPTED = 130
_SHARES = {"text": 0.047, "codec": 0.113, "decoder": 0.150, "denoiser": 0.690}
"""How the time is divided among the stages."""
_HELD_OUT = 32
"""Scenes that only measure the codec."""


@dataclass(frozen=True)
class Plan:
    """What a training run was asked to do."""

    output: Path
    minutes: float
    device: str
    seed: int
    processes: int
    pictures: int


@dataclass
class Parts:
    """The trained modules, and what their training cost."""

    encoder: Any
    vae: Any
    unet: Any
    average: Any
    """Running average of the UNet; this is what is shipped."""
    tallies: dict[str, Tally]
    psnr: float = 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and return 0, or 130 where somebody interrupted it."""
    plan = _plan(arguments)
    plan.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as meeting:
        place = Path(meeting) / "meeting"
        if plan.processes == 1:
            return _work(0, plan, place)
        try:
            multiprocessing.spawn(_exit_with, (plan, place), nprocs=plan.processes)
        except (KeyboardInterrupt, multiprocessing.ProcessExitedException):
            return _INTERRUPTED
    return 0


def _plan(arguments: Sequence[str] | None) -> Plan:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True, help="folder for states and model")
    parser.add_argument("--minutes", type=float, default=50, help="time for all stages")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=0, help="0: one per core, on a GPU one")
    parser.add_argument("--pictures", type=int, default=28_000, help="size of the training set")
    found = parser.parse_args(arguments)
    device = found.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    processes = found.processes or (1 if device != "cpu" else os.cpu_count() or 1)
    output = found.output.resolve()
    return Plan(output, found.minutes, device, found.seed, processes, found.pictures)


def _exit_with(rank: int, plan: Plan, meeting: Path) -> None:
    sys.exit(_work(rank, plan, meeting))


def _work(rank: int, plan: Plan, meeting: Path) -> int:
    """Run all stages in one process of the team."""
    team = join_team(rank, plan.processes, plan.device, meeting)
    try:
        with stopping_gently():
            _train(team, plan)
    except KeyboardInterrupt:
        if team.leads:
            sys.stdout.write("interrupted; start again with the same --output to go on\n")
        return _INTERRUPTED
    return 0


def _train(team: Team, plan: Plan) -> None:
    """Run the stages one after the other; stages that are done pass at once."""
    parts = _untrained(team, plan.seed)
    _note(team, f"drawing {plan.pictures} scenes")
    scenes = share_of_scenes(team, plan.pictures, plan.seed)
    pixels = load_pictures(team, scenes, plan.output)
    torch.manual_seed(plan.seed * 1000 + team.rank)

    def run(stage: Stage) -> None:
        parts.tallies[stage.name] = run_stage(stage, team, plan.output)

    run(text_stage(team, parts.encoder, _seconds(plan, "text"), plan.seed))
    parts.encoder.requires_grad_(requires_grad=False).eval()
    train = pixels[_HELD_OUT:]
    run(codec_stage(team, parts.vae, train, _seconds(plan, "codec")))
    latents = encode_all(team, parts.vae, pixels)
    scale = _agreed_scale(team, latents)
    parts.vae.register_to_config(scaling_factor=scale)
    run(decoder_stage(team, parts.vae, train, latents[_HELD_OUT:], _seconds(plan, "decoder")))
    parts.psnr = psnr(team, parts.vae, pixels[:_HELD_OUT])
    _note(team, f"codec: {parts.psnr:.2f} dB, scale {scale:.4f}")
    run(_denoiser(team, plan, parts, scenes, latents * scale))
    if team.leads:
        _write(plan, parts)


def _denoiser(team: Team, plan: Plan, parts: Parts, scenes: list[Scene], latents: Any) -> Stage:
    """Return the last stage, which renews the model folder whenever it saves."""
    models = {"unet": parts.unet, "average": parts.average, "encoder": parts.encoder}
    seconds = _seconds(plan, "denoiser")
    stage = denoiser_stage(team, models, scenes, latents, seconds=seconds, seed=plan.seed)

    def snapshot(tally: Tally) -> None:
        parts.tallies["denoiser"] = tally
        _write(plan, parts)

    stage.snapshot = snapshot
    return stage


def _untrained(team: Team, seed: int) -> Parts:
    """Return all modules with their first weights, equal in every process."""
    torch.manual_seed(seed)
    encoder, vae, unet = build_text_encoder(), build_vae(), build_unet()
    average = copy.deepcopy(unet)
    for module in (encoder, vae, unet, average):
        module.to(team.device)
    return Parts(encoder, vae, unet, average, tallies={})


def _agreed_scale(team: Team, latents: Any) -> float:
    """Return the factor that gives the latents unit variance, equal in every process."""
    power = torch.stack([latents.square().mean()])
    team.add_up([power])
    return float((team.size / power).sqrt())


def _seconds(plan: Plan, stage: str) -> float:
    return plan.minutes * 60 * _SHARES[stage]


def _note(team: Team, text: str) -> None:
    if team.leads:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def _write(plan: Plan, parts: Parts) -> None:
    """Write the model folder from the current weights."""
    machine = platform.machine() if plan.device == "cpu" else torch.cuda.get_device_name()
    facts = TrainingFacts(
        seed=plan.seed,
        device=f"{plan.device} ({machine})",
        processes=plan.processes,
        pictures=plan.pictures,
        psnr=parts.psnr,
        versions={
            name: importlib.metadata.version(name)
            for name in ("torch", "diffusers", "transformers", "pillow", "numpy")
        },
        tallies=parts.tallies,
    )
    write_model(plan.output / "model", parts.encoder, parts.vae, parts.average, facts)


if __name__ == "__main__":
    sys.exit(main())
