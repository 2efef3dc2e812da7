"""Operations that change tone and colour of the whole image, pixel by pixel.

All are ``c2pa.adjustedColor``. They take values as sRGB, whatever profile a file had (the store
keeps none), and leave alpha as it is. Exposure, contrast, levels and curves keep 16-bit grey;
saturation, temperature and white balance need colour.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from provenance_gen.editing.values import number, operation, whole, workable
from provenance_gen.errors import UsageError
from provenance_gen.images.pixels import DEEP, depth
from provenance_gen.records.base import decimal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from provenance_gen.records.edit import Operation

__all__ = [
    "MAX_FACTOR",
    "MAX_GAIN",
    "MAX_STOPS",
    "balance",
    "contrast",
    "curves",
    "exposure",
    "levels",
    "saturation",
    "temperature",
    "white_balance",
]

MAX_STOPS: Final = 8.0
"""Largest change of exposure or temperature, in stops, either way."""

MAX_FACTOR: Final = 4.0
"""Largest factor of contrast or saturation."""

MAX_GAIN: Final = 64.0
"""Largest gain of a colour in white balance."""

_ACTION: Final = "c2pa.adjustedColor"
_LUMA: Final = (0.2126, 0.7152, 0.0722)  # Rec. ITU-R BT.709-6, item 3.2
_Curve = npt.NDArray[np.float64]


def exposure(image: Image.Image, *, stops: float) -> tuple[Image.Image, Operation]:
    """Multiply the light by 2 to the power of ``stops``, in linear sRGB; above white it is cut.

    Raises:
        UsageError: stops beyond ``MAX_STOPS``.
    """
    stops = number("stops", stops, -MAX_STOPS, MAX_STOPS)
    result = _curved(workable(image), [lambda values: _light(values, stops)])
    return result, operation("exposure", _ACTION, result, {"stops": stops})


def contrast(image: Image.Image, *, factor: float) -> tuple[Image.Image, Operation]:
    """Multiply the distance of each sRGB value from the middle (half of white) by ``factor``.

    0 gives flat grey, 1 changes nothing.

    Raises:
        UsageError: a factor that is not 0 to ``MAX_FACTOR``.
    """
    factor = number("factor", factor, 0.0, MAX_FACTOR)
    result = _curved(workable(image), [lambda values: 0.5 + (values - 0.5) * factor])
    return result, operation("contrast", _ACTION, result, {"factor": factor})


def saturation(image: Image.Image, *, factor: float) -> tuple[Image.Image, Operation]:
    """Multiply the distance of each sRGB value from the pixel's luma by ``factor``.

    0 gives grey, 1 changes nothing. Luma has the weights of Rec. ITU-R BT.709.

    Raises:
        UsageError: a factor that is not 0 to ``MAX_FACTOR``.
        ImageError: a 16-bit image.
    """
    factor = number("factor", factor, 0.0, MAX_FACTOR)
    source = workable(image, "saturation")
    matrix: list[float] = []
    for channel in range(3):
        weights = [weight * (1 - factor) for weight in _LUMA]
        weights[channel] += factor
        matrix += [*weights, 0.0]
    result = source.convert("RGB").convert("RGB", tuple(matrix))
    if source.mode == "RGBA":
        result.putalpha(source.getchannel("A"))
    return result, operation("saturation", _ACTION, result, {"factor": factor})


def temperature(image: Image.Image, *, stops: float) -> tuple[Image.Image, Operation]:
    """Make the image warmer, or cooler below 0, by the stops that red gains on blue.

    Half of them is added to red and half is taken from blue, in linear sRGB; green stays. It is
    a plain white balance, not a model of a light's colour temperature.

    Raises:
        UsageError: stops beyond ``MAX_STOPS``.
        ImageError: a 16-bit image.
    """
    stops = number("stops", stops, -MAX_STOPS, MAX_STOPS)
    curves = [
        lambda values: _light(values, stops / 2),
        lambda values: values,
        lambda values: _light(values, -stops / 2),
    ]
    result = _curved(workable(image, "temperature"), curves)
    return result, operation("temperature", _ACTION, result, {"stops": stops})


def levels(
    image: Image.Image, *, black: float = 0.0, white: float = 255.0, gamma: float = 1.0
) -> tuple[Image.Image, Operation]:
    """Stretch the sRGB values from ``black`` to ``white`` over the whole range.

    In between, ``value = ((v - black) / (white - black)) ** (1 / gamma)``: a gamma above 1
    brightens the middle.

    Args:
        image: the image.
        black: value from 0 to 255 that becomes black.
        white: value that becomes white, at least 1 above ``black``.
        gamma: 0.1 to 10.

    Raises:
        UsageError: a value that is not allowed.
    """
    black = number("black", black, 0, 254)
    white = number("white", white, black + 1, 255)
    gamma = number("gamma", gamma, 0.1, 10)

    def stretched(values: _Curve) -> _Curve:
        share = np.clip((values * 255 - black) / (white - black), 0, 1)
        return np.asarray(share ** (1 / gamma))

    result = _curved(workable(image), [stretched])
    numbers = {"black": black, "white": white, "gamma": gamma}
    return result, operation("levels", _ACTION, result, numbers)


def curves(
    image: Image.Image, *, points: Sequence[tuple[float, float]]
) -> tuple[Image.Image, Operation]:
    """Bend the sRGB values along a smooth curve through points, each (from, to), 0 to 255.

    Between points the curve is the monotone cubic of Fritsch and Butland (SIAM J. Sci. Stat.
    Comput. 5(2), 1984), which never overshoots; before the first and after the last it is level.

    Raises:
        UsageError: fewer than 2 or more than 32 points, or two of them at one place.
    """
    if not 2 <= len(points) <= 32:  # noqa: PLR2004
        raise UsageError(f"a curve has 2 to 32 points, not {len(points)}")
    path = sorted(
        (number("a curve's point", x, 0, 255), number("a curve's point", y, 0, 255))
        for x, y in points
    )
    places = np.array([x for x, _ in path]) / 255
    if not (np.diff(places) > 0).all():
        raise UsageError("two points of a curve begin at the same value")
    heights = np.array([y for _, y in path]) / 255
    result = _curved(workable(image), [lambda values: _monotone(places, heights, values)])
    recorded = tuple((decimal(x), decimal(y)) for x, y in path)
    return result, operation("curves", _ACTION, result, {}, points=recorded)


def white_balance(image: Image.Image, *, x: int, y: int) -> tuple[Image.Image, Operation]:
    """Make a place that should be grey so: scale red, green and blue light to one mean.

    Taken is the mean linear light of the 5 x 5 pixels around the place. The gains are recorded,
    so that ``balance`` repeats it.

    Raises:
        UsageError: the place is not in the image, or too dark in a colour to tell.
        ImageError: a 16-bit image.
    """
    source = workable(image, "white balance")
    whole("x", x, 0, image.width - 1)
    whole("y", y, 0, image.height - 1)
    box = (max(0, x - 2), max(0, y - 2), min(image.width, x + 3), min(image.height, y + 3))
    around = np.asarray(source.crop(box).convert("RGB")) / 255.0
    light = _linear(around).reshape(-1, 3).mean(axis=0)
    if light.min() * MAX_GAIN < light.mean():
        raise UsageError(f"the picture is too dark at {x},{y} to take grey from; choose another")
    red, green, blue = (float(f"{gain:.6g}") for gain in light.mean() / light)
    result, done = balance(source, red=red, green=green, blue=blue)
    numbers = {**done.numbers, "x": decimal(x), "y": decimal(y)}
    return result, done.model_copy(update={"numbers": numbers})


def balance(
    image: Image.Image, *, red: float, green: float, blue: float
) -> tuple[Image.Image, Operation]:
    """Multiply the linear light of each colour by a gain; see ``white_balance``.

    Raises:
        UsageError: a gain that is not above 0 and at most ``MAX_GAIN``.
        ImageError: a 16-bit image.
    """
    numbers = {
        name: number(f"the gain of {name}", gain, 1 / MAX_GAIN**2, MAX_GAIN)
        for name, gain in (("red", red), ("green", green), ("blue", blue))
    }
    stops = [math.log2(gain) for gain in numbers.values()]
    shapes = [lambda values, by=by: _light(values, by) for by in stops]
    result = _curved(workable(image, "white balance"), shapes)
    return result, operation("white_balance", _ACTION, result, numbers)


def _monotone(places: _Curve, heights: _Curve, values: _Curve) -> _Curve:
    """Return the monotone cubic through points, at values."""
    gaps, slopes = np.diff(places), np.diff(heights) / np.diff(places)
    tangents = np.zeros_like(places)
    tangents[0], tangents[-1] = slopes[0], slopes[-1]
    before, after = slopes[:-1], slopes[1:]
    share = (1 + gaps[1:] / (gaps[:-1] + gaps[1:])) / 3
    with np.errstate(divide="ignore", invalid="ignore"):
        inner = before * after / (share * after + (1 - share) * before)
    tangents[1:-1] = np.where(before * after > 0, inner, 0.0)
    at = np.clip(values, places[0], places[-1])
    piece = np.clip(np.searchsorted(places, at, side="right") - 1, 0, len(gaps) - 1)
    t, gap = (at - places[piece]) / gaps[piece], gaps[piece]
    return np.asarray(
        heights[piece] * (1 + 2 * t) * (1 - t) ** 2
        + tangents[piece] * gap * t * (1 - t) ** 2
        + heights[piece + 1] * t**2 * (3 - 2 * t)
        + tangents[piece + 1] * gap * t**2 * (t - 1)
    )


def _curved(image: Image.Image, curves: Sequence[Callable[[_Curve], _Curve]]) -> Image.Image:
    """Apply one curve to all colours, or one to each; values run from 0 to 1."""
    if depth(image) == DEEP:
        table = _table(curves[0], 0xFFFF).astype(np.uint16)
        return Image.fromarray(table[np.asarray(image)])
    tables = [_table(curve, 0xFF).tolist() for curve in curves]
    colours = tables if len(tables) > 1 else tables * 3
    alpha = [list(range(256))] if image.mode == "RGBA" else []
    return image.point([value for table in colours + alpha for value in table])


def _table(curve: Callable[[_Curve], _Curve], top: int) -> npt.NDArray[np.int64]:
    values = curve(np.arange(top + 1, dtype=np.float64) / top)
    return np.rint(np.clip(values, 0.0, 1.0) * top).astype(np.int64)


def _light(values: _Curve, stops: float) -> _Curve:
    """Multiply sRGB values as light; the curve is that of IEC 61966-2-1."""
    if stops == 0:
        return values
    linear = np.clip(_linear(values) * 2.0**stops, 0.0, 1.0)
    dark = linear <= 0.0031308  # noqa: PLR2004
    result: _Curve = np.where(dark, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return result


def _linear(values: _Curve) -> _Curve:
    dark = values <= 0.04045  # noqa: PLR2004
    return np.where(dark, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
