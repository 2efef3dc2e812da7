"""Steps with many settings, read from text and from JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.editing import parsing, phrases
from provenance_gen.editing.steps import (
    Curves,
    Levels,
    Paste,
    Step,
    Straighten,
    Stroke,
    Text,
    WhiteBalance,
)
from provenance_gen.errors import FileError
from tests.unit.editing.parsers import demand_refusal, demand_step_or_refusal

if TYPE_CHECKING:
    from collections.abc import Callable

PARSERS: list[Callable[[str], Any]] = [
    phrases.parse_fill,
    phrases.parse_erase,
    phrases.parse_blur,
    phrases.parse_sharpen,
    phrases.parse_text,
    phrases.parse_paste,
    phrases.parse_box,
]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (parsing.parse_straighten("-2.5"), Straighten(-2.5)),
        (parsing.parse_levels("10,240"), Levels(10, 240)),
        (parsing.parse_levels("10,240,1.5"), Levels(10, 240, 1.5)),
        (parsing.parse_curves("0,0 128,160.5 255,255"), Curves(((0, 0), (128, 160.5), (255, 255)))),
        (parsing.parse_white_balance("4, 9"), WhiteBalance(4, 9)),
        (
            phrases.parse_paste("i1;at=-4,5;scale=0.5;blend=multiply;opacity=0.8;mask=m.png"),
            Paste("i1", -4, 5, 0.5, "m.png", "multiply", 0.8),
        ),
        (phrases.parse_paste("2.3"), Paste("2.3")),
        (
            phrases.parse_text("at=4,40;size=9;color=#ffffff;text=Sea; at=dusk\\nend"),
            Text("Sea; at=dusk\nend", 4, 40, 9, "#ffffff"),
        ),
    ],
)
def test_what_is_understood(step: Step, expected: Step) -> None:
    """Each form gives its step; what is left out has the step's own value."""
    assert step == expected


def test_areas_are_understood() -> None:
    """A box, a polygon, a brush's line and a mask, each with its numbers."""
    assert phrases.parse_fill("box=1,2,3,4;color=#00ff00;opacity=0.5").area.box == (1, 2, 3, 4)
    polygon = phrases.parse_erase("polygon=0,0 4,0.5 2,9").area
    assert (polygon.polygon, polygon.box) == (((0, 0), (4, 0.5), (2, 9)), None)
    blur = phrases.parse_blur("2.5;brush=1,1 9,9;width=4")
    assert (blur.radius, blur.area.brush, blur.area.width) == (2.5, ((1, 1), (9, 9)), 4)
    assert phrases.parse_blur("radius=3").area.is_whole
    sharpen = phrases.parse_sharpen("1.5;radius=2;mask=a b.png")
    assert (sharpen.amount, sharpen.radius, sharpen.area.mask) == (1.5, 2, "a b.png")


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(
    "text",
    [
        "", ";", "box=1,2,3", "box=1,2,3,4;box=1,2,3,4", "mask=a;box=1,2,3,4", "1;depth=3",
        "box=1,2,3,nan", "opacity=1", "\x1b[31m", "at=1;text=a", "width=3;box=1,2,3,4",
    ],
)  # fmt: skip
def test_what_is_not_understood(parser: Callable[[str], Any], text: str) -> None:
    """Other texts are refused in a message that shows the right form."""
    if parser is phrases.parse_paste and "=" not in text and text.strip(";"):
        return  # a name of an image, however odd
    demand_refusal(parser, text, 250)


@given(st.text(max_size=40))
def test_any_text_gives_a_step_or_our_error(text: str) -> None:
    """No text raises anything else."""
    demand_step_or_refusal(PARSERS, text)


def test_strokes_of_a_file() -> None:
    """A JSON list of strokes; both spellings of colour."""
    data = [
        {"points": [[1, 2], [3.5, 4]], "width": 2, "color": "#ff0000", "opacity": 0.5},
        {"points": [[1, 1]], "colour": "#00ff00"},
    ]
    assert phrases.read_strokes(json.dumps(data).encode()) == [
        Stroke(((1, 2), (3.5, 4)), 2, "#ff0000", 0.5),
        Stroke(((1, 1),), 3.0, "#00ff00"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"{}", b"[]", b"[1]", b'[{"points": 3}]', b'[{"points": [[1]]}]',
        b'[{"points": [[1, "2"]]}]', b'[{"points": [[1, 2]], "depth": 3}]', b"\xff\xfe",
        b'[{"points": [[1, true]]}]', b'[{"points": [[1, 2]], "color": 7}]', b"[" * 100_000,
    ],
)  # fmt: skip
def test_files_that_hold_no_strokes(data: bytes) -> None:
    """Each is refused, with the right form; nothing else is raised."""
    with pytest.raises(FileError, match="a file of strokes is a JSON list"):
        phrases.read_strokes(data)
