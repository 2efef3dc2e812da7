"""A label that people see, drawn into the picture as an edit by the program.

It is recorded like any other edit, and is a mark: whoever asked for it, no measure counts it as a
person's work.
GB 45438-2025 asks for a text at an edge or in a corner, at least 5 % as high as the picture's
shortest side. The words are the person's; here they must hold ``AI`` or 人工智能. White letters
stand on a dark plate at the bottom right, so that they can be read on any picture.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from provenance_gen.editing.areas import Area
from provenance_gen.editing.lettering import inked
from provenance_gen.editing.steps import Fill, Text, apply
from provenance_gen.errors import UsageError
from provenance_gen.records.edit import EditAgent
from provenance_gen.studio.edit import record_made

if TYPE_CHECKING:
    from provenance_gen.records import work as records
    from provenance_gen.studio.work import Work

NOTE: Final = "visible label: says that AI made it"
"""Note of the edit, so that a reader does not take it for the person's own hand."""

_SHARE: Final = 0.05
"""Height of the letters by the picture's shortest side."""
_WORDS: Final = ("AI", "人工智能")
_PROBE: Final = 256.0
_PLATE: Final = "#000000"
_OPACITY: Final = 0.7
_LETTERS: Final = "#ffffff"


def draw(work: Work, image: records.Image, words: str, font: bytes | None) -> records.Edit:
    """Draw a label into a picture, and record the edit.

    Args:
        work: the work.
        image: the picture.
        words: the label, such as ``AI生成``.
        font: a font file that has these letters; None for the one that comes with Pillow.

    Raises:
        UsageError: the words are no such label, the font lacks a letter, or the label is wider
            than the picture.
    """
    if not any(word in words for word in _WORDS) or "\n" in words:
        raise UsageError("a visible label is one line with AI or 人工智能 in it, such as AI生成")
    width, height = image.stored.width, image.stored.height
    needed = math.ceil(_SHARE * min(width, height))
    left, top, right, bottom = inked(words, _PROBE, font)
    size = math.ceil(_PROBE * needed / (bottom - top))
    while (box := inked(words, size, font))[3] - box[1] < needed:
        size += 1
    left, top, right, bottom = box
    margin = max(1, needed // 2)
    wide, high = right - left + 2 * margin, bottom - top + 2 * margin
    if wide > width or high > height:
        raise UsageError(f"the label is {wide} pixels wide, the picture {width}: shorten its words")
    plate = Area(box=(width - wide, height - high, wide, high))
    steps = [
        Fill(plate, colour=_PLATE, opacity=_OPACITY),
        Text(
            words,
            left=width - wide + margin - left,
            top=height - high + margin - top,
            size=size,
            colour=_LETTERS,
            font=font,
        ),
    ]
    store = work.studio.store
    parent = store.open(image.ref.pixel_digest)
    drawn = apply(parent, steps, store.put)
    return record_made(
        work, image, parent, drawn.image, drawn.operations, agent=EditAgent.PROGRAM, note=NOTE
    )
