"""Checks of the values that a person gave for an operation, with what is allowed in the message."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from PIL import Image

from provenance_gen.errors import ImageError, UsageError
from provenance_gen.images.pixels import DEEP, canonical, depth, ensure_loaded, is_opaque
from provenance_gen.records.base import decimal
from provenance_gen.records.edit import Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from provenance_gen.records.base import Decimal, Region, Token
    from provenance_gen.records.image import StoredImage

    Keep: TypeAlias = Callable[[Image.Image], StoredImage]
    """Stores a mask; handed in by the studio."""
    Named: TypeAlias = str | Path | Image.Image
    """A picture of the work by its name, a file, or pixels."""

__all__ = [
    "Keep",
    "Named",
    "colour_values",
    "number",
    "operation",
    "recorded_number",
    "recorded_wholes",
    "shortened",
    "whole",
    "workable",
]

_COLOUR: Final = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")


def number(name: str, value: float, low: float, high: float) -> float:
    """Return the value if it lies between the limits, which count as inside.

    Raises:
        UsageError: it does not, or is no number.
    """
    try:
        result = float(value)
    except (TypeError, ValueError, OverflowError):
        result = math.nan
    if not low <= result <= high:  # false for NaN as well
        span = f"{decimal(low)} to {decimal(high)}"
        raise UsageError(f"{name} must be a number from {span}, not {shortened(value)}")
    return result


def whole(name: str, value: object, low: int, high: int) -> int:
    """Return the value if it is a whole number between the limits, which count as inside.

    Raises:
        UsageError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise UsageError(
            f"{name} must be a whole number from {low} to {high}, not {shortened(value)}"
        )
    return value


def colour_values(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of a colour such as ``#ffcc33`` (sRGB).

    Raises:
        UsageError: it is no such colour.
    """
    match = _COLOUR.fullmatch(colour)
    if match is None:
        raise UsageError(f"a colour is written like #ffcc33, not {shortened(colour)}")
    red, green, blue = (int(part, 16) for part in match.groups())
    return red, green, blue


def workable(image: Image.Image, what: str | None = None) -> Image.Image:
    """Return the image as RGB, as RGBA where a pixel is transparent, or as 16-bit grey.

    Args:
        image: the image, in any mode.
        what: an operation that needs 8 bits a channel, for the message; None if 16 will do.

    Raises:
        ImageError: 16 bits a channel where 8 are needed, 16-bit grey with a transparent value,
            pixels without a canonical form, or a file that proves damaged.
    """
    ensure_loaded(image)
    if depth(image) == DEEP:
        if isinstance(image.info.get("transparency"), int):
            raise ImageError("a 16-bit image with a transparent grey value cannot be edited")
        if what is not None:
            raise ImageError(f"{what} needs 8 bits a channel; this image is grey with 16 bits")
        return image if image.mode == "I;16" else Image.fromarray(canonical(image)[..., 0].copy())
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    full = Image.fromarray(canonical(image))
    return full.convert("RGB") if is_opaque(full) else full


def operation(
    name: Token,
    action: Token,
    result: Image.Image,
    numbers: Mapping[Token, float],
    *,
    points: tuple[tuple[Decimal, Decimal], ...] = (),
    region: Region | None = None,
    **more: Any,
) -> Operation:
    """Return the record of an operation with its result's size; ``more`` are other fields."""
    return Operation(
        name=name,
        action=action,
        numbers={key: decimal(value) for key, value in numbers.items()},
        points=points,
        region=region,
        width=result.width,
        height=result.height,
        **more,
    )


def recorded_number(operation: Operation, name: str) -> float:
    """Read a parameter of a recorded operation.

    Raises:
        ImageError: the record does not hold it.
    """
    try:
        return float(operation.numbers[name])
    except (KeyError, ValueError) as error:
        raise ImageError(f"the record of the {operation.name} lacks its {name}") from error


def recorded_wholes(operation: Operation, *names: str) -> list[int]:
    """Read parameters of a recorded operation that are whole numbers.

    Raises:
        ImageError: the record does not hold one of them.
    """
    try:
        return [int(operation.numbers[name]) for name in names]
    except (KeyError, ValueError) as error:
        raise ImageError(f"the record of the {operation.name} is incomplete") from error


def shortened(value: object) -> str:
    """Return a value as it is quoted in messages: escaped, and at most 40 characters."""
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"  # noqa: PLR2004
