"""Connected regions against a plain flood fill."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from provenance_gen.images.regions import boxes

if TYPE_CHECKING:
    from provenance_gen.records.base import Region

Mask = npt.NDArray[np.bool_]
RELAXED = settings(deadline=None, max_examples=200)


def flooded(mask: Mask) -> list[tuple[int, Region]]:
    """Return size and box of each region, found pixel by pixel."""
    left_over = {(int(y), int(x)) for y, x in zip(*np.nonzero(mask), strict=True)}
    found: list[tuple[int, Region]] = []
    while left_over:
        todo = [left_over.pop()]
        area = list(todo)
        while todo:
            y, x = todo.pop()
            for dy, dx in product((-1, 0, 1), repeat=2):
                if (y + dy, x + dx) in left_over:
                    left_over.remove((y + dy, x + dx))
                    todo.append((y + dy, x + dx))
                    area.append((y + dy, x + dx))
        top, left = min(y for y, _ in area), min(x for _, x in area)
        bottom, right = max(y for y, _ in area) + 1, max(x for _, x in area) + 1
        found.append((len(area), (left, top, right - left, bottom - top)))
    return sorted(found, key=lambda item: (-item[0], item[1][1], item[1][0]))


def masks(height: int, width: int, seed: int, percent: int) -> Mask:
    """Return a random mask."""
    values: Mask = np.random.default_rng(seed).integers(0, 100, (height, width)) < percent
    return values


@RELAXED
@given(st.integers(1, 16), st.integers(1, 16), st.integers(0, 2**32 - 1), st.integers(0, 100))
def test_boxes_are_those_of_a_flood_fill(height: int, width: int, seed: int, percent: int) -> None:
    """Random masks give the same regions, in the same order of size."""
    mask = masks(height, width, seed, percent)
    expected = flooded(mask)
    found = boxes(mask, limit=1000)
    assert sorted(found) == sorted(box for _, box in expected)
    sizes: dict[Region, list[int]] = {}
    for size, box in expected:
        sizes.setdefault(box, []).append(size)
    ordered = [max(sizes[box]) for box in found]
    assert ordered[:1] == [size for size, _ in expected][:1]


def test_a_spiral_is_one_region() -> None:
    """A path that winds through all rows is joined over many steps."""
    mask = np.zeros((41, 41), dtype=np.bool_)
    mask[::2] = True
    mask[1::4, -1] = True
    mask[3::4, 0] = True
    assert boxes(mask, limit=9) == ((0, 0, 41, 41),)


def test_nothing_set_gives_no_region() -> None:
    """An empty mask has no boxes."""
    assert boxes(np.zeros((5, 4), dtype=np.bool_), limit=9) == ()


def test_rows_do_not_touch_around_the_edge() -> None:
    """The end of one row and the start of the next are far apart."""
    mask = np.zeros((2, 9), dtype=np.bool_)
    mask[0, -1] = mask[1, 0] = True
    assert boxes(mask, limit=9) == ((8, 0, 1, 1), (0, 1, 1, 1))


def test_the_largest_come_first_and_the_rest_is_cut() -> None:
    """Regions are ordered by their set pixels, not by their boxes."""
    mask = np.zeros((20, 30), dtype=np.bool_)
    mask[np.arange(10), np.arange(10)] = True  # a large box with few pixels
    mask[12:17, 20:25] = True
    mask[19, 29] = True
    assert boxes(mask, limit=2) == ((20, 12, 5, 5), (0, 0, 10, 10))


def test_too_many_runs_are_made_coarser() -> None:
    """Above the limit boxes stay within the mask and cover every set pixel."""
    mask = masks(37, 51, seed=3, percent=20)
    covered = np.zeros_like(mask)
    for left, top, width, height in boxes(mask, limit=1000, max_runs=3):
        assert left + width <= 51
        assert top + height <= 37
        covered[top : top + height, left : left + width] = True
    assert covered[mask].all()
