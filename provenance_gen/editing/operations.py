"""The built-in editor's operations, all in one place.

Each is a pure function ``(image, *, parameters) -> (image, record of the operation)``; wrong
values raise ``UsageError`` saying what is allowed. Their code lies in ``geometry``, ``tone``,
``drawing``, ``painting``, ``lettering`` and ``pasting``; chaining them is left to ``steps``,
measuring what they changed to ``measure``, what they wrote to ``trace``.
"""

from __future__ import annotations

from provenance_gen.editing.drawing import stroke
from provenance_gen.editing.geometry import crop, flip, resize, rotate, straighten
from provenance_gen.editing.lettering import text
from provenance_gen.editing.painting import blur, erase, fill, sharpen
from provenance_gen.editing.pasting import inpaint, paste
from provenance_gen.editing.tone import (
    contrast,
    curves,
    exposure,
    levels,
    saturation,
    temperature,
    white_balance,
)

__all__ = [
    "blur",
    "contrast",
    "crop",
    "curves",
    "erase",
    "exposure",
    "fill",
    "flip",
    "inpaint",
    "levels",
    "paste",
    "resize",
    "rotate",
    "saturation",
    "sharpen",
    "straighten",
    "stroke",
    "temperature",
    "text",
    "white_balance",
]
