"""The independent checker: a small classifier that names what a picture of the world shows.

It judges the built-in model in `builtin`, so it shares nothing with it but the drawn scenes: it
sees pixels only (none through the codec), knows no words, and starts from weights of its own. Its
training scenes come from another seed than the model's, and none of them is of the kind that both
leave out (`held_out`), which is what it is measured on.

``python -m benchmarks.checker`` measures the weights that lie beside this file;
``python -m benchmarks.checker --train 6`` makes them again in six minutes of one core.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import itertools
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from provenance_gen.generation.builtin.drawing import draw_scene
from provenance_gen.generation.builtin.loop import Stage, run_stage
from provenance_gen.generation.builtin.pictures import as_batch
from provenance_gen.generation.builtin.scenes import (
    COLORS,
    KINDS,
    LAYOUTS,
    PLACES,
    TIMES,
    Scene,
    held_out,
    sample_scene,
)
from provenance_gen.generation.builtin.team import Team

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

__all__ = ["Answer", "answer_of", "ask", "load", "unseen_scenes"]

WEIGHTS = Path(__file__).with_name("checker.safetensors")
SIZE = 64
"""Pictures are brought to this width and height before they are judged."""
_SEED = "checker"
_TRAINING = 24_000
_BLURRED = 0.6
_HEADS = {
    "kinds": ("", *KINDS),
    "second_kinds": ("", *KINDS),
    "colors": ("", *COLORS),
    "second_colors": ("", *COLORS),
    "layout": LAYOUTS,
    "place": PLACES,
    "time": TIMES,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What a picture shows; in the words of `scenes.Scene`."""

    kinds: tuple[str, str]
    """Left before right, upper before lower; the second is empty for a single thing."""
    colors: tuple[str, str]
    layout: str
    place: str
    time: str


class Checker(nn.Module):  # type: ignore[misc]  # torch is not typed here
    """Convolutions with skips down to 4 by 4 cells, whose order is kept, then one head a question.

    Two channels hold the coordinates, since left and right are asked for.
    """

    def __init__(self) -> None:
        super().__init__()
        widths = (24, 48, 72, 96)
        self.first = nn.Conv2d(5, widths[0], 5, stride=2, padding=2)
        self.down = nn.ModuleList(
            nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in itertools.pairwise(widths)
        )
        self.level = nn.ModuleList(nn.Conv2d(b, b, 3, padding=1) for b in widths[1:])
        self.norms = nn.ModuleList(nn.GroupNorm(8, b) for b in widths[1:])
        self.join = nn.Linear(widths[-1] * 16, 160)
        self.heads = nn.ModuleDict(
            {name: nn.Linear(160, len(values)) for name, values in _HEADS.items()}
        )

    def forward(self, pictures: Any) -> dict[str, Any]:
        """Return the scores of every head for pictures (n, 3, 64, 64) from -1 to 1."""
        line = torch.linspace(-1, 1, SIZE, device=pictures.device)
        across = line.expand(len(pictures), 1, SIZE, SIZE)
        x = nn.functional.gelu(self.first(torch.cat([pictures, across, across.mT], dim=1)))
        for down, level, norm in zip(self.down, self.level, self.norms, strict=True):
            x = norm(down(x))
            x = x + level(nn.functional.gelu(x))
        joined = nn.functional.gelu(self.join(nn.functional.gelu(x).flatten(1)))
        return {name: head(joined) for name, head in self.heads.items()}


@functools.cache
def load() -> Any:
    """Return the trained checker."""
    checker = Checker()
    stored = load_file(WEIGHTS)
    checker.load_state_dict({name: weight.float() for name, weight in stored.items()})
    return checker.eval()


def ask(pictures: Sequence[Image.Image]) -> list[Answer]:
    """Return what the checker sees in RGB pictures of any size."""
    with torch.no_grad():
        scores = load()(as_batch(_pixels(pictures), "cpu"))
    best = {name: score.argmax(1).tolist() for name, score in scores.items()}
    named = {name: [_HEADS[name][k] for k in numbers] for name, numbers in best.items()}
    return [
        Answer(kinds, colors, layout, place, time)
        for kinds, colors, layout, place, time in zip(
            zip(named["kinds"], named["second_kinds"], strict=True),
            zip(named["colors"], named["second_colors"], strict=True),
            named["layout"],
            named["place"],
            named["time"],
            strict=True,
        )
    ]


def answer_of(scene: Scene) -> Answer:
    """Return the right answer for the picture of a scene."""
    kinds = [thing.kind for thing in scene.things]
    colors = [thing.color for thing in scene.things]
    return Answer(
        (kinds[0], kinds[1] if len(kinds) > 1 else ""),
        (colors[0], colors[1] if len(colors) > 1 else ""),
        scene.layout,
        scene.place,
        scene.time,
    )


def unseen_scenes(seed: str, count: int, *, pairs: float = 0.4) -> list[Scene]:
    """Return scenes that no training picture shows, neither the model's nor the checker's."""
    rng = random.Random(f"unseen/{seed}")  # noqa: S311  # no secret
    found: list[Scene] = []
    while len(found) < count:
        scene = sample_scene(rng, pairs=pairs)
        if held_out(scene):
            found.append(scene)
    return found


def _pixels(pictures: Sequence[Image.Image]) -> Any:
    """Return uint8 pixels (n, 64, 64, 3)."""
    small = [
        picture if picture.size == (SIZE, SIZE) else picture.resize((SIZE, SIZE), reducing_gap=3)
        for picture in pictures
    ]
    return torch.from_numpy(np.stack([np.asarray(picture.convert("RGB")) for picture in small]))


def _numbers(scene: Scene) -> list[int]:
    """Return, for each head, the number of the right answer."""
    right = answer_of(scene)
    told = (*right.kinds, *right.colors, right.layout, right.place, right.time)
    return [values.index(value) for values, value in zip(_HEADS.values(), told, strict=True)]


def _shaken(pictures: Any) -> Any:
    """Blur, shift and tint pictures a little, so that details of the drawing do not count."""
    count = len(pictures)
    share = torch.rand(count, 1, 1, 1) * (torch.rand(count, 1, 1, 1) < _BLURRED)
    padded = nn.functional.pad(pictures, (1, 1, 1, 1), mode="replicate")
    blurred = nn.functional.avg_pool2d(padded, 3, stride=1)
    mixed = pictures.lerp(blurred, share)
    mixed = mixed + 0.06 * torch.randn(count, 3, 1, 1)
    mixed = mixed + 0.1 * torch.rand(count, 1, 1, 1) * torch.randn_like(mixed)
    moves = torch.randint(-2, 3, (2,)).tolist()
    return mixed.roll(moves, dims=(2, 3))


def train(minutes: float) -> None:
    """Train a new checker and write its weights, in 16 bits."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    rng = random.Random(_SEED)  # noqa: S311  # no secret
    drawn = (sample_scene(rng, pairs=0.5) for _ in range(2 * _TRAINING))
    scenes = [scene for scene in drawn if not held_out(scene)][:_TRAINING]
    pixels = _pixels([draw_scene(scene) for scene in scenes])
    right = torch.tensor([_numbers(scene) for scene in scenes])
    checker = Checker()

    def loss() -> Any:
        chosen = torch.randint(len(scenes), (64,))
        scores = checker(_shaken(as_batch(pixels[chosen], "cpu")))
        losses = [
            nn.functional.cross_entropy(score, right[chosen, k], label_smoothing=0.02)
            for k, score in enumerate(scores.values())
        ]
        return torch.stack(losses).sum()

    stage = Stage("checker", minutes * 60, {"checker": checker}, loss, 64, rate=2e-3, steady=0.3)
    with tempfile.TemporaryDirectory() as folder:
        run_stage(stage, Team(0, 1, torch.device("cpu")), Path(folder))
    save_file({name: weight.half() for name, weight in checker.state_dict().items()}, WEIGHTS)


def main() -> None:
    """Train if asked to, then print how often the checker is right about unseen drawn scenes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=float, metavar="MINUTES")
    wanted = parser.parse_args()
    if wanted.train:
        train(wanted.train)
    scenes = unseen_scenes("checker", 2000)
    found = ask([draw_scene(scene) for scene in scenes])
    rights = [answer_of(scene) for scene in scenes]
    names = [field.name for field in dataclasses.fields(Answer)]
    shares = {
        name: sum(getattr(a, name) == getattr(b, name) for a, b in zip(found, rights, strict=True))
        / len(scenes)
        for name in names
    }
    sys.stdout.write(json.dumps({name: round(share, 4) for name, share in shares.items()}) + "\n")


if __name__ == "__main__":
    main()
