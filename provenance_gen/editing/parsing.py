"""Read steps of an edit from the short texts that a person types on a command line.

Only the form is checked here; whether a value fits the image is checked when the step is applied.
"""

from __future__ import annotations

import re
from typing import Final

from provenance_gen.editing.drawing import MAX_POINTS
from provenance_gen.editing.steps import (
    Contrast,
    Crop,
    Curves,
    Exposure,
    Flip,
    Levels,
    Resize,
    Rotate,
    Saturation,
    Straighten,
    Stroke,
    Temperature,
    WhiteBalance,
)
from provenance_gen.editing.values import shortened
from provenance_gen.errors import UsageError

__all__ = [
    "parse_contrast",
    "parse_crop",
    "parse_curves",
    "parse_exposure",
    "parse_flip",
    "parse_levels",
    "parse_resize",
    "parse_rotate",
    "parse_saturation",
    "parse_straighten",
    "parse_stroke",
    "parse_temperature",
    "parse_white_balance",
]

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,9}")
_NUMBER: Final = re.compile(r"[+-]?([0-9]{1,9}(\.[0-9]{0,17})?|\.[0-9]{1,17})")
_DIRECTIONS: Final = {"horizontal": True, "vertical": False}
_QUARTERS: Final = {"90": 1, "180": 2, "270": 3, "-90": 3}
_CROP: Final = "a crop is written LEFT,TOP,WIDTH,HEIGHT in whole pixels, such as 10,20,300,200"
_SIZE: Final = "a size is written WIDTHxHEIGHT in whole pixels, such as 800x600"
_LEVELS: Final = "levels are written BLACK,WHITE or BLACK,WHITE,GAMMA, such as 10,240,1.2"
_CURVES: Final = "a curve is written 'from,to from,to ...' with values from 0 to 255"
_STROKE: Final = (
    "a stroke is written 'x,y x,y ...;width=3;color=#ffcc33;opacity=0.8';"
    " all but the points may be left out"
)


def parse_crop(text: str) -> Crop:
    """Read ``LEFT,TOP,WIDTH,HEIGHT``.

    Raises:
        UsageError: it is written otherwise.
    """
    parts = [part.strip() for part in text.split(",", 4)]
    if len(parts) != 4 or not all(map(_WHOLE.fullmatch, parts)):  # noqa: PLR2004
        raise unreadable(text, _CROP)
    left, top, width, height = map(int, parts)
    return Crop(left=left, top=top, width=width, height=height)


def parse_resize(text: str) -> Resize:
    """Read ``WIDTHxHEIGHT``.

    Raises:
        UsageError: it is written otherwise.
    """
    parts = [part.strip() for part in text.lower().split("x", 2)]
    if len(parts) != 2 or not all(map(_WHOLE.fullmatch, parts)):  # noqa: PLR2004
        raise unreadable(text, _SIZE)
    width, height = map(int, parts)
    return Resize(width=width, height=height)


def parse_rotate(text: str) -> Rotate:
    """Read degrees clockwise: 90, 180, 270 or -90.

    Raises:
        UsageError: it is another angle or no number.
    """
    turns = _QUARTERS.get(text.strip())
    if turns is None:
        raise unreadable(text, "an image is turned clockwise by 90, 180, 270 or -90 degrees")
    return Rotate(quarter_turns=turns)


def parse_flip(text: str) -> Flip:
    """Read ``horizontal`` (left and right are exchanged) or ``vertical``.

    Raises:
        UsageError: it is neither.
    """
    horizontal = _DIRECTIONS.get(text.strip().lower())
    if horizontal is None:
        raise unreadable(text, "an image is flipped horizontal or vertical")
    return Flip(horizontal=horizontal)


def parse_exposure(text: str) -> Exposure:
    """Read a number of stops.

    Raises:
        UsageError: it is no number.
    """
    return Exposure(stops=plain_number(text, "exposure is a number of stops, such as 0.5"))


def parse_contrast(text: str) -> Contrast:
    """Read a factor.

    Raises:
        UsageError: it is no number.
    """
    return Contrast(factor=plain_number(text, "contrast is a factor, such as 1.2"))


def parse_saturation(text: str) -> Saturation:
    """Read a factor.

    Raises:
        UsageError: it is no number.
    """
    return Saturation(factor=plain_number(text, "saturation is a factor, such as 0.8"))


def parse_temperature(text: str) -> Temperature:
    """Read a number of stops; above 0 is warmer.

    Raises:
        UsageError: it is no number.
    """
    return Temperature(stops=plain_number(text, "temperature is a number of stops, such as 0.3"))


def parse_straighten(text: str) -> Straighten:
    """Read degrees clockwise.

    Raises:
        UsageError: it is no number.
    """
    return Straighten(
        degrees=plain_number(text, "an image is straightened by degrees, such as -2.5")
    )


def parse_levels(text: str) -> Levels:
    """Read ``BLACK,WHITE`` or ``BLACK,WHITE,GAMMA``.

    Raises:
        UsageError: it is written otherwise.
    """
    parts = [plain_number(part, _LEVELS) for part in text.split(",")]
    if len(parts) not in (2, 3):
        raise unreadable(text, _LEVELS)
    return Levels(*parts)


def parse_curves(text: str) -> Curves:
    """Read points ``from,to from,to ...``, each 0 to 255.

    Raises:
        UsageError: it is written otherwise.
    """
    points = tuple(pair(piece, _CURVES) for piece in text.split(maxsplit=MAX_POINTS))
    if not points:
        raise unreadable(text, _CURVES)
    return Curves(points=points)


def parse_white_balance(text: str) -> WhiteBalance:
    """Read the place ``X,Y`` that should be grey.

    Raises:
        UsageError: it is written otherwise.
    """
    form = "white balance is the place of something grey, X,Y in whole pixels"
    x, _, y = text.partition(",")
    return WhiteBalance(x=plain_whole(x, form), y=plain_whole(y, form))


def parse_stroke(text: str) -> Stroke:
    """Read ``x,y x,y ...;width=3;color=#ffcc33;opacity=0.8``; ``colour`` is understood too.

    Raises:
        UsageError: it is written otherwise, or a setting is unknown or given twice.
    """
    line, *rest = (part.strip() for part in text.split(";"))
    points = tuple(pair(piece, _STROKE) for piece in line.split(maxsplit=MAX_POINTS))
    if not points:
        raise unreadable(text, _STROKE)
    settings: dict[str, str] = {}
    for part in filter(None, rest):
        name, _, value = (piece.strip() for piece in part.partition("="))
        name = "colour" if name == "color" else name
        if name not in ("width", "colour", "opacity") or name in settings:
            raise unreadable(part, _STROKE)
        settings[name] = value
    return Stroke(
        points=points,
        width=plain_number(settings.get("width", "3"), _STROKE),
        colour=settings.get("colour", "#000000"),
        opacity=plain_number(settings.get("opacity", "1"), _STROKE),
    )


def pair(text: str, form: str) -> tuple[float, float]:
    """Read ``x,y``; ``form`` says how the whole is written, for the message."""
    x, _, y = text.partition(",")
    return plain_number(x, form), plain_number(y, form)


def plain_whole(text: str, form: str) -> int:
    """Read a whole number."""
    if not _WHOLE.fullmatch(text.strip()):
        raise unreadable(text, form)
    return int(text)


def plain_number(text: str, form: str) -> float:
    """Read a number."""
    # Not float() alone: it would read nan, inf and digits of other scripts.
    if not _NUMBER.fullmatch(text.strip()):
        raise unreadable(text, form)
    return float(text)


def unreadable(text: str, form: str) -> UsageError:
    """Return the error that says how something is written, and what was typed instead."""
    return UsageError(f"{form}; not {shortened(text)}")
