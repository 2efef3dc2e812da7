"""Steps read from text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.editing import parsing
from provenance_gen.editing.parsing import parse_crop, parse_stroke
from provenance_gen.editing.steps import (
    Contrast,
    Crop,
    Exposure,
    Flip,
    Resize,
    Rotate,
    Saturation,
    Step,
    Stroke,
    Temperature,
)
from tests.unit.editing.parsers import demand_refusal, demand_step_or_refusal

if TYPE_CHECKING:
    from collections.abc import Callable

PARSERS: list[Callable[[str], Step]] = [getattr(parsing, name) for name in parsing.__all__]


@pytest.mark.parametrize(
    ("parser", "text", "step"),
    [
        (parse_crop, "10,20,300,200", Crop(10, 20, 300, 200)),
        (parse_crop, " 0, 0 ,1,1 ", Crop(0, 0, 1, 1)),
        (parsing.parse_resize, "800x600", Resize(800, 600)),
        (parsing.parse_rotate, "90", Rotate(1)),
        (parsing.parse_rotate, "-90", Rotate(3)),
        (parsing.parse_flip, "Horizontal", Flip(horizontal=True)),
        (parsing.parse_flip, "vertical", Flip(horizontal=False)),
        (parsing.parse_exposure, "-0.5", Exposure(-0.5)),
        (parsing.parse_contrast, "1.2", Contrast(1.2)),
        (parsing.parse_saturation, ".8", Saturation(0.8)),
        (parsing.parse_temperature, "+1", Temperature(1)),
        (parse_stroke, "5,6", Stroke(((5, 6),))),
        (
            parse_stroke,
            "1,2 3.5,4 5,6;width=3.5;color=#ffcc33;opacity=0.8",
            Stroke(((1, 2), (3.5, 4), (5, 6)), 3.5, "#ffcc33", 0.8),
        ),
        (parse_stroke, "1,2; colour = #000001 ;", Stroke(((1, 2),), colour="#000001")),
    ],
)
def test_what_is_understood(parser: Callable[[str], Step], text: str, step: Step) -> None:
    """Each form gives its step."""
    assert parser(text) == step


@pytest.mark.parametrize("parser", PARSERS, ids=parsing.__all__)
@pytest.mark.parametrize(
    "text",
    ["", ",", ";", "x", "nan", "inf", "1e5", "1_0", "1,2,", "1,2,3,4,5", "1.5,2,3,4", "٣", "1;2",
     "1,2 3", "1,2;depth=3", "1,2;width=3;width=4", "1,2;width", "9" * 5000, "\x1b[31m"],
)  # fmt: skip
def test_what_is_not_understood(parser: Callable[[str], Step], text: str) -> None:
    """Other texts are refused in a short message that shows the right form."""
    demand_refusal(parser, text, 200)


@given(st.text(max_size=40))
def test_any_text_gives_a_step_or_our_error(text: str) -> None:
    """No text raises anything else."""
    demand_step_or_refusal(PARSERS, text)
