"""The contact sheet: made by the shipped weights, and made again nearly the same anywhere."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("diffusers")

from docs import sheet
from provenance_gen.generation.builtin import model_path
from provenance_gen.generation.builtin.captions import unknown_words
from provenance_gen.generation.builtin.card import weights_digest

AGAIN = (1, 20)


def test_the_sheet_is_of_the_shipped_weights() -> None:
    """Whoever changes the weights or the prompts writes the sheet again."""
    facts = json.loads(sheet.FACTS.read_text(encoding="utf-8"))
    assert facts["weights"] == weights_digest(model_path())
    assert tuple(facts["prompts"]) == sheet.PROMPTS
    assert not any(unknown_words(prompt) for prompt in sheet.PROMPTS)


def test_pictures_of_the_sheet_come_again() -> None:
    """Another processor may round otherwise; the picture stays the same to the eye."""
    board = Image.open(sheet.SHEET).convert("RGB")
    for number, picture in zip(AGAIN, sheet.render(AGAIN), strict=True):
        left, top, right, bottom = sheet.place(number)
        kept = np.asarray(board.crop((left, top, right, bottom)), dtype=float)
        size = (right - left, bottom - top)
        made = np.asarray(picture.resize(size, Image.Resampling.LANCZOS), dtype=float)
        assert np.abs(kept - made).mean() < 3
        others = np.asarray(board.crop(sheet.place(number + 1)), dtype=float)
        assert np.abs(others - made).mean() > 20
