"""Operations that change tone and colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from provenance_gen.editing.measure import measure
from provenance_gen.editing.operations import (
    contrast,
    curves,
    exposure,
    levels,
    saturation,
    temperature,
    white_balance,
)
from provenance_gen.editing.tone import balance
from provenance_gen.errors import ImageError, UsageError
from provenance_gen.images.pixels import canonical

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance_gen.records.edit import Operation

    Change = Callable[[float], tuple[Image.Image, Operation]]


def picture() -> Image.Image:
    """Return random colours with alpha."""
    generator = np.random.default_rng(5)
    return Image.fromarray(generator.integers(0, 256, (8, 9, 4), dtype=np.uint8))


def one(red: int, green: int, blue: int) -> Image.Image:
    """Return a single pixel."""
    return Image.new("RGB", (1, 1), (red, green, blue))


CHANGES: dict[str, tuple[Change, float]] = {
    "exposure": (lambda value: exposure(picture(), stops=value), 0.0),
    "contrast": (lambda value: contrast(picture(), factor=value), 1.0),
    "saturation": (lambda value: saturation(picture(), factor=value), 1.0),
    "temperature": (lambda value: temperature(picture(), stops=value), 0.0),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_neutral_value_changes_nothing(name: str) -> None:
    """0 stops and a factor of 1 give the same pixels."""
    change, neutral = CHANGES[name]
    result, done = change(neutral)
    assert np.array_equal(canonical(result), canonical(picture()))
    assert (done.name, done.action, done.region) == (name, "c2pa.adjustedColor", None)


@pytest.mark.parametrize("name", CHANGES)
def test_alpha_stays_and_the_value_is_recorded(name: str) -> None:
    """Transparency is no tone; the parameter is recorded as typed."""
    result, done = CHANGES[name][0](0.35)
    assert np.array_equal(canonical(result)[..., 3], canonical(picture())[..., 3])
    assert list(done.numbers.values()) == ["0.35"]


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1000.0, 1000.0])
def test_impossible_values(name: str, value: float) -> None:
    """NaN, infinity and values out of range are refused, with the range."""
    with pytest.raises(UsageError, match="must be a number from"):
        CHANGES[name][0](value)


def test_exposure_works_on_light() -> None:
    """One stop more doubles linear light: sRGB 128 (0.2159) becomes 176 (0.4318)."""
    assert canonical(exposure(one(128, 0, 255), stops=1)[0])[0, 0].tolist() == [176, 0, 255, 255]
    assert canonical(exposure(one(176, 0, 255), stops=-1)[0])[0, 0, 0] == 128


def test_contrast_turns_about_the_middle() -> None:
    """A factor moves values away from half of white, and cuts at black and white."""
    pixel = canonical(contrast(one(100, 200, 10), factor=2)[0])[0, 0]
    assert pixel.tolist()[:3] == [72, 255, 0]
    assert np.ptp(canonical(contrast(picture(), factor=0)[0])[..., :3]) == 0


def test_saturation_to_grey_and_beyond() -> None:
    """0 gives grey of the pixel's luma; above 1 colours part."""
    grey = canonical(saturation(one(255, 0, 0), factor=0)[0])[0, 0]
    assert grey.tolist()[:3] == [54, 54, 54]
    vivid = canonical(saturation(one(120, 100, 100), factor=3)[0])[0, 0]
    assert vivid.tolist()[:3] == [151, 91, 91]


def test_temperature_warms_and_cools() -> None:
    """Above 0 red rises and blue falls, below 0 the reverse; green stays."""
    warm = canonical(temperature(one(128, 128, 128), stops=1)[0])[0, 0]
    cold = canonical(temperature(one(128, 128, 128), stops=-1)[0])[0, 0]
    assert warm[0] > 128 > warm[2]
    assert cold[0] < 128 < cold[2]
    assert warm[1] == cold[1] == 128


def test_sixteen_bit_grey() -> None:
    """Exposure and contrast keep 16 bits; what needs colour is refused."""
    image = Image.fromarray(np.array([[1000, 40_000]], dtype=np.uint16))
    for result in (exposure(image, stops=0.5)[0], contrast(image, factor=1.1)[0]):
        assert result.mode == "I;16"
    with pytest.raises(ImageError, match="saturation needs 8 bits"):
        saturation(image, factor=2)
    with pytest.raises(ImageError, match="temperature needs 8 bits"):
        temperature(image, stops=1)


def test_result_does_not_depend_on_the_mode() -> None:
    """Grey as L and as RGB is one picture before and after."""
    grey = Image.linear_gradient("L").resize((16, 16))
    brighter = [exposure(image, stops=0.7)[0] for image in (grey, grey.convert("RGB"))]
    warmer = [temperature(image, stops=0.7)[0] for image in (grey, grey.convert("RGB"))]
    for first, second in (brighter, warmer):
        assert np.array_equal(canonical(first), canonical(second))


def test_levels_stretch_what_lies_between() -> None:
    """Black and white points go to the ends; gamma lifts the middle and leaves the ends."""
    result, done = levels(one(20, 120, 220), black=20, white=220)
    assert canonical(result)[0, 0].tolist() == [0, 128, 255, 255]
    assert (done.action, done.numbers) == (
        "c2pa.adjustedColor", {"black": "20", "white": "220", "gamma": "1"},
    )  # fmt: skip
    lifted = canonical(levels(one(0, 64, 255), gamma=2)[0])[0, 0]
    assert lifted.tolist()[:3] == [0, 128, 255]
    with pytest.raises(UsageError, match="white must be a number from 201"):
        levels(one(1, 2, 3), black=200, white=200)


def test_curves_go_through_their_points_and_never_overshoot() -> None:
    """A curve is exact at its points, monotone between monotone points, level outside."""
    points = ((10.0, 0.0), (64.0, 30.0), (128.0, 200.0), (250.0, 220.0))
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None, :])
    result, done = curves(ramp.convert("RGB"), points=points)
    values = canonical(result)[0, :, 0].astype(int)
    assert [values[int(x)] for x, _ in points] == [y for _, y in points]
    assert (np.diff(values) >= 0).all()
    assert values.max() == 220
    assert (values[:10] == 0).all()
    assert done.points == (("10", "0"), ("64", "30"), ("128", "200"), ("250", "220"))
    for wrong in ([(0, 0)], [(5, 0), (5, 9)], [(0, 0), (300, 5)]):
        with pytest.raises(UsageError):
            curves(ramp, points=wrong)


def test_the_neutral_curve_and_levels_change_nothing() -> None:
    """A straight line and the full range give the same pixels; alpha stays in any case."""
    for result, _ in (
        curves(picture(), points=[(0, 0), (100, 100), (255, 255)]),
        levels(picture()),
        curves(picture(), points=[(0, 0), (255, 255)]),
    ):
        assert np.array_equal(canonical(result), canonical(picture()))
    bent = curves(picture(), points=[(0, 255), (255, 0)])[0]
    assert np.array_equal(canonical(bent)[..., 3], canonical(picture())[..., 3])


def test_white_balance_makes_the_named_place_grey() -> None:
    """The place becomes grey; the gains are recorded, and repeat it."""
    tinted = Image.new("RGB", (9, 9), (180, 140, 90))
    result, done = white_balance(tinted, x=4, y=4)
    assert np.ptp(canonical(result)[4, 4, :3].astype(int)) <= 1
    gains = {name: float(done.numbers[name]) for name in ("red", "green", "blue")}
    assert gains["red"] < 1 < gains["blue"]
    assert np.array_equal(canonical(balance(tinted, **gains)[0]), canonical(result))
    assert measure(tinted, result, [done]).changed == 0
    for x, dark in ((20, tinted), (2, Image.new("RGB", (9, 9), (200, 200, 0)))):
        with pytest.raises(UsageError):
            white_balance(dark, x=x, y=2)
