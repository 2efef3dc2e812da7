"""Scenes and their drawing: by lot, but the same lot gives the same pixels."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from provenance_gen.generation.builtin.drawing import PICTURE_SIZE, draw_scene
from provenance_gen.generation.builtin.pictures import Lot, load_pictures, wordings
from provenance_gen.generation.builtin.scenes import (
    COLORS,
    HOMES,
    KINDS,
    LAYOUTS,
    NATURAL_COLORS,
    PLACES,
    TIMES,
    Scene,
    Thing,
    sample_scene,
)

if TYPE_CHECKING:
    from pathlib import Path


def _scene(kind: str = "boat", color: str = "red", place: str = "sea", time: str = "day") -> Scene:
    return Scene((Thing(kind, color, "medium"),), "centre", place, time, seed=7)


def test_same_seed_gives_the_same_scenes_and_pixels() -> None:
    """The training data can be made again."""
    first, second = (sample_scene(random.Random(3)) for _ in range(2))
    assert first == second
    assert draw_scene(first).tobytes() == draw_scene(second).tobytes()


def test_the_seed_of_a_scene_changes_its_pixels() -> None:
    """What no caption tells still varies."""
    scene = _scene()
    moved = Scene(scene.things, scene.layout, scene.place, scene.time, seed=8)
    assert draw_scene(scene).tobytes() != draw_scene(moved).tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_drawn_in_its_colour(kind: str) -> None:
    """The middle of a picture holds far more of the colour when the thing has it."""
    red, blue = (draw_scene(_scene(kind, color, "plain")) for color in ("red", "blue"))
    assert red.size == (PICTURE_SIZE, PICTURE_SIZE)
    assert red.mode == "RGB"
    reds, blues = (np.asarray(picture).astype(int) for picture in (red, blue))
    assert (reds[..., 0] - reds[..., 2]).sum() > 0 > (blues[..., 0] - blues[..., 2]).sum()


@pytest.mark.parametrize("place", PLACES)
def test_every_place_and_time_looks_different(place: str) -> None:
    """A time of day that cannot be seen could not be learned."""
    times = ("day",) if place == "plain" else TIMES
    pictures = {draw_scene(_scene(place=place, time=time)).tobytes() for time in times}
    assert len(pictures) == len(times)


def test_sampled_scenes_use_only_the_listed_values() -> None:
    """Lots reach every listed value, and no other."""
    rng = random.Random(0)
    scenes = [sample_scene(rng) for _ in range(600)]
    things = [thing for scene in scenes for thing in scene.things]
    assert {thing.kind for thing in things} == set(KINDS)
    assert {thing.color for thing in things} == set(COLORS)
    assert {scene.layout for scene in scenes} == set(LAYOUTS)
    assert {scene.place for scene in scenes} == set(PLACES)
    assert {scene.time for scene in scenes} == set(TIMES)
    assert all(scene.time == "day" for scene in scenes if scene.place == "plain")


def test_a_pair_never_holds_one_kind_twice() -> None:
    """Two of a kind would need counting, which captions do not teach."""
    rng = random.Random(1)
    pairs = [sample_scene(rng, pairs=1.0) for _ in range(200)]
    assert all(pair.things[0].kind != pair.things[1].kind for pair in pairs)


def test_every_kind_has_natural_colours_and_a_home() -> None:
    """The tables are complete."""
    assert set(NATURAL_COLORS) == set(HOMES) == set(KINDS)
    assert all(set(colors) <= set(COLORS) for colors in NATURAL_COLORS.values())
    assert set(HOMES.values()) <= set(PLACES)


def test_a_size_changes_the_grain_and_not_the_picture() -> None:
    """The larger picture, made as small as the other, is the other but for rounding."""
    for place in PLACES:
        scene = _scene(place=place)
        small = np.asarray(draw_scene(scene), dtype=float)
        large = np.asarray(draw_scene(scene, 2 * PICTURE_SIZE).reduce(2), dtype=float)
        assert np.abs(small - large).mean() < 2


def test_helpers_draw_the_same_pictures_and_words(tmp_path: Path) -> None:
    """Alone or with helpers, from the cache or afresh: the same lot, the same arrays."""
    lot = Lot(range(1100), seed=3, size=16, pairs=0.4)
    alone, helped = tmp_path / "alone", tmp_path / "helped"
    alone.mkdir()
    helped.mkdir()
    pixels = load_pictures(lot, alone, 1)
    assert pixels.shape == (1100, 16, 16, 3)
    assert np.array_equal(pixels, load_pictures(lot, helped, 2))
    assert np.array_equal(pixels, load_pictures(lot, alone, 1))
    assert np.array_equal(wordings(lot, 1, 1), wordings(lot, 1, 2))


def test_another_lot_never_uses_the_cache(tmp_path: Path) -> None:
    """Whoever changes the size or the share of pairs gets pictures drawn afresh."""
    first = load_pictures(Lot(range(4), 3, 16, 0.4), tmp_path, 1)
    assert load_pictures(Lot(range(4), 3, 32, 0.4), tmp_path, 1).shape == (4, 32, 32, 3)
    assert not np.array_equal(first, load_pictures(Lot(range(4, 8), 3, 16, 0.4), tmp_path, 1))
