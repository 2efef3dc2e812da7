"""Decode untrusted image files safely, and give pixels an identity; no arrays are needed for it.

The mode is no part of an image's identity: as RGB, palette or grey it has one digest. Nor are
metadata: EXIF orientation is not applied (but Pillow applies a TIFF's own Orientation tag while
loading), colour profiles are not applied, text is not read. The process that reads untrusted
files loads this and not ``pixels``, whose arrays would cost most of its start-up.

Limits: Pillow reads 16-bit *colour* files with 8 bits a channel, so 16 bits stay with greyscale
alone; and it opens what its global ``ImageFile.LOAD_TRUNCATED_IMAGES`` allows, which a host
program may have changed. Of damaged TIFFs libtiff may write a line to standard error by itself.
"""

from __future__ import annotations

import hashlib
import io
import threading
import warnings
from typing import TYPE_CHECKING, BinaryIO, Final

from PIL import Image, UnidentifiedImageError

from provenance_gen.errors import ImageError, UnreadableImageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provenance_gen.records.base import Digest

MAX_PIXELS: Final = 120_000_000
"""Largest image that is decoded, in pixels; about half a gigabyte as RGBA."""

FORMATS: Final = ("PNG", "JPEG", "WEBP", "TIFF", "AVIF", "GIF", "BMP")
"""The only formats that are opened: each further parser is a further way in."""

DEEP: Final = 16
"""Bits of a channel in the deeper of the two canonical forms."""

# Filters of warnings are the process's: two threads that restore them crosswise would leave them
# changed for good.
_SILENCE: Final = threading.Lock()
_HEADER: Final = b"provenance-gen pixels 1\n"
_PNG_END: Final = b"\xae\x42\x60\x82"  # checksum of the end mark, IEND
_BAND: Final = 1 << 20  # pixels held at once in canonical form: 4 or 8 MiB
_NEAR: Final = 1 << 15  # pixels hashed at once: they stay in the processor's nearest memory
_DEEP_MODES: Final = ("I;16", "I;16L", "I;16B", "I;16N", "I")
_DIRECT: Final = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX")


def decode(source: Path | bytes, *, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Decode the first frame of an image file completely; the file may be hostile.

    The size is read from the header and checked before anything is decoded. Above 178 million
    pixels Pillow's own limit holds as well. A PNG's checksums and end mark are checked too,
    which Pillow by itself does not ask for.

    Args:
        source: the file, or its bytes.
        max_pixels: the largest width x height to accept.

    Raises:
        UnreadableImageError: it is no image of a known format, is damaged or cut short, or is
            larger than the limit. The message names the file by its last part only.
    """
    if isinstance(source, bytes):
        return _decode(io.BytesIO(source), "the image", max_pixels)
    name = repr(source.name)
    try:
        if not source.is_file():  # a named pipe or a device would block for ever
            reason = "is not a file" if source.exists() else "does not exist"
            raise UnreadableImageError(f"{name} {reason}")
        with source.open("rb") as file:
            return _decode(file, name, max_pixels)
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise UnreadableImageError(f"{name} cannot be read") from error


def depth(image: Image.Image) -> int:
    """Return the bits of a channel in the image's canonical form: 8 or 16."""
    return DEEP if image.mode in _DEEP_MODES else 8


def ensure_loaded(image: Image.Image) -> None:
    """Read the pixels of an image that somebody else opened and nobody may have read yet.

    Raises:
        UnreadableImageError: its file proves damaged.
    """
    try:
        image.load()
    except Exception as error:
        raise UnreadableImageError("the image is damaged or cut short") from error


def parts(image: Image.Image, *, rows: int | None = None) -> Iterator[Image.Image]:
    """Yield the image from top to bottom in bands, so that memory stays bounded.

    Args:
        image: the image.
        rows: height of a band; by default as many rows as make about a million pixels.

    Raises:
        ImageError: a lazily opened file that proves damaged.
    """
    ensure_loaded(image)
    rows = rows or max(1, _BAND // max(1, image.width))
    for top in range(0, image.height, rows):
        box = (0, top, image.width, min(top + rows, image.height))
        yield image if box[3] - top == image.height else image.crop(box)


def cut(image: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """Return a part of an image: left, top, right and bottom in pixels.

    Pillow warns on standard error of one that has more pixels than it likes, which are fewer than
    we accept; ours is the limit that was kept when the image was read.
    """
    with _SILENCE, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return image.crop(box)


def pixel_digest(image: Image.Image) -> Digest:
    """Return the identity of an image: SHA-256 over its size, depth and canonical pixels.

    What is hashed: ``provenance-gen pixels 1`` and a line feed; width, height and bits per
    channel, each as 8 bytes, big-endian; the canonical pixels row by row, 16-bit ones big-endian.

    Raises:
        ImageError: as for ``canonical``.
    """
    digest = hashlib.sha256(_HEADER)
    for number in (image.width, image.height, depth(image)):
        digest.update(number.to_bytes(8, "big"))
    for part in parts(image, rows=max(1, _NEAR // max(1, image.width))):
        digest.update(_deep(part) if depth(part) == DEEP else straight(part).tobytes())
    return digest.hexdigest()


def straight(part: Image.Image) -> Image.Image:
    """Return an image of 8 bits a channel as RGBA with straight alpha.

    Raises:
        ImageError: floating-point pixels, or a mode that Pillow cannot convert.
    """
    if part.mode == "F":
        raise ImageError("floating-point pixels have no 8-bit form; save the image with integers")
    try:
        if part.mode == "La":  # Pillow converts premultiplied grey to straight grey only
            part = part.convert("LA")
        elif part.mode not in _DIRECT:
            part = part.convert("RGB")
        return part.convert("RGBA")
    except (ValueError, OSError, ImportError) as error:  # LAB needs Pillow's LittleCMS
        raise ImageError(f"pixels of mode {part.mode} cannot be converted to RGBA") from error


def _decode(file: BinaryIO, name: str, max_pixels: int) -> Image.Image:
    # Pillow's parsers raise nearly everything: OSError, SyntaxError, ValueError, struct.error,
    # KeyError, MemoryError, RecursionError. What they warn of is either an error here or nothing.
    try:
        with _SILENCE, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(file, formats=FORMATS)
            _check_size(image, name, max_pixels)
            if image.format == "PNG":
                _check_png(image, file, name)
                file.seek(0)  # the check leaves the image unusable
                image = Image.open(file, formats=FORMATS)
            image.load()
            # An animation keeps its file; a copy is the first frame and nothing else.
            return image.copy() if getattr(image, "n_frames", 1) > 1 else image
    except UnreadableImageError:
        raise
    except Image.DecompressionBombError as error:
        raise UnreadableImageError(f"{name} is larger than Pillow's limit allows") from error
    except UnidentifiedImageError as error:
        known = ", ".join(FORMATS)
        raise UnreadableImageError(f"{name} is no image we can read ({known})") from error
    except Exception as error:
        raise UnreadableImageError(f"{name} is damaged or cut short") from error


def _check_png(image: Image.Image, file: BinaryIO, name: str) -> None:
    image.verify()  # reads up to the name of the end mark
    if file.read(len(_PNG_END)) != _PNG_END:
        raise UnreadableImageError(f"{name} is cut short")


def _check_size(image: Image.Image, name: str, max_pixels: int) -> None:
    width, height = image.size
    if width < 1 or height < 1:
        raise UnreadableImageError(f"{name} has no pixels")
    if width * height > max_pixels:
        raise UnreadableImageError(
            f"{name} has {width} x {height} pixels; at most {max_pixels:,} are accepted"
        )


def _deep(part: Image.Image) -> bytes:
    """Return 16-bit pixels in canonical form, big-endian."""
    # Rare enough that arrays are loaded only for it.
    from provenance_gen.images import pixels  # noqa: PLC0415

    return pixels.canonical(part).astype(">u2").tobytes()
