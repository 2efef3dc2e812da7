"""A contact sheet: many pictures in one, each with its name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Sequence

CELL: Final = 256
"""Side of the square that each picture is fitted into, in pixels."""
_LABEL: Final = 28
_GAP: Final = 12
_COLUMNS: Final = 4
_GROUND: Final = (24, 24, 27)
_INK: Final = (235, 235, 235)


def contact_sheet(pictures: Sequence[tuple[str, Image.Image]]) -> Image.Image:
    """Draw pictures in rows, each over its name; small ones are enlarged without smoothing.

    Args:
        pictures: names and pictures, in order; at least one.
    """
    columns = min(_COLUMNS, len(pictures))
    rows = math.ceil(len(pictures) / columns)
    step_x, step_y = CELL + _GAP, CELL + _LABEL + _GAP
    sheet = Image.new("RGB", (columns * step_x + _GAP, rows * step_y + _GAP), _GROUND)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=16)
    for place, (name, picture) in enumerate(pictures):
        left = _GAP + place % columns * step_x
        top = _GAP + place // columns * step_y
        fitted = _fitted(picture)
        sheet.paste(fitted, (left + (CELL - fitted.width) // 2, top + (CELL - fitted.height) // 2))
        draw.text((left + CELL / 2, top + CELL + 4), name, fill=_INK, font=font, anchor="ma")
    return sheet


def _fitted(picture: Image.Image) -> Image.Image:
    scale = CELL / max(picture.size)
    size = tuple(max(1, round(side * scale)) for side in picture.size)
    method = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.LANCZOS
    return picture.convert("RGB").resize((size[0], size[1]), method)
