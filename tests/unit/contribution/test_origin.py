"""Origin maps: shares add up, later covers earlier, geometry carries, and drawn chains agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from provenance_gen.contribution.origin import MIXED, Composition, Key, Share, Step, compose
from provenance_gen.errors import ImageError
from provenance_gen.images.layers import FULL, Layer, Mark, Writer, mark
from tests import chains

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Key("1.1", Writer.MODEL)
SIZE = (60, 40)


def written(
    box: tuple[int, int, int, int], opacity: float = 1.0, writer: Writer = Writer.STROKE
) -> Mark:
    """Write a box."""
    coverage = np.zeros(SIZE[::-1], np.float32)
    left, top, width, height = box
    coverage[top : top + height, left : left + width] = opacity
    return mark(Layer(SIZE, writer, coverage))


def share(found: Composition, step: str) -> NDArray[np.float64]:
    """Return the share that a step has of each pixel."""
    plane = np.zeros(found.size[::-1])
    for item in found.shares:
        if item.key.step == step:
            (left, top), (height, width) = item.corner, item.values.shape
            plane[top : top + height, left : left + width] = item.values / FULL
    return plane


def label(found: Composition, step: str) -> int:
    """Return the label of a step."""
    return next(n for n, item in enumerate(found.shares, 1) if item.key.step == step)


def test_a_picture_without_edits_is_its_beginning() -> None:
    """One writer, every pixel."""
    found = compose(ROOT, SIZE, [])
    assert [item.key for item in found.shares] == [ROOT]
    assert (found.labels == 1).all()


def test_a_faint_stroke_does_not_own_its_pixel() -> None:
    """10 % opacity is a tenth of the pixel; half and more is needed to own it."""
    found = compose(ROOT, SIZE, [Step("e1", [written((5, 5, 20, 10), 0.1)])])
    assert share(found, "e1")[10, 10] == pytest.approx(0.1, abs=0.01)
    assert (found.labels == 1).all()
    thick = compose(ROOT, SIZE, [Step("e1", [written((5, 5, 20, 10), 0.6)])])
    assert (thick.labels == label(thick, "e1")).sum() == 200


def test_later_layers_cover_earlier_ones() -> None:
    """What is covered by 0.7 keeps 0.3; what is covered wholly is gone."""
    steps = [
        Step("e1", [written((0, 0, 30, 40))]),
        Step("e2", [written((10, 0, 10, 40), 0.7), written((20, 0, 10, 40), 1.0)]),
    ]
    found = compose(ROOT, SIZE, steps)
    assert share(found, "e1")[5, 15] == pytest.approx(0.3, abs=0.005)
    assert share(found, "e1")[5, 25] == 0
    assert found.labels[5, 15] == label(found, "e2")
    hidden = compose(ROOT, SIZE, [*steps, Step("e3", [written((0, 0, 60, 40))])])
    assert [item.key.step for item in hidden.shares] == ["e3"]


def test_three_thirds_belong_to_nobody() -> None:
    """A pixel without a writer of more than half is labelled mixed."""
    steps = [Step("e1", [written((0, 0, 9, 9), 0.5)]), Step("e2", [written((0, 0, 9, 9), 0.33)])]
    found = compose(ROOT, SIZE, steps)
    assert found.labels[4, 4] == MIXED
    assert found.labels[20, 20] == 1


def test_geometry_carries_shares_along() -> None:
    """A crop, a quarter turn and an enlargement, in steps without coverage."""
    moves = [
        Layer((40, 30), None, to_parent=np.array([[1, 0, 10], [0, 1, 5], [0, 0, 1.0]])),
        Layer((30, 40), None, to_parent=np.array([[0, 1, 0], [-1, 0, 30], [0, 0, 1.0]])),
        Layer((60, 80), None, to_parent=np.diag([0.5, 0.5, 1.0])),
    ]
    step = Step("e1", [written((20, 15, 10, 5)), *map(mark, moves)])
    found = compose(ROOT, SIZE, [step])
    rows, columns = np.nonzero(found.labels == label(found, "e1"))
    # In the crop the box is at 10,10; turned clockwise x = 30 - 15, y = 10; doubled.
    assert (columns.min(), columns.max() + 1) == (30, 40)
    assert (rows.min(), rows.max() + 1) == (20, 40)


def test_what_was_lost_in_a_small_picture_stays_lost() -> None:
    """Made ten times smaller and as large again, an edge is wide."""
    down = Layer((6, 4), None, to_parent=np.diag([10.0, 10.0, 1.0]))
    up = Layer(SIZE, None, to_parent=np.diag([0.1, 0.1, 1.0]))
    sharp = compose(ROOT, SIZE, [Step("e1", [written((0, 0, 25, 40))])])
    blurred = compose(ROOT, SIZE, [Step("e1", [written((0, 0, 25, 40)), mark(down), mark(up)])])
    between = (share(blurred, "e1") > 0.05) & (share(blurred, "e1") < 0.95)
    assert not ((share(sharp, "e1") > 0.05) & (share(sharp, "e1") < 0.95)).any()
    assert between[20].sum() > 8
    assert share(blurred, "e1").sum() == pytest.approx(1000, rel=0.01)


def test_tone_has_no_area() -> None:
    """A change of tone moves no share."""
    found = compose(ROOT, SIZE, [Step("e1", [mark(Layer(SIZE, None, tone=True))])])
    assert [item.key.step for item in found.shares] == ["1.1"]


def test_what_does_not_fit_is_refused() -> None:
    """Coverage beyond 0 to 1, of another size than its picture, or under a perspective."""
    bent = Layer(SIZE, None, to_parent=np.array([[1, 0, 0], [0, 1, 0], [0.01, 0, 1.0]]))
    with pytest.raises(ImageError):
        compose(ROOT, SIZE, [Step("e1", [mark(bent)])])
    with pytest.raises(ImageError):
        mark(Layer((9, 9), Writer.FILL, np.full((9, 9), 1.2, np.float32)))
    with pytest.raises(ImageError):
        mark(Layer((9, 8), Writer.FILL, np.ones((9, 9), np.float32)))


def total(shares: tuple[Share, ...], size: tuple[int, int]) -> NDArray[np.int64]:
    """Add up the shares of each pixel."""
    plane = np.zeros(size[::-1], np.int64)
    for item in shares:
        (left, top), (height, width) = item.corner, item.values.shape
        plane[top : top + height, left : left + width] += item.values
    return plane


@pytest.mark.parametrize("seed", range(8))
def test_drawn_chains(seed: int) -> None:
    """Chains of built-in edits agree with their truth, and shares add up to the whole."""
    chain = chains.built_in_chain(np.random.default_rng([seed, 1]), side=160)
    found = compose(chains.ROOT, chain.first, chain.steps)
    sums = total(found.shares, found.size)
    assert np.abs(sums - FULL).max() <= len(found.shares)
    scores = chains.score(chain, found)
    assert np.mean([item.iou for item in scores.values()]) > 0.96, chain.words


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("family", ["external", "resaved"])
def test_drawn_chains_with_another_program(seed: int, family: str) -> None:
    """Geometry, tone and paint of another program are recovered, before a lossy save and after."""
    rng = np.random.default_rng([seed, 2 if family == "external" else 3])
    chain = chains.external_chain(rng, resaved=family == "resaved", side=200)
    assert chain.lost == 0
    found = compose(chains.ROOT, chain.first, chain.steps)
    scores = chains.score(chain, found)
    assert np.mean([item.iou for item in scores.values()]) > 0.8, chain.words


def test_same_steps_same_map() -> None:
    """Nothing depends on chance."""
    one, two = (
        compose(chains.ROOT, chain.first, chain.steps)
        for chain in (chains.built_in_chain(np.random.default_rng(3)) for _ in range(2))
    )
    np.testing.assert_array_equal(one.labels, two.labels)
    assert [item.key for item in one.shares] == [item.key for item in two.shares]
    for first, second in zip(one.shares, two.shares, strict=True):
        np.testing.assert_array_equal(first.values, second.values)
