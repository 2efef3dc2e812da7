"""How well origin maps agree with known truth, and what they cost.

Truth comes from ``tests/chains.py``: chains of edits drawn at random whose origin is known for
every pixel. Cases below their family's goal are written as pictures (truth, map, where they
differ) to ``--failures``. Costs are CPU seconds of one thread on a picture of 12 megapixels, and
the largest memory of a process that did nothing else; how they grow is a ratio of two of them.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from provenance_gen.contribution.origin import Key, Step, compose
from provenance_gen.images.comparison import Comparison, compare
from provenance_gen.images.layers import Layer, Writer, mark
from tests import chains, scenes

FAMILIES = {"built_in": 0.98, "external": 0.90, "resaved": 0.85}
"""Mean intersection over union of truth and map that is asked for."""
SHARES = {"built_in": 0.25, "external": 0.2, "resaved": 0.2, "tone": 0.35}
SEED = 20261123
"""Chains of this seed are for reporting: to improve the program, draw others."""
LARGE = (4000, 3000)
Figures = dict[str, dict[str, Any]]


def drawn(family: str, number: int, seed: int) -> chains.Chain:
    """Draw a chain of a family."""
    rng = np.random.default_rng([seed, number, list(SHARES).index(family) + 1])
    if family == "built_in":
        return chains.built_in_chain(rng)
    if family == "tone":
        return chains.tone_chain(rng)
    return chains.external_chain(rng, resaved=family == "resaved")


def agreement(family: str, count: int, seed: int, failures: Path | None) -> Figures:
    """Score the chains of a family."""
    means, errors, lost = [], [], 0
    for number in range(count):
        chain = drawn(family, number, seed)
        lost += chain.lost
        found = compose(chains.ROOT, chain.first, chain.steps)
        scores = chains.score(chain, found)
        means.append(float(np.mean([item.iou for item in scores.values()])))
        errors += [abs(s.found - s.truth) / s.truth for s in scores.values() if s.truth]
        if means[-1] < FAMILIES[family]:
            print(f"{family} {number}: {means[-1]:.3f} {chain.words}")
            if failures is not None:
                _draw(failures / f"{family}-{number}.png", chain, found.labels, found)
    return {
        f"{family}_iou": _figure(np.mean(means), FAMILIES[family], "mean over chains"),
        f"{family}_iou_least": _figure(np.min(means), None, "worst chain"),
        f"{family}_area_error": _figure(np.median(errors), 0.02, "median over areas"),
        f"{family}_area_error_mean": _figure(np.mean(errors), 0.02, "mean over areas"),
        f"{family}_area_error_most": _figure(np.quantile(errors, 0.95), None, "95 % are below"),
        f"{family}_lost": _figure(lost, 0, "chains whose geometry was not found"),
    }


def tones(count: int, seed: int) -> Figures:
    """Count the global changes of tone that were taken for local ones."""
    wrong = 0
    for number in range(count):
        chain = drawn("tone", number, seed)
        changed = sum(found.changed for found in chain.comparisons)
        if changed or chain.lost:
            print(f"tone {number}: {changed} px² {chain.words}")
            wrong += 1
    return {"tones_counted_as_local": _figure(wrong, 0, f"of {count}")}


def _draw(path: Path, chain: chains.Chain, labels: Any, found: Any) -> None:
    """Draw the picture, the true labels, the found ones and where they differ."""
    path.parent.mkdir(parents=True, exist_ok=True)
    truth = chain.truth()
    numbers = {share.key: number for number, share in enumerate(found.shares, 1)}
    wanted = np.zeros(labels.shape, int)
    for place, (key, share) in enumerate(truth.items()):
        wanted[share > chains.OWNED] = numbers.get(key, len(numbers) + 1 + place)
    colours = np.random.default_rng(7).integers(0, 256, (64, 3), dtype=np.uint8)
    colours[0] = 0
    differs = np.repeat((wanted != labels).astype(np.uint8)[..., None] * 255, 3, axis=2)
    shown = [np.asarray(chain.picture.convert("RGB")), colours[wanted], colours[labels], differs]
    Image.fromarray(np.hstack(shown)).save(path)


def cost(kind: str) -> None:
    """Measure one edit of 12 megapixels in this process, and print it."""
    parent = scenes.scene(np.random.default_rng(1), *LARGE)
    child = parent.copy()
    ImageDraw.Draw(child).ellipse((900, 700, 1900, 1500), fill=(240, 30, 160))
    if kind == "cropped":
        child = child.crop((60, 40, 3900, 2900))
    if kind == "scaled":
        child = child.resize((3600, 2700), Image.Resampling.LANCZOS)
    before = time.process_time()
    found = compare(parent, child)
    assert isinstance(found, Comparison)  # noqa: S101 - a benchmark of a failure is none
    layer = Layer(
        child.size,
        Writer.EXTERNAL,
        found.mask.astype(np.float32),
        found.registration.to_parent,
    )
    compose(Key("1.1", Writer.MODEL), parent.size, [Step("e1", [mark(layer)])])
    seconds = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "megabytes": peak}))


def growth(count: int) -> None:
    """Measure a chain of recorded edits of 12 megapixels in this process, and print it."""
    rng, size = np.random.default_rng(2), LARGE
    steps = []
    before = time.process_time()
    for number in range(count):
        coverage = np.zeros(size[::-1], np.float32)
        left, top = (int(rng.integers(0, side // 2)) for side in size)
        coverage[top : top + size[1] // 2, left : left + size[0] // 2] = 0.7
        turn = np.radians(0.1) if number % 10 == 0 else 0.0
        matrix = np.array(
            [[np.cos(turn), np.sin(turn), 0], [-np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
        )
        steps.append(Step(f"e{number}", [mark(Layer(size, Writer.FILL, coverage, matrix))]))
    compose(Key("1.1", Writer.MODEL), size, steps)
    seconds = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "megabytes": peak}))


def costs() -> Figures:
    """Measure costs, each in a process of its own."""
    figures: Figures = {}
    for kind in ("same", "cropped", "scaled"):
        spent = _alone("--cost", kind)
        figures[f"12mp_{kind}_cpu"] = _figure(spent["seconds"], 3.0, "CPU s per edit")
        figures[f"12mp_{kind}_memory"] = _figure(spent["megabytes"], 1500, "MB")
    # Every tenth edit turns the picture, the first one before there is anything to turn.
    few, many = _alone("--growth", "20"), _alone("--growth", "50")
    ratio = many["seconds"] / few["seconds"] / 2.5
    figures["growth_50_to_20"] = _figure(ratio, 1.3, "CPU per edit, ratio")
    figures["50_edits_cpu"] = _figure(many["seconds"] / 50, 3.0, "CPU s per edit")
    figures["50_edits_memory"] = _figure(many["megabytes"], 1500, "MB")
    return figures


def _alone(*words: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, __file__, *words], check=True, capture_output=True, text=True
    )
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def _figure(value: Any, goal: float | None, unit: str) -> dict[str, Any]:
    return {"value": round(float(value), 4), "goal": goal, "unit": unit}


def main() -> None:
    """Run what is asked for and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chains", type=int, default=300, help="how many chains to draw")
    parser.add_argument("--seed", type=int, default=SEED, help="which chains to draw")
    parser.add_argument("--failures", type=Path, help="folder for pictures of failed cases")
    parser.add_argument("--no-costs", action="store_true", help="measure agreement only")
    parser.add_argument("--cost", help=argparse.SUPPRESS)
    parser.add_argument("--growth", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.cost:
        cost(given.cost)
        return
    if given.growth:
        growth(given.growth)
        return
    figures: Figures = {}
    for family in FAMILIES:
        count = round(given.chains * SHARES[family])
        figures |= agreement(family, count, given.seed, given.failures)
    figures |= tones(max(1, round(given.chains * SHARES["tone"])), given.seed)
    if not given.no_costs:
        figures |= costs()
    print(json.dumps({"benchmark": "origin", "figures": figures}))


if __name__ == "__main__":
    main()
