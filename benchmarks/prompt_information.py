"""Does prompt information tell true prompts from others, and do words fall on what they name?

Three questions, asked of the built-in model:

* **true**: pictures are generated from prompts of random scenes. Is the information of the true
  prompt higher than that of a shuffled one (the next picture's), and than that of the same prompt
  with one noun exchanged? The second is the harder one, and no goal was set for it.
* **pointing**: scenes are drawn (not generated), so that the box of each thing is known. Does the
  map of the word that names a thing have its largest value inside the thing's box (the pointing
  game of J. Zhang et al., "Top-down neural attention by excitation backprop", 2016)? Beside it:
  the mean share of the picture that the box covers, which is what a random point would hit.
* **cost**: CPU time of a measurement over that of the UNet's predictions in it alone.

::

    python -m benchmarks.prompt_information
    python -m benchmarks.prompt_information --count 20 --scenes 10
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import re
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from benchmarks.builtin import wilson
from provenance_gen.generation import conditioned, pipelines
from provenance_gen.generation.builtin import MODEL_ID
from provenance_gen.generation.builtin.captions import describe
from provenance_gen.generation.builtin.drawing import draw_scene
from provenance_gen.generation.builtin.scenes import Scene, sample_scene
from provenance_gen.generation.builtin.vocabulary import KIND_WORDS
from provenance_gen.generation.prompt_information import Errors, Sampling, measure_errors
from provenance_gen.generation.seeds import generators

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

COUNT, SCENES, SAMPLES = 200, 100, 16
STEPS, GUIDANCE, BATCH = 20, 4.0, 20
GOAL = 0.95
DIFFERS = 8
"""8-bit values by which a thing's pixel differs from the backdrop at least."""
Figures = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Named:
    """A thing of a scene, and the one word of the caption that names it."""

    scene: Scene
    place: int
    """Which thing of the scene it is."""
    caption: str
    word: str

    def caption_with(self, other: str) -> str:
        """Return the caption with the word exchanged, or left out where the other is empty."""
        text = re.sub(rf"\b{self.word}\b", other, self.caption, count=1)
        return " ".join(text.split())

    def box(self, size: int) -> tuple[int, int, int, int]:
        """Return left, top, right and bottom of the thing: where it changes the drawn picture."""
        without, drawn = (
            np.asarray(
                draw_scene(dataclasses.replace(self.scene, things=self.scene.things[:n]), size),
                dtype=int,
            )
            for n in (self.place, self.place + 1)
        )
        rows, columns = np.nonzero(np.abs(drawn - without).max(axis=2) > DIFFERS)
        return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def scenes(name: str, count: int) -> list[Named]:
    """Draw scenes by lot in whose captions a single word names a thing."""
    rng = random.Random(name)  # noqa: S311 - no secret
    found: list[Named] = []
    while len(found) < count:
        scene = sample_scene(rng)
        caption = describe(scene, rng).text
        place = rng.randrange(len(scene.things))
        known = [n for n in KIND_WORDS[scene.things[place].kind] if re.fullmatch(r"\w+", n)]
        said = [n for n in known if len(re.findall(rf"\b{n}\b", caption)) == 1]
        if said:
            found.append(Named(scene, place, caption, said[0]))
    return found


def errors(pipe: Any, picture: Image.Image, texts: Sequence[str], seed: int) -> Errors:
    """Measure a picture with the null prompt and these."""
    asked = conditioned.denoiser(pipe, texts, picture.size)
    latent = conditioned.encode(pipe, picture)
    return measure_errors(asked, latent, Sampling(samples=SAMPLES, seed=seed))


def told_apart(pipe: Any, count: int) -> Figures:
    """Compare true prompts of generated pictures with shuffled ones and with near ones."""
    asked = scenes("true", count)
    rng = random.Random("near")  # noqa: S311 - no secret
    rows: list[tuple[float, float, float, float]] = []
    for start in range(0, count, BATCH):
        part = asked[start : start + BATCH]
        pictures = pipe(
            [named.caption for named in part],
            num_inference_steps=STEPS,
            guidance_scale=GUIDANCE,
            generator=generators(start, len(part)),
        ).images
        for number, (named, picture) in enumerate(zip(part, pictures, strict=True), start):
            kind = named.scene.things[named.place].kind
            noun = rng.choice([k for k in KIND_WORDS if k not in {kind, *KIND_WORDS[kind]}])
            shuffled = next(
                other.caption
                for other in (asked * 2)[number + 1 :]
                if other.caption != named.caption
            )
            texts = [named.caption, shuffled, named.caption_with(noun)]
            found = errors(pipe, picture, texts, number)
            own, other, near = (found.information(text, 0) for text in (1, 2, 3))
            rows.append((own.nats, own.standard_error, other.nats, near.nats))
    true, spread, false, exchanged = (np.array(column) for column in zip(*rows, strict=True))
    for name, values in (("true", true), ("shuffled", false), ("one noun exchanged", exchanged)):
        low, middle, high = np.percentile(values, [5, 50, 95])
        print(f"{name:18} nats: median {middle:.0f}, 5 % to 95 %: {low:.0f} to {high:.0f}")
    print(f"standard error with {SAMPLES} noise levels: median {np.median(spread):.1f}")
    return {
        "true_over_shuffled": _share(int((true > false).sum()), count, GOAL),
        "true_over_one_noun_exchanged": _share(int((true > exchanged).sum()), count, None),
        "true_over_null": _share(int((true > 0).sum()), count, None),
    }


def pointing(pipe: Any, count: int) -> Figures:
    """Play the pointing game on drawn scenes."""
    size = pipe.unet.config.sample_size * pipe.vae_scale_factor
    hits, chances, helps = 0, [], 0
    for number, named in enumerate(scenes("pointing", count)):
        picture = draw_scene(named.scene, size)
        texts = [named.caption, named.caption_with("")]
        found = errors(pipe, picture, texts, number).information(1, 2)
        row, column = divmod(int(found.cells.argmax()), found.cells.shape[1])
        cell = size // found.cells.shape[0]
        x, y = (column + 0.5) * cell, (row + 0.5) * cell
        left, top, right, bottom = named.box(size)
        hits += left <= x < right and top <= y < bottom
        helps += found.nats > 0
        chances.append((right - left) * (bottom - top) / size**2)
    chance = statistics.mean(chances)
    print(f"pointing: {hits} of {count} in the box; a random point: {chance:.3f}")
    return {
        "pointing": _share(hits, count, None),
        "pointing_by_chance": {"value": round(chance, 4), "goal": None, "unit": "share"},
        "word_helps": _share(helps, count, None),
    }


def cost(pipe: Any) -> Figures:
    """Compare a whole measurement with the predictions in it."""
    size = pipe.unet.config.sample_size * pipe.vae_scale_factor
    named = scenes("cost", 1)[0]
    picture = draw_scene(named.scene, size)
    texts = [named.caption] + [f"a red boat, {n}" for n in range(12)]
    noise = torch.randn(1 + len(texts), 4, *[pipe.unet.config.sample_size] * 2)
    asked = conditioned.denoiser(pipe, texts, picture.size)
    spent: dict[str, list[float]] = {"measure": [], "predict": []}
    for _ in range(3):
        begun = time.process_time()
        errors(pipe, picture, texts, 0)
        spent["measure"].append(time.process_time() - begun)
        begun = time.process_time()
        with torch.inference_mode():
            for _ in range(2 * SAMPLES):
                pipe.unet(noise, torch.tensor(500), asked.words)
        spent["predict"].append(time.process_time() - begun)
    whole, alone = (statistics.median(values) for values in spent.values())
    # The command draws twice as many noise levels.
    command = whole * Sampling().samples / SAMPLES
    print(f"{size}x{size}, 13 texts, {Sampling().samples} noise levels: {command:.1f} CPU seconds")
    return {
        "measurement_over_predictions": {"value": round(whole / alone, 3), "goal": 1.5, "unit": ""},
        "cpu_seconds": {"value": round(command, 1), "goal": 60, "unit": "CPU s"},
    }


def _share(right: int, count: int, goal: float | None) -> dict[str, Any]:
    low, high = wilson(right, count)
    found = {"value": round(right / count, 4), "goal": goal, "unit": "share"}
    return found | {"low": round(low, 4), "high": round(high, 4), "asked": count}


def main() -> None:
    """Print what was found, and the figures as JSON in the last line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--model", default=MODEL_ID, help="builtin or a folder")
    parser.add_argument("--count", type=int, default=COUNT, help="generated pictures")
    parser.add_argument("--scenes", type=int, default=SCENES, help="drawn scenes")
    wanted = parser.parse_args()
    pipe = pipelines.load(wanted.model, pipelines.Setup(device="cpu")).pipe
    figures = told_apart(pipe, wanted.count) | pointing(pipe, wanted.scenes) | cost(pipe)
    print(json.dumps({"benchmark": "prompt_information", "figures": figures}))


if __name__ == "__main__":
    main()
