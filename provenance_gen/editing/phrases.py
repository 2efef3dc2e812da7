"""Read steps with many settings from text: ``value;name=setting;name=setting``.

As for ``parsing``, only the form is checked here. Files and images of the work that a phrase
names stay names: the studio finds them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.editing.areas import Area
from provenance_gen.editing.drawing import MAX_POINTS, Point
from provenance_gen.editing.parsing import pair, plain_number, plain_whole, unreadable
from provenance_gen.editing.steps import Blur, Erase, Fill, Paste, Sharpen, Stroke, Text
from provenance_gen.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = [
    "MAX_STROKES",
    "parse_blur",
    "parse_box",
    "parse_erase",
    "parse_fill",
    "parse_paste",
    "parse_sharpen",
    "parse_text",
    "read_strokes",
]

MAX_STROKES: Final = 10_000
"""Most strokes of one file."""

_AREA: Final = "box=LEFT,TOP,WIDTH,HEIGHT, polygon=x,y x,y ..., brush=x,y x,y ... or mask=FILE"
_FILL: Final = f"a fill is written '{_AREA};color=#ffcc33;opacity=0.8'"
_ERASE: Final = f"what to erase is written '{_AREA};opacity=1'"
_BLUR: Final = f"a blur is written '4' (its radius), or over an area '4;{_AREA}'"
_SHARPEN: Final = f"sharpening is written '1' (its amount), or '1;radius=1.5;{_AREA}'"
_TEXT: Final = "a text is written 'at=x,y;size=24;color=#000000;opacity=1;text=your words'"
_PASTE: Final = (
    "a paste is written 'i1;at=x,y;scale=1;mask=FILE;blend=normal;opacity=1';"
    " all but the image may be left out"
)
_BOX: Final = "a box is written LEFT,TOP,WIDTH,HEIGHT in whole pixels, such as 10,20,300,200"
_STROKES: Final = (
    "a file of strokes is a JSON list such as"
    ' [{"points": [[4, 40], [20, 38]], "width": 2, "color": "#ffcc33", "opacity": 0.8}]'
)
_PLACES: Final = ("box", "polygon", "brush", "mask", "width")


def parse_fill(text: str) -> Fill:
    """Read an area with its colour and opacity.

    Raises:
        UsageError: it is written otherwise.
    """
    given = _settings(text, (*_PLACES, "colour", "opacity"), _FILL)
    return Fill(
        area=_area(given, _FILL, needed=True),
        colour=given.get("colour", "#000000"),
        opacity=plain_number(given.get("opacity", "1"), _FILL),
    )


def parse_erase(text: str) -> Erase:
    """Read an area with its opacity.

    Raises:
        UsageError: it is written otherwise.
    """
    given = _settings(text, (*_PLACES, "opacity"), _ERASE)
    opacity = plain_number(given.get("opacity", "1"), _ERASE)
    return Erase(area=_area(given, _ERASE, needed=True), opacity=opacity)


def parse_blur(text: str) -> Blur:
    """Read a radius, and an area where there is one.

    Raises:
        UsageError: it is written otherwise.
    """
    given = _settings(text, _PLACES, _BLUR, first="radius")
    return Blur(radius=plain_number(given.get("radius", ""), _BLUR), area=_area(given, _BLUR))


def parse_sharpen(text: str) -> Sharpen:
    """Read an amount, and a radius and an area where they are given.

    Raises:
        UsageError: it is written otherwise.
    """
    given = _settings(text, (*_PLACES, "radius"), _SHARPEN, first="amount")
    return Sharpen(
        amount=plain_number(given.get("amount", ""), _SHARPEN),
        radius=plain_number(given.get("radius", "1.5"), _SHARPEN),
        area=_area(given, _SHARPEN),
    )


def parse_text(text: str, font: bytes | None = None) -> Text:
    r"""Read where and how words are written; all after ``text=`` are words, ``\n`` a new line.

    Args:
        text: what was typed.
        font: bytes of a font file; None for the built-in one.

    Raises:
        UsageError: it is written otherwise.
    """
    head, found, words = text.partition("text=")
    given = _settings(head, ("at", "size", "colour", "opacity"), _TEXT)
    if not found or "at" not in given:
        raise unreadable(text, _TEXT)
    left, top = pair(given["at"], _TEXT)
    return Text(
        words=words.replace("\\n", "\n"),
        left=left,
        top=top,
        size=plain_number(given.get("size", "24"), _TEXT),
        colour=given.get("colour", "#000000"),
        opacity=plain_number(given.get("opacity", "1"), _TEXT),
        font=font,
    )


def parse_paste(text: str) -> Paste:
    """Read which image is pasted, and where and how.

    Raises:
        UsageError: it is written otherwise.
    """
    names = ("at", "scale", "mask", "blend", "opacity")
    given = _settings(text, names, _PASTE, first="picture")
    if not given.get("picture"):
        raise unreadable(text, _PASTE)
    left, _, top = given.get("at", "0,0").partition(",")
    return Paste(
        picture=given["picture"],
        left=plain_whole(left, _PASTE),
        top=plain_whole(top, _PASTE),
        scale=plain_number(given.get("scale", "1"), _PASTE),
        mask=given.get("mask"),
        blend=given.get("blend", "normal"),
        opacity=plain_number(given.get("opacity", "1"), _PASTE),
    )


def parse_box(text: str) -> tuple[int, int, int, int]:
    """Read ``LEFT,TOP,WIDTH,HEIGHT``.

    Raises:
        UsageError: it is written otherwise.
    """
    parts = text.split(",")
    if len(parts) != 4:  # noqa: PLR2004
        raise unreadable(text, _BOX)
    left, top, width, height = (plain_whole(part, _BOX) for part in parts)
    return left, top, width, height


def read_strokes(data: bytes) -> list[Stroke]:
    """Read strokes from a JSON file.

    Raises:
        FileError: it is no JSON list of strokes; the message says which one is wrong.
    """
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FileError(f"{_STROKES}; the file is no JSON") from error
    if not isinstance(found, list) or not 1 <= len(found) <= MAX_STROKES:
        raise FileError(f"{_STROKES}, with 1 to {MAX_STROKES} strokes")
    return [_stroke(number, given) for number, given in enumerate(found, 1)]


def _stroke(number: int, given: Any) -> Stroke:
    wrong = FileError(f"{_STROKES}; stroke {number} is written otherwise")
    if not isinstance(given, dict) or set(given) - {
        "points", "width", "color", "colour", "opacity"
    }:  # fmt: skip
        raise wrong
    points = given.get("points")
    if not isinstance(points, list) or len(points) > MAX_POINTS:
        raise wrong
    numbers = [given.get("width", 3.0), given.get("opacity", 1.0)]
    for point in points:
        if not isinstance(point, list) or len(point) != 2:  # noqa: PLR2004
            raise wrong
        numbers += point
    colour = given.get("colour", given.get("color", "#000000"))
    if not isinstance(colour, str) or not all(type(item) in (int, float) for item in numbers):
        raise wrong
    return Stroke(
        points=tuple((x, y) for x, y in points),
        width=numbers[0],
        colour=colour,
        opacity=numbers[1],
    )


def _settings(
    text: str, names: Collection[str], form: str, *, first: str | None = None
) -> dict[str, str]:
    """Read ``name=setting`` parts; the first may stand without its name."""
    found: dict[str, str] = {}
    for place, part in enumerate(piece.strip() for piece in text.split(";")):
        if not part:
            continue
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals and place == 0 and first is not None:
            name, value = first, part
        name = "colour" if name == "color" else name
        if (name not in names and name != first) or name in found:
            raise unreadable(part, form)
        found[name] = value
    return found


def _area(given: dict[str, str], form: str, *, needed: bool = False) -> Area:
    places = [name for name in ("box", "polygon", "brush", "mask") if name in given]
    if len(places) > 1 or (needed and not places) or ("width" in given and places != ["brush"]):
        raise unreadable(";".join(given), form)
    return Area(
        box=parse_box(given["box"]) if "box" in given else None,
        polygon=_points(given.get("polygon", ""), form),
        brush=_points(given.get("brush", ""), form),
        width=plain_number(given.get("width", "10"), form),
        mask=given.get("mask"),
    )


def _points(text: str, form: str) -> tuple[Point, ...]:
    return tuple(pair(piece, form) for piece in text.split(maxsplit=MAX_POINTS))
