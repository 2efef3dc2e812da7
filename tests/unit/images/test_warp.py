"""Planes carried through geometry, compared with Pillow and numpy doing the same."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from provenance_gen.errors import ImageError
from provenance_gen.images.warp import Matrix, Patch, Plane, carry, moved

SIZE = (80, 60)


def plane() -> Plane:
    """Return two boxes, one of them half."""
    values = np.zeros(SIZE[::-1], np.float32)
    values[10:30, 5:50] = 1
    values[50:60, 70:80] = 0.5
    return values


def full(patch: Patch | None, size: tuple[int, int]) -> Plane:
    """Return a patch in its frame."""
    values = np.zeros(size[::-1], np.float32)
    if patch is not None:
        left, top, width, height = patch.box
        values[top : top + height, left : left + width] = patch.values
    return values


@pytest.mark.parametrize(
    ("matrix", "turned"),
    [
        ([[-1, 0, 80], [0, 1, 0], [0, 0, 1]], plane()[:, ::-1]),
        ([[1, 0, 0], [0, -1, 60], [0, 0, 1]], plane()[::-1]),
        ([[-1, 0, 80], [0, -1, 60], [0, 0, 1]], plane()[::-1, ::-1]),
        ([[0, 1, 0], [-1, 0, 60], [0, 0, 1]], np.rot90(plane(), -1)),
        ([[0, -1, 80], [1, 0, 0], [0, 0, 1]], np.rot90(plane())),
    ],
)
def test_turns_and_mirrors_lose_nothing(matrix: list[list[float]], turned: Plane) -> None:
    """A quarter turn is a permutation of pixels."""
    size = (turned.shape[1], turned.shape[0])
    carried = carry(Patch(0, 0, plane()), SIZE, np.array(matrix, float), size)
    np.testing.assert_array_equal(full(carried, size), turned)


def test_crop_and_canvas() -> None:
    """What lies beyond the frame is nothing; what is cut away is gone."""
    carried = carry(Patch(0, 0, plane()), SIZE, moved(-5, 20), (40, 30))
    expected = np.zeros((30, 40), np.float32)
    expected[:, 5:] = plane()[20:50, :35]
    np.testing.assert_array_equal(full(carried, (40, 30)), expected)
    assert carry(Patch(0, 0, plane()[:5, :5]), SIZE, moved(40, 40), (20, 20)) is None


@pytest.mark.parametrize("size", [(40, 30), (160, 120), (57, 91)])
def test_scaling_is_that_of_pillow(size: tuple[int, int]) -> None:
    """A part gives what the whole plane gives, where nothing else is in it."""
    matrix: Matrix = np.diag([SIZE[0] / size[0], SIZE[1] / size[1], 1.0])
    wanted = Image.fromarray(plane()).resize(size, Image.Resampling.BILINEAR)
    carried = carry(Patch(0, 0, plane()), SIZE, matrix, size)
    np.testing.assert_allclose(full(carried, size), np.asarray(wanted), atol=1e-5)
    alone = plane()
    alone[50:] = 0
    wanted = Image.fromarray(alone).resize(size, Image.Resampling.BILINEAR)
    part = carry(Patch(5, 10, alone[10:30, 5:50]), SIZE, matrix, size)
    np.testing.assert_allclose(full(part, size), np.asarray(wanted), atol=1e-5)


@pytest.mark.parametrize("degrees", [3.0, 30.0, 100.0])
@pytest.mark.parametrize("scale", [0.5, 1.0, 2.6])
def test_a_turn_keeps_the_area(degrees: float, scale: float) -> None:
    """What stays in the frame keeps its area, and values stay shares."""
    turn = np.radians(degrees)
    linear = np.array(
        [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    )
    matrix = moved(27, 20) @ linear @ np.diag([scale, scale, 1]) @ moved(-100, -100)
    carried = carry(Patch(5, 10, plane()[10:30, 5:50]), SIZE, matrix, (200, 200))
    assert carried is not None
    assert carried.values.sum() == pytest.approx(900 / scale**2, rel=0.02)
    assert 0 <= carried.values.min() <= carried.values.max() <= 1 + 1e-6


def test_what_cannot_be_carried() -> None:
    """A perspective and a map onto a line are refused."""
    patch = Patch(0, 0, plane())
    for matrix in (np.array([[1, 0, 0], [0, 1, 0], [0.1, 0, 1.0]]), np.diag([0.0, 0.0, 1.0])):
        with pytest.raises(ImageError):
            carry(patch, SIZE, matrix, SIZE)
