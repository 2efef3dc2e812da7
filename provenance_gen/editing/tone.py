"""Operations that change tone and colour of the whole image, pixel by pixel.

All are ``c2pa.adjustedColor``. They take values as sRGB, whatever profile a file had (the store
keeps none), and leave alpha as it is. Exposure and contrast keep 16-bit grey; saturation and
temperature need colour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from provenance_gen.editing.values import number, operation, workable
from provenance_gen.images.pixels import DEEP, depth

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from provenance_gen.records.edit import Operation

__all__ = ["MAX_FACTOR", "MAX_STOPS", "contrast", "exposure", "saturation", "temperature"]

MAX_STOPS: Final = 8.0
"""Largest change of exposure or temperature, in stops, either way."""

MAX_FACTOR: Final = 4.0
"""Largest factor of contrast or saturation."""

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
    dark = values <= 0.04045  # noqa: PLR2004
    linear = np.where(dark, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear * 2.0**stops, 0.0, 1.0)
    dark = linear <= 0.0031308  # noqa: PLR2004
    result: _Curve = np.where(dark, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return result
