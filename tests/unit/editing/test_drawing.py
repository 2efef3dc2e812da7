"""The painted stroke."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from provenance_gen.editing.operations import stroke
from provenance_gen.errors import ImageError, UsageError
from provenance_gen.images.difference import difference
from provenance_gen.images.pixels import canonical

RELAXED = settings(deadline=None, max_examples=60)
BLACK = Image.new("RGB", (60, 40))
GOOD: dict[str, Any] = {"points": [(5, 5)], "width": 3, "colour": "#ffffff", "opacity": 1}

places = st.tuples(st.floats(0, 60), st.floats(0, 40))


def test_record_of_a_stroke() -> None:
    """Points, width, colour and opacity are recorded as decimal texts."""
    result, done = stroke(
        BLACK, points=[(10, 20), (30.5, 20.25)], width=4, colour="#FFcc33", opacity=0.8
    )
    assert (done.name, done.action) == ("stroke", "c2pa.drawing")
    assert done.points == (("10", "20"), ("30.5", "20.25"))
    assert done.numbers == {
        "width": "4", "opacity": "0.8", "red": "255", "green": "204", "blue": "51",
    }  # fmt: skip
    assert (done.width, done.height) == (60, 40)
    assert canonical(result)[20, 20].tolist() == [204, 163, 41, 255]
    assert BLACK.getbbox() is None


@RELAXED
@given(st.lists(places, min_size=1, max_size=4), st.floats(0.5, 30))
def test_region_is_what_was_touched(points: list[tuple[float, float]], width: float) -> None:
    """White on black: the recorded box is the measured one, and within the stroke's reach."""
    result, done = stroke(BLACK, points=points, width=width, colour="#ffffff")
    assert done.region == difference(BLACK, result).bounds
    assert done.region is not None
    left, top, wide, high = done.region
    reach = max(width, 1) / 2 + 1.5
    assert left >= min(x for x, _ in points) - reach
    assert top >= min(y for _, y in points) - reach
    assert left + wide <= max(x for x, _ in points) + reach
    assert top + high <= max(y for _, y in points) + reach


@pytest.mark.parametrize("radius", [1.5, 4, 10])
def test_a_dot_has_the_area_of_a_disc(radius: float) -> None:
    """One point makes a round dot; anti-aliasing keeps its area."""
    result, _ = stroke(BLACK, points=[(30.3, 19.8)], width=2 * radius, colour="#ffffff")
    area = canonical(result)[..., 0].sum() / 255
    assert area == pytest.approx(math.pi * radius**2, rel=0.05)


@pytest.mark.parametrize("width", [0.25, 1, 2.5, 7])
@pytest.mark.parametrize("slope", [0.0, 0.3, 1.0])
def test_a_line_has_its_width(width: float, slope: float) -> None:
    """The paint across a line is its width times the opacity, also below one pixel."""
    tall = Image.new("RGB", (60, 200))
    points = [(0, 40), (60, 40 + 60 * slope)]
    result, _ = stroke(tall, points=points, width=width, colour="#ffffff", opacity=0.5)
    column = canonical(result)[:, 20:40, 0].sum() / 255 / 20
    assert column == pytest.approx(0.5 * width * math.hypot(1, slope), rel=0.13)


def test_it_is_not_laid_twice_where_it_crosses_itself() -> None:
    """A path back over itself is as transparent as a single one."""
    options: dict[str, Any] = {"width": 5, "colour": "#808080", "opacity": 0.5}
    once, _ = stroke(BLACK, points=[(5, 5), (50, 30)], **options)
    twice, _ = stroke(BLACK, points=[(5, 5), (50, 30), (5, 5)], **options)
    assert np.abs(canonical(once).astype(int) - canonical(twice)).max() <= 1


def test_bands_do_not_show() -> None:
    """A stroke over a tall image has no seams where it is worked in bands."""
    tall = Image.new("RGB", (40, 900))
    result, done = stroke(tall, points=[(20, 10), (20, 890)], width=6, colour="#ffffff")
    column = canonical(result)[14:886, 20, 0]
    assert (column == 255).all()
    assert done.region == (17, 7, 6, 886)


def test_paint_on_transparency() -> None:
    """On a transparent image the paint brings its own alpha and leaves the rest as it is."""
    clear = Image.new("RGBA", (20, 20), (9, 8, 7, 0))
    result, _ = stroke(clear, points=[(10, 10)], width=8, colour="#ff0000", opacity=0.5)
    assert canonical(result)[10, 10].tolist() == [255, 0, 0, 128]
    assert canonical(result)[0, 0].tolist() == [9, 8, 7, 0]
    opaque = Image.new("RGBA", (20, 20), (0, 0, 0, 255))
    over, _ = stroke(opaque, points=[(10, 10)], width=8, colour="#ff0000", opacity=0.5)
    assert canonical(over)[..., 3].min() == 255


def test_a_stroke_may_leave_the_image() -> None:
    """A wide line at the edge is cut there."""
    result, done = stroke(BLACK, points=[(0, 0), (60, 0)], width=10, colour="#ffffff")
    assert done.region == (0, 0, 60, 5)
    assert result.size == BLACK.size


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"points": []}, "points"),
        ({"points": [(1, 1)] * 5000}, "points"),
        ({"points": [(61, 5)]}, "x of a point must be a number from 0 to 60, not 61"),
        ({"points": [(5, -1)]}, "y of a point"),
        ({"points": [(float("nan"), 5)]}, "x of a point"),
        ({"width": 0}, "width"),
        ({"width": float("inf")}, "width"),
        ({"opacity": 1.01}, "opacity"),
        ({"opacity": float("nan")}, "opacity"),
        ({"opacity": 0}, "too faint"),
        ({"colour": "red"}, "#ffcc33"),
        ({"colour": "#fff"}, "#ffcc33"),
        ({"colour": "#ffcc33\n"}, "#ffcc33"),
        ({"colour": "\x1b[31m" * 50}, "#ffcc33"),
    ],
)
def test_impossible_strokes(wrong: dict[str, Any], word: str) -> None:
    """Wrong values are refused with what is allowed, in a short message without escapes."""
    with pytest.raises(UsageError, match=word) as raised:
        stroke(BLACK, **{**GOOD, **wrong})
    assert "\x1b" not in str(raised.value)
    assert len(str(raised.value)) < 120


def test_sixteen_bits_are_refused() -> None:
    """Colour cannot be laid on 16-bit grey without losing its depth."""
    with pytest.raises(ImageError, match="8 bits"):
        stroke(Image.new("I;16", (9, 9)), **GOOD)
