"""Encode a picture for export: PNG, TIFF and WebP without loss, JPEG and AVIF at high quality.

The XMP packet goes in here, so that signing covers it. Nothing else goes in: no text, no profile,
no EXIF. BMP is for ``--sidecar`` alone, since it holds no metadata at all.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import TiffImagePlugin

from provenance_gen.errors import ImageError
from provenance_gen.images.pixels import DEEP, decode, depth, encode_png
from provenance_gen.metadata import xmp
from provenance_gen.studio.inputs import opaque

if TYPE_CHECKING:
    from PIL.Image import Image as Picture


@dataclass(frozen=True)
class Format:
    """A kind of file that export writes."""

    name: str
    """As the ledger has it."""
    media_type: str
    embeds: bool = True
    """Whether a manifest can be put into it."""


_PNG: Final = Format("png", "image/png")
_JPEG: Final = Format("jpeg", "image/jpeg")
_TIFF: Final = Format("tiff", "image/tiff")
FORMATS: Final = {
    ".png": _PNG,
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".webp": Format("webp", "image/webp"),
    ".avif": Format("avif", "image/avif"),
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".bmp": Format("bmp", "image/bmp", embeds=False),
}
"""Kinds of files by the ending of their names."""

_XMP_TAG: Final = 700
_BYTES: Final = 1
"""Type of a TIFF field that holds bytes (TIFF 6.0, section 2)."""
_JPEG_QUALITY: Final = 95
"""High, since a signed picture should not need a second, better one."""
_AVIF_QUALITY: Final = 90


def encode(picture: Picture, file_format: Format, packet: bytes | None) -> bytes:
    """Encode a picture with an XMP packet in it.

    Args:
        picture: the picture. Transparency is kept, but for JPEG and BMP, which know none: what
            stands behind it there is shown on white. 16-bit grey stays so in PNG and TIFF.
        file_format: one of ``FORMATS``.
        packet: from ``metadata.xmp.packet``; None, and for BMP always, leaves it out.

    Raises:
        ImageError: the format cannot hold a picture of this size.
    """
    try:
        return _encode(picture, file_format.name, packet)
    except (ValueError, OSError) as error:
        # Formats have largest sizes: 16,383 pixels a side for WebP, 65,535 for JPEG.
        raise ImageError(f"the picture cannot be written as {file_format.name}: {error}") from error


def _encode(picture: Picture, name: str, packet: bytes | None) -> bytes:
    if name == "png":
        data = encode_png(picture)
        return xmp.put_in(data, packet) if packet else data
    buffer = io.BytesIO()
    if name == "tiff":
        _save_tiff(picture, buffer, packet)
    elif name == "webp":
        # Exact keeps colour under full transparency, which counts as pixels.
        more = {"xmp": packet} if packet else {}
        _eight(picture).save(buffer, "WEBP", lossless=True, exact=True, **more)
    elif name == "avif":
        more = {"xmp": packet} if packet else {}
        _eight(picture).save(buffer, "AVIF", quality=_AVIF_QUALITY, subsampling="4:4:4", **more)
    elif name == "jpeg":
        opaque(picture).save(buffer, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
        return xmp.put_in(buffer.getvalue(), packet) if packet else buffer.getvalue()
    else:
        opaque(picture).save(buffer, "BMP")
    return buffer.getvalue()


def _save_tiff(picture: Picture, buffer: io.BytesIO, packet: bytes | None) -> None:
    fields = TiffImagePlugin.ImageFileDirectory_v2()
    if packet:
        fields[_XMP_TAG] = packet
        fields.tagtype[_XMP_TAG] = _BYTES
    # By way of PNG the picture has one of the few modes that every reader of TIFF knows.
    plain = decode(encode_png(picture))
    plain.save(buffer, "TIFF", compression="tiff_adobe_deflate", tiffinfo=fields)


def _eight(picture: Picture) -> Picture:
    """Return a picture as RGB or RGBA with 8 bits."""
    if depth(picture) == DEEP:
        return opaque(picture)
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
