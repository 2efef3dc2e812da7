"""The built-in editor's operations, all in one place.

Each is a pure function ``(image, *, parameters) -> (image, record of the operation)``; wrong
values raise ``UsageError`` saying what is allowed. Their code lies in ``geometry``, ``tone`` and
``drawing``; chaining them is left to ``steps``, measuring what they changed to ``measure``.
"""

from __future__ import annotations

from provenance_gen.editing.drawing import stroke
from provenance_gen.editing.geometry import crop, flip, resize, rotate
from provenance_gen.editing.tone import contrast, exposure, saturation, temperature

__all__ = [
    "contrast",
    "crop",
    "exposure",
    "flip",
    "resize",
    "rotate",
    "saturation",
    "stroke",
    "temperature",
]
