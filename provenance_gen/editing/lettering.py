"""Written text, as one operation.

The font is the one that comes with Pillow, or a file of the person's. Its SHA-256 is recorded,
and what the letters cover is kept as a mask, so that neither the font nor the words are needed
later to say where the text stands.
"""

from __future__ import annotations

import hashlib
import io
import math
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageFont

from provenance_gen.editing.areas import scaled, touched
from provenance_gen.editing.drawing import lay
from provenance_gen.editing.values import colour_values, number, operation, shortened, workable
from provenance_gen.errors import FileError, UsageError
from provenance_gen.records.base import Text

if TYPE_CHECKING:
    from provenance_gen.editing.values import Keep
    from provenance_gen.records.edit import Operation

__all__ = ["MAX_LETTERS", "MAX_TEXT_SIZE", "inked", "text"]

MAX_LETTERS: Final = 2000
"""Longest text of one operation, in characters."""

MAX_TEXT_SIZE: Final = 2000.0
"""Largest letters, in pixels of the font's height."""

_NOBODY: Final = "\U0010ffff"  # no font may have a letter for it: shows the sign for a missing one
_PROBE: Final = 64  # pixels at which letters are compared with that sign


def text(
    image: Image.Image,
    *,
    words: str,
    left: float,
    top: float,
    size: float = 24.0,
    colour: str = "#000000",
    opacity: float = 1.0,
    font: bytes | None = None,
    keep: Keep,
) -> tuple[Image.Image, Operation]:
    """Write text onto the image (``c2pa.addedText``).

    Args:
        image: the image.
        words: the text; line feeds begin new lines.
        left: pixel column where the first line begins.
        top: pixel row of the top of the letters that reach highest.
        size: of the letters, in pixels.
        colour: such as ``#ffcc33``.
        opacity: 0 to 1, and above 0.
        font: a TrueType or OpenType font file; None for the one that comes with Pillow.
        keep: stores the mask of what the letters cover.

    Raises:
        FileError: the font cannot be read.
        UsageError: a value that is not allowed, or a font that lacks a letter of
            the text, or a text outside the picture.
        ImageError: a 16-bit image.
    """
    if not words.strip() or len(words) > MAX_LETTERS:
        raise UsageError(f"a text has 1 to {MAX_LETTERS} characters, and not blanks alone")
    result = workable(image, "a text").copy()
    left = number("left", left, -MAX_TEXT_SIZE, image.width)
    top = number("top", top, -MAX_TEXT_SIZE, image.height)
    size = number("size", size, 1, MAX_TEXT_SIZE)
    opacity = number("opacity", opacity, 0, 1)
    red, green, blue = colour_values(colour)
    _demand_letters(words, font)
    mask = Image.new("L", image.size)
    ImageDraw.Draw(mask).multiline_text((left, top), words, fill=255, font=_loaded(font, size))
    covered = scaled(mask, opacity)
    region = touched(covered, "the text")
    lay(result, (red, green, blue), covered, (0, 0))
    numbers = {
        "left": left, "top": top, "size": size, "opacity": opacity,
        "red": red, "green": green, "blue": blue,
    }  # fmt: skip
    done = operation(
        "text",
        "c2pa.addedText",
        result,
        numbers,
        region=region,
        words={"text": Text(words)},
        mask=keep(mask),
        font=hashlib.sha256(font).hexdigest() if font is not None else None,
    )
    return result, done


def inked(words: str, size: float, font: bytes | None) -> tuple[int, int, int, int]:
    """Return the box that the letters of one line cover, from where the text is put.

    Args:
        words: the text.
        size: of the letters, in pixels.
        font: as in ``text``.

    Returns:
        Left, top, right and bottom in pixels; the last two are beyond the letters.

    Raises:
        FileError: the font cannot be read.
        UsageError: it lacks a letter.
    """
    _demand_letters(words, font)
    left, top, right, bottom = _loaded(font, size).getbbox(words)
    return math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom)


def _loaded(font: bytes | None, size: float) -> ImageFont.FreeTypeFont:
    try:
        if font is not None:
            # The basic layout is the same wherever Pillow runs.
            engine = ImageFont.Layout.BASIC
            return ImageFont.truetype(io.BytesIO(font), size, layout_engine=engine)
        loaded = ImageFont.load_default(size)
    except (OSError, ValueError) as error:
        raise FileError("the font cannot be read; give a .ttf, .otf or .ttc file") from error
    if not isinstance(loaded, ImageFont.FreeTypeFont):
        raise UsageError("this Pillow has no scalable font; give one with --font FILE")
    return loaded


def _demand_letters(words: str, font: bytes | None) -> None:
    """Refuse a text with letters that the font would show as its sign for a missing one."""
    loaded = _loaded(font, _PROBE)
    nobody = _drawn(loaded, _NOBODY)
    seen = sorted({letter for letter in words if not letter.isspace()})
    missing = [letter for letter in seen if _drawn(loaded, letter) in (nobody, b"")]
    if missing:
        which = "the font" if font is not None else "the built-in font"
        raise UsageError(
            f"{which} has no letters for {shortened(''.join(missing[:10]))}; give a font that has"
            " them with --font FILE, such as NotoSansCJK-Regular.ttc for Japanese"
        )


def _drawn(font: ImageFont.FreeTypeFont, letter: str) -> bytes:
    mask = font.getmask(letter)
    return bytes(mask) if any(mask) else b""
