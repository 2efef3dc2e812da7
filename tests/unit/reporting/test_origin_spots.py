"""Numbers on a printed map: none over another, none over a small area, all on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from provenance_gen.reporting import html
from provenance_gen.reporting.origin import described, place
from provenance_gen.reporting.origin_spots import HEIGHT, WIDTH, spots
from provenance_gen.reporting.strings import Phrases
from tests.histories import Making
from tests.unit.reporting.test_origin import report

if TYPE_CHECKING:
    from provenance_gen.records.report import OriginView
    from provenance_gen.reporting.origin_spots import Box

SIDE = 512
_made = Making()
_made.attempt("a boat")
_made.edit("1.1", bounds=(0, 0, 2, 2))
FIRST = report(_made).origins[0]


def view(*boxes: tuple[int, int, int, int], size: tuple[int, int] = (SIDE, SIDE)) -> OriginView:
    """Return a map whose second step has these areas."""
    layer = FIRST.layers[1]
    regions = tuple(
        layer.regions[0].model_copy(update={"box": box, "area": box[2] * box[3]}) for box in boxes
    )
    layers = (FIRST.layers[0], layer.model_copy(update={"regions": regions}))
    return FIRST.model_copy(update={"width": size[0], "height": size[1], "layers": layers})


def meet(one: Box, other: Box) -> bool:
    """Return whether two boxes overlap by more than a rounding."""
    return all(
        one[axis] + 1e-9 < other[axis] + other[axis + 2]
        and other[axis] + 1e-9 < one[axis] + one[axis + 2]
        for axis in (0, 1)
    )


def test_a_number_lies_beside_a_tiny_area() -> None:
    """With a line that ends at the area."""
    tiny = (100, 100, 3, 3)
    (spot,) = spots(view(tiny))
    shares: Box = (100 / SIDE, 100 / SIDE, 3 / SIDE, 3 / SIDE)
    assert not meet(spot.box, shares)
    assert spot.line is not None
    assert spot.line[2] * SIDE == pytest.approx(103, abs=3)
    assert spot.line[3] * SIDE == pytest.approx(101.5, abs=2)


def test_a_number_lies_in_a_large_area() -> None:
    """In its corner, with no line."""
    (spot,) = spots(view((100, 60, 300, 300)))
    assert spot.line is None
    assert spot.box[:2] == pytest.approx((100 / SIDE, 60 / SIDE))


@given(
    st.lists(
        st.tuples(st.integers(0, 440), st.integers(0, 440), st.integers(1, 40), st.integers(1, 40)),
        min_size=1,
        max_size=3,
    )
)
def test_small_areas_stay_visible(boxes: list[tuple[int, int, int, int]]) -> None:
    """Wherever they lie: a number covers no other number and no numbered area."""
    placed = spots(view(*boxes))
    assert len(placed) == len(boxes)
    areas: list[Box] = [
        (x / SIDE, y / SIDE, width / SIDE, height / SIDE) for x, y, width, height in boxes
    ]
    for place_, spot in enumerate(placed):
        assert not any(meet(spot.box, area) for area in areas)
        assert not any(meet(spot.box, other.box) for other in placed[place_ + 1 :])
        left, top, width, height = spot.box
        assert min(left, top) >= 0
        assert max(left + width, top + height) <= 1 + 1e-9


@pytest.mark.parametrize("size", [(1, 1), (4000, 3), (3, 4000), (64, 64)])
def test_maps_of_any_shape(size: tuple[int, int]) -> None:
    """Even where nothing fits: a number is where it can be, and nothing fails."""
    (spot,) = spots(view((0, 0, 1, 1), size=size))
    scale = min(WIDTH / size[0], HEIGHT / size[1])
    assert spot.box[2] * size[0] * scale > 3
    assert spot.box[0] == pytest.approx(0) or spot.line is not None


@pytest.mark.parametrize(
    ("box", "name"),
    [
        ((0, 0, 512, 500), "all"),
        ((0, 400, 512, 40), "across_bottom"),
        ((240, 0, 30, 512), "down_middle"),
        ((5, 5, 10, 10), "top_left"),
        ((250, 250, 10, 10), "middle_middle"),
        ((500, 500, 12, 12), "bottom_right"),
        ((511, 0, 1, 1), "top_right"),
    ],
)
def test_places_have_names(box: tuple[int, int, int, int], name: str) -> None:
    """In words of every language."""
    assert place(box, view(box)) == name
    for language in ("en", "ja"):
        assert Phrases(language)(f"map.place.{name}") in described(view(box), Phrases(language))


def test_the_page_tells_the_map_in_words() -> None:
    """In place of the picture, for whoever listens to it."""
    made = Making()
    made.attempt("a boat")
    made.edit("1.1", bounds=(2, 2, 10, 10))
    context = report(made)
    said = str(escape(described(context.origins[0], Phrases("en"))))
    assert "upper left" in said
    assert f'{said}">' in html.render(context)


def test_the_words_say_who_and_where() -> None:
    """Step by step, a place no more than once."""
    said = described(view((5, 5, 10, 10), (20, 5, 10, 10)), Phrases("en"))
    assert said.endswith("2, e1: a person, in the built-in editor; upper left.")
