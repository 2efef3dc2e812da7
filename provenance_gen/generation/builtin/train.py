"""Trains the built-in model from nothing: `python -m provenance_gen.generation.builtin.train`.

Stages: text encoder, picture codec, its decoder alone, picture model. Every stage saves its state
in the output folder; started again with the same folder, the programme goes on where it stopped,
and with more minutes it trains on. The model folder `model/` inside it is renewed as the picture
model improves. On a GPU, half an hour of `--device cuda --size 128` does it all.
"""

from __future__ import annotations

import argparse
import copy
import math
import os
import platform
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import multiprocessing

from provenance_gen.generation.builtin.denoiser import build_unet, denoiser_stage
from provenance_gen.generation.builtin.facts import Tally, TrainingFacts, library_versions
from provenance_gen.generation.builtin.loop import Stage, run_stage, stopping_gently
from provenance_gen.generation.builtin.package import write_model
from provenance_gen.generation.builtin.pictures import Lot, load_pictures, wordings
from provenance_gen.generation.builtin.recipe import SIZES, STAGES, Recipe, recipe_for
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
    from collections.abc import Mapping, Sequence

__all__ = ["main"]

_INTERRUPTED = 130
_HELD_OUT = 32
"""Scenes that only measure the codec."""


@dataclass(frozen=True)
class Plan:
    """What a training run was asked to do."""

    output: Path
    seconds: Mapping[str, float]
    """Budget of each stage."""
    device: str
    seed: int
    processes: int
    recipe: Recipe
    stop_after: float
    """Seconds after which to save and stop, to be started again."""

    @property
    def helpers(self) -> int:
        """Processes that draw for each of ours."""
        return max(1, (os.cpu_count() or 1) // self.processes)


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
    """Train, and return 0, or 130 where somebody, or `--stop-after`, interrupted it."""
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True, help="folder for states and model")
    parser.add_argument("--minutes", type=float, default=50, help="time for all stages")
    stages = ", ".join(STAGES)
    parser.add_argument(
        "--stage",
        action="append",
        default=[],
        metavar="NAME=MINUTES",
        help=f"time of one stage, in place of its share; stages are {stages}",
    )
    parser.add_argument(
        "--batch", action="append", default=[], metavar="NAME=COUNT", help="batch of one stage"
    )
    parser.add_argument(
        "--stop-after", type=float, default=math.inf, metavar="MINUTES", help="then save and stop"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--recipe", choices=("auto", "cpu", "gpu"), default="auto")
    parser.add_argument("--size", type=int, choices=SIZES, help="default: 64, on a GPU 128")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=0, help="0: one per core, on a GPU one")
    parser.add_argument("--pictures", type=int, help="size of the training set")
    parser.add_argument("--compile", metavar="BACKEND", default="", help="such as inductor")
    return parser


def _plan(arguments: Sequence[str] | None) -> Plan:
    """Read the command line."""
    parser = _parser()
    found = parser.parse_args(arguments)
    device = found.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    kind = found.recipe if found.recipe != "auto" else "cpu" if device == "cpu" else "gpu"
    recipe = recipe_for(kind, found.size or (64 if kind == "cpu" else 128))
    batches = _by_stage(parser, found.batch)
    minutes = {name: found.minutes * share for name, share in STAGES.items()}
    minutes |= _by_stage(parser, found.stage)
    return Plan(
        output=found.output.resolve(),
        seconds={name: 60 * share for name, share in minutes.items()},
        device=device,
        seed=found.seed,
        processes=found.processes or (1 if device != "cpu" else os.cpu_count() or 1),
        recipe=replace(
            recipe,
            batches={**recipe.batches, **{name: int(count) for name, count in batches.items()}},
            pictures=found.pictures or recipe.pictures,
            compiler=found.compile,
        ),
        stop_after=found.stop_after * 60,
    )


def _by_stage(parser: argparse.ArgumentParser, given: Sequence[str]) -> dict[str, float]:
    """Read options of the form NAME=NUMBER."""
    numbers = {}
    for option in given:
        name, _, number = option.partition("=")
        if name not in STAGES or not number.replace(".", "", 1).isdigit():
            parser.error(f"{option}: give one of {', '.join(STAGES)} and a number, as in codec=9")
        numbers[name] = float(number)
    return numbers


def _exit_with(rank: int, plan: Plan, meeting: Path) -> None:
    sys.exit(_work(rank, plan, meeting))


def _work(rank: int, plan: Plan, meeting: Path) -> int:
    """Run all stages in one process of the team."""
    bfloat16 = plan.recipe.bfloat16
    team = join_team(rank, plan.processes, plan.device, meeting, bfloat16=bfloat16)
    try:
        with stopping_gently(plan.stop_after):
            _train(team, plan)
    except KeyboardInterrupt:
        if team.leads:
            sys.stdout.write("interrupted; start again with the same --output to go on\n")
        return _INTERRUPTED
    return 0


def _train(team: Team, plan: Plan) -> None:
    """Run the stages one after the other; stages that are done pass at once."""
    recipe, seconds = plan.recipe, plan.seconds
    parts = _untrained(team, plan)
    numbers = range(team.rank, recipe.pictures, team.size)
    lot = Lot(numbers, plan.seed, recipe.size, recipe.pairs)
    _note(team, f"drawing {recipe.pictures} scenes of {recipe.size} x {recipe.size} pixels")
    pixels = _tensor(team, load_pictures(lot, plan.output, plan.helpers))

    def run(stage: Stage) -> None:
        parts.tallies[stage.name] = run_stage(stage, team, plan.output, seed=plan.seed)

    batches = recipe.batches
    run(text_stage(team, parts.encoder, seconds=seconds["text"], batch=batches["text"]))
    parts.encoder.requires_grad_(requires_grad=False).eval()
    train = pixels[_HELD_OUT:]
    run(codec_stage(team, parts.vae, train, seconds=seconds["codec"], batch=batches["codec"]))
    latents = encode_all(team, parts.vae, pixels)
    scale = _agreed_scale(team, latents)
    parts.vae.register_to_config(scaling_factor=scale)
    known = latents[_HELD_OUT:]
    budget, batch = seconds["decoder"], batches["decoder"]
    run(decoder_stage(team, parts.vae, train, known, seconds=budget, batch=batch))
    parts.psnr = psnr(team, parts.vae, pixels[:_HELD_OUT])
    _note(team, f"codec: {parts.psnr:.2f} dB, scale {scale:.4f}")
    words = _tensor(team, wordings(lot, recipe.wordings, plan.helpers))
    run(_denoiser(team, plan, parts, words, latents * scale))
    if team.leads:
        _write(plan, parts)


def _denoiser(team: Team, plan: Plan, parts: Parts, words: Any, latents: Any) -> Stage:
    """Return the last stage, which renews the model folder whenever it saves."""
    models = {"unet": parts.unet, "average": parts.average, "encoder": parts.encoder}
    budget = plan.seconds["denoiser"]
    stage = denoiser_stage(team, models, words, latents, seconds=budget, recipe=plan.recipe)

    def snapshot(tally: Tally) -> None:
        parts.tallies["denoiser"] = tally
        _write(plan, parts)

    stage.snapshot = snapshot
    return stage


def _untrained(team: Team, plan: Plan) -> Parts:
    """Return all modules with their first weights, equal in every process."""
    torch.manual_seed(plan.seed)
    encoder, vae, unet = build_text_encoder(), build_vae(plan.recipe), build_unet(plan.recipe)
    average = copy.deepcopy(unet)
    for module in (encoder, vae, unet, average):
        module.to(team.device)
    return Parts(encoder, vae, unet, average, tallies={})


def _agreed_scale(team: Team, latents: Any) -> float:
    """Return the factor that gives the latents unit variance, equal in every process."""
    power = torch.stack([latents.square().mean()])
    team.add_up([power])
    return float((team.size / power).sqrt())


def _tensor(team: Team, array: Any) -> Any:
    """Bring an array to the team's device."""
    return torch.from_numpy(array).to(team.device)


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
        pictures=plan.recipe.pictures,
        size=plan.recipe.size,
        pairs=plan.recipe.pairs,
        psnr=parts.psnr,
        versions=library_versions(),
        tallies=parts.tallies,
    )
    write_model(plan.output / "model", parts.encoder, parts.vae, parts.average, facts)


if __name__ == "__main__":
    sys.exit(main())
