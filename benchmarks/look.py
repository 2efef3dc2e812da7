"""A look without captions: what is to be seen in the built-in model's pictures?

First a sheet of 48 numbered pictures, one thing each, for prompts drawn by lot; the key is kept
apart. Write down what each shows, a line each (`17 cat`), before opening the key; then compare. ::

    python -m benchmarks.look sheet --seed 7 --output runs/look
    python -m benchmarks.look compare runs/look guesses.txt
    python -m benchmarks.look compare runs/look guesses.txt --card    # and write it into the card
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
from pathlib import Path

import torch
from PIL import Image, ImageDraw

from provenance_gen.generation import pipelines
from provenance_gen.generation.builtin import MODEL_ID, model_path
from provenance_gen.generation.builtin.captions import describe
from provenance_gen.generation.builtin.card import weights_digest
from provenance_gen.generation.builtin.facts import read_facts
from provenance_gen.generation.builtin.package import write_card
from provenance_gen.generation.builtin.scenes import KINDS, sample_scene
from provenance_gen.generation.seeds import generators

COUNT = 48
GOAL = 42
COLUMNS = 8
SIDE = 128


def sheet(model: str, seed: str, folder: Path) -> None:
    """Write the pictures, numbered, and the key."""
    rng = random.Random(f"look/{seed}")  # noqa: S311  # no secret
    captions = [describe(sample_scene(rng, pairs=0.0), rng) for _ in range(COUNT)]
    first = rng.getrandbits(31)
    pipe = pipelines.load(model, pipelines.Setup(device="cpu")).pipe
    torch.set_num_threads(1)
    pipe.set_progress_bar_config(disable=True)
    board = Image.new("RGB", (COLUMNS * (SIDE + 6), COUNT // COLUMNS * (SIDE + 18)), "white")
    pen = ImageDraw.Draw(board)
    for number, caption in enumerate(captions):
        picture = pipe(
            caption.text,
            num_inference_steps=20,
            guidance_scale=4.0,
            generator=generators(first + number, 1),
        ).images[0]
        x, y = number % COLUMNS * (SIDE + 6), number // COLUMNS * (SIDE + 18)
        board.paste(picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS), (x, y))
        pen.text((x, y + SIDE + 2), str(number), fill="black")
    folder.mkdir(parents=True, exist_ok=True)
    board.save(folder / "sheet.png")
    key = [{"kind": caption.kinds[0], "prompt": caption.text} for caption in captions]
    weights = weights_digest(model_path() if model == MODEL_ID else Path(model))
    found = {"seed": seed, "weights": weights, "key": key}
    (folder / "key.json").write_text(json.dumps(found, indent=1))


def compare(model: str, folder: Path, guesses: Path, *, by: str, card: bool) -> None:
    """Print which guesses were right, and how many."""
    found = json.loads((folder / "key.json").read_text())
    lines = [line.split(maxsplit=1) for line in guesses.read_text().splitlines() if line.strip()]
    said = {int(number): kind.strip().lower() for number, kind in lines}
    if set(said) != set(range(COUNT)) or not set(said.values()) <= {*KINDS, "?"}:
        raise SystemExit(f"give {COUNT} lines such as '17 cat' with one of {', '.join(KINDS)} or ?")
    wrong = [
        f"{number}: {row['prompt']!r} seen as {said[number]}"
        for number, row in enumerate(found["key"])
        if said[number] != row["kind"]
    ]
    print(*wrong, sep="\n")
    right = COUNT - len(wrong)
    if card:
        place = model_path() if model == MODEL_ID else Path(model)
        facts = read_facts(place)
        seen = {"pictures": COUNT, "recognised": right, "seed": found["seed"], "wrong": wrong}
        seen |= {"weights": found["weights"], "by": by}
        measured = {**facts.measured, "looked": seen}
        write_card(place, dataclasses.replace(facts, measured=measured))
    figures = {"recognised": {"value": right, "goal": GOAL, "unit": f"of {COUNT} pictures"}}
    print(json.dumps({"benchmark": "look", "figures": figures}))


def main() -> None:
    """Make a sheet, or compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--model", default=MODEL_ID, help="builtin or a folder")
    verbs = parser.add_subparsers(dest="verb", required=True)
    making = verbs.add_parser("sheet")
    making.add_argument("--seed", required=True)
    making.add_argument("--output", type=Path, required=True)
    comparing = verbs.add_parser("compare")
    comparing.add_argument("folder", type=Path)
    comparing.add_argument("guesses", type=Path)
    comparing.add_argument("--by", default="a person", help="who looked, for the card")
    comparing.add_argument("--card", action="store_true")
    wanted = parser.parse_args()
    if wanted.verb == "sheet":
        sheet(wanted.model, wanted.seed, wanted.output)
    else:
        compare(wanted.model, wanted.folder, wanted.guesses, by=wanted.by, card=wanted.card)


if __name__ == "__main__":
    main()
