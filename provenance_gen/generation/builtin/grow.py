"""Makes a trained model draw pictures twice as wide: `python -m ….builtin.grow --help`.

The picture model and the text encoder stay as they are, weight for weight. Only the codec gets one
more level at either end: the encoder learns to give the latents that the old one gives for the
picture at half the size, the decoder to draw the same latents twice as fine. That costs minutes
where training the picture model on more latents would cost hours. Each stage saves its state in the
output folder and goes on from there, as in `train`; the larger model is written to `model/` in it.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from diffusers import AutoencoderKL
from torch import nn

from provenance_gen.generation.builtin import model_path
from provenance_gen.generation.builtin.facts import Tally, read_facts
from provenance_gen.generation.builtin.loop import Stage, run_stage, stopping_gently
from provenance_gen.generation.builtin.package import replace_codec
from provenance_gen.generation.builtin.pictures import Lot, as_batch, load_pictures
from provenance_gen.generation.builtin.team import Team, join_team
from provenance_gen.generation.builtin.vae import distance, encode_all, psnr

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["grown", "main"]

_INTERRUPTED = 130
_MEASURED = 32
_FIRST_NUMBER = 1_000_000
"""Scenes are numbered from here, so that they are others than those of the training before."""
_BATCH = 8
_NOISE = 0.1
_SHARES = {"larger-encoder": 0.15, "larger-decoder": 0.85}


@dataclass
class Codecs:
    """The codec there is, and the one that is to take its place."""

    old: Any
    new: Any


def grown(old: Any) -> Any:
    """Return a codec with one more level than `old`, which draws what `old` draws, but blurred.

    The old levels keep their weights. The new level of the decoder begins as one that changes
    nothing but the size; the new level of the encoder has to be learned.
    """
    config = dict(old.config)
    widths = (config["block_out_channels"][0], *config["block_out_channels"])
    config |= {
        "block_out_channels": widths,
        "down_block_types": (*config["down_block_types"], config["down_block_types"][0]),
        "up_block_types": (*config["up_block_types"], config["up_block_types"][0]),
        "sample_size": 2 * config["sample_size"],
    }
    new = AutoencoderKL.from_config(config)
    weights = new.state_dict()
    for name, weight in old.state_dict().items():
        weights[_moved(name)] = weight
    new.load_state_dict(weights)
    last, finest = new.decoder.up_blocks[-2], new.decoder.up_blocks[-1]
    with torch.no_grad():
        nn.init.dirac_(last.upsamplers[0].conv.weight)
        for block in (*finest.resnets, *new.encoder.down_blocks[0].resnets):
            block.conv2.weight.zero_()
        for layer in (last.upsamplers[0].conv, *(block.conv2 for block in finest.resnets)):
            layer.bias.zero_()
    return new


def _moved(name: str) -> str:
    """Return where a weight of the old codec lies in the new one."""
    start, _, rest = name.partition("encoder.down_blocks.")
    if start or not rest:
        return name
    number, _, inner = rest.partition(".")
    return f"encoder.down_blocks.{int(number) + 1}.{inner}"


def encoder_stage(team: Team, codecs: Codecs, pixels: Any, seconds: float) -> Stage:
    """Return the stage that teaches the new encoder the latents of the old one."""
    outer = nn.ModuleList([codecs.new.encoder.conv_in, codecs.new.encoder.down_blocks[0]])
    codecs.new.requires_grad_(requires_grad=False)
    outer.requires_grad_(requires_grad=True)

    def loss() -> Any:
        large = as_batch(pixels[torch.randint(len(pixels), (_BATCH,))], team.device)
        # The old picture goes through the old first convolution; there the new level joins in.
        with torch.no_grad():
            wanted = codecs.old.encoder.conv_in(nn.functional.avg_pool2d(large, 2))
        found = codecs.new.encoder.down_blocks[0](codecs.new.encoder.conv_in(large))
        return (found - wanted).abs().mean() / wanted.abs().mean()

    return Stage("larger-encoder", seconds, {"outer": outer}, loss, _BATCH, rate=2e-3)


def decoder_stage(team: Team, codecs: Codecs, pixels: Any, latents: Any, seconds: float) -> Stage:
    """Return the stage that teaches the decoder's last two levels the finer pictures."""
    decoder = codecs.new.decoder
    outer = nn.ModuleList([*decoder.up_blocks[-2:], decoder.conv_norm_out, decoder.conv_out])
    codecs.new.requires_grad_(requires_grad=False)
    outer.requires_grad_(requires_grad=True)
    spread = float(latents.std())

    def loss() -> Any:
        chosen = torch.randint(len(pixels), (_BATCH,))
        pictures, given = as_batch(pixels[chosen], team.device), latents[chosen]
        strength = _NOISE * spread * torch.rand(_BATCH, 1, 1, 1, device=team.device)
        decoded = codecs.new.decode(given + strength * torch.randn_like(given)).sample
        return distance(decoded, pictures, edges=2.0)

    return Stage("larger-decoder", seconds, {"outer": outer}, loss, _BATCH, rate=2e-3, steady=0.3)


def main(arguments: Sequence[str] | None = None) -> int:
    """Grow a model, and return 0, or 130 where somebody interrupted it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=model_path(), help="folder to begin with")
    parser.add_argument("--output", type=Path, required=True, help="folder for states and model")
    parser.add_argument("--minutes", type=float, default=40, help="time for both stages")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pictures", type=int, default=6_000, help="size of the training set")
    wanted = parser.parse_args(arguments)
    output = wanted.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    team = join_team(0, 1, "cpu", output / "meeting")
    try:
        with stopping_gently():
            _grow(team, wanted, output)
    except KeyboardInterrupt:
        sys.stdout.write("interrupted; start again with the same --output to go on\n")
        return _INTERRUPTED
    return 0


def _grow(team: Team, wanted: argparse.Namespace, output: Path) -> None:
    """Run both stages and write the model."""
    torch.manual_seed(wanted.seed)
    old = AutoencoderKL.from_pretrained(wanted.model / "vae")
    codecs = Codecs(old.eval().requires_grad_(requires_grad=False), grown(old))
    facts = read_facts(wanted.model)
    size = codecs.new.config.sample_size
    numbers = range(_FIRST_NUMBER, _FIRST_NUMBER + wanted.pictures)
    lot = Lot(numbers, wanted.seed, size, facts.pairs)
    sys.stdout.write(f"drawing {wanted.pictures} scenes of {size} x {size} pixels\n")
    pixels = torch.from_numpy(load_pictures(lot, output, 1))
    train = pixels[_MEASURED:]
    seconds = {name: wanted.minutes * 60 * share for name, share in _SHARES.items()}
    tallies: dict[str, Tally] = {}

    def run(stage: Stage) -> None:
        tallies[stage.name] = run_stage(stage, team, output, seed=wanted.seed)

    run(encoder_stage(team, codecs, train, seconds["larger-encoder"]))
    latents = encode_all(team, codecs.old, train, shrink=2)
    stage = decoder_stage(team, codecs, train, latents, seconds["larger-decoder"])

    def write(tally: Tally) -> None:
        quality = psnr(team, codecs.new, pixels[:_MEASURED])
        sys.stdout.write(f"codec: {quality:.2f} dB\n")
        known = facts.grown(size, quality, {**tallies, stage.name: tally})
        replace_codec(wanted.model, output / "model", codecs.new, known)

    stage.snapshot = write
    run(stage)
    write(stage.tally)


if __name__ == "__main__":
    sys.exit(main())
