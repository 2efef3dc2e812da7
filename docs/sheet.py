"""Write the contact sheet of the built-in model: ``python docs/sheet.py``.

Fixed prompts and seeds, one picture each, into ``reports/samples/builtin-model.png``; the prompts
and the weights' digest lie beside it in ``builtin-model.json``. On the same machine and libraries
the same pixels come again, on others nearly the same: a test makes some of them again and compares.
"""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw, ImageFont

from provenance_gen.generation import pipelines
from provenance_gen.generation.builtin import model_path
from provenance_gen.generation.builtin.card import weights_digest
from provenance_gen.generation.seeds import generators

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FACTS", "PROMPTS", "SHEET", "place", "render"]

SAMPLES = Path(__file__).resolve().parents[1] / "reports" / "samples"
SHEET = SAMPLES / "builtin-model.png"
FACTS = SAMPLES / "builtin-model.json"
FIRST_SEED = 100
COLUMNS = 7
SIDE = 128
CAPTION = 30
GAP = 6
PROMPTS = (
    "a red boat on the sea at sunset",
    "a brown house in the snow",
    "a green pine tree in the snow",
    "a pink tree on the beach",
    "a yellow sun over the sea",
    "a white moon at night",
    "a red star on a white background",
    "a green heart at sunset",
    "an orange fish in the water",
    "a blue bird in the sky",
    "a purple flower at night",
    "a black cat in the snow",
    "a small white boat on the left",
    "a huge red heart",
    "a red boat under a yellow moon",
    "a red house and a green tree",
    "a black cat to the left of a red heart",
    "a red heart to the left of a black cat",
    "a boat with a yellow sun above on the sea",
    "a blue bird over a house",
    "a pink flower to the left of a grey cat",
    "a pine tree and a house in the snow",
    "a green tree to the right of a brown house",
    "a red bird and a blue fish",
    "a yellow star over a pine tree at night",
    "robin in the garden",
    "sailing ship in the harbour at dusk",
    "masterpiece, one small boat, warm sky against cold water",
)


def render(numbers: Sequence[int]) -> list[Image.Image]:
    """Return the pictures of some prompts, each made alone: 20 steps, guidance 4."""
    pipe: Any = pipelines.load("builtin", pipelines.Setup(device="cpu")).pipe
    pipe.set_progress_bar_config(disable=True)
    return [
        pipe(
            PROMPTS[number],
            num_inference_steps=20,
            guidance_scale=4.0,
            generator=generators(FIRST_SEED + number, 1),
        ).images[0]
        for number in numbers
    ]


def place(number: int) -> tuple[int, int, int, int]:
    """Return where a picture is on the sheet: left, top, right, bottom."""
    left = GAP + number % COLUMNS * (SIDE + GAP)
    top = GAP + number // COLUMNS * (SIDE + CAPTION)
    return left, top, left + SIDE, top + SIDE


def write() -> None:
    """Write the sheet and its facts."""
    rows = -(-len(PROMPTS) // COLUMNS)
    size = (GAP + COLUMNS * (SIDE + GAP), GAP + rows * (SIDE + CAPTION))
    board = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(board), ImageFont.load_default(10)
    for number, picture in enumerate(render(range(len(PROMPTS)))):
        left, top, right, bottom = place(number)
        board.paste(
            picture.resize((right - left, bottom - top), Image.Resampling.LANCZOS), (left, top)
        )
        pen.multiline_text((left, bottom + 2), _wrapped(PROMPTS[number]), "black", font, spacing=1)
    SAMPLES.mkdir(parents=True, exist_ok=True)
    board.save(SHEET, optimize=True)
    facts = {
        "steps": 20,
        "guidance": 4,
        "first seed": FIRST_SEED,
        "weights": weights_digest(model_path()),
        "prompts": PROMPTS,
    }
    FACTS.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def _wrapped(text: str) -> str:
    """Break a caption into two lines at most."""
    return "\n".join(textwrap.wrap(text, 26, max_lines=2, placeholder=" …"))


if __name__ == "__main__":
    write()
    sys.stdout.write(f"wrote {SHEET.name}\n")
