"""Spoil a copy of a signed PNG, so that the demo can show what verification then says."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final

from provenance_gen.credentials.container import png_chunks
from provenance_gen.errors import UsageError
from provenance_gen.images.pixels import decode, encode_png

if TYPE_CHECKING:
    from collections.abc import Iterable

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_MANIFEST: Final = b"caBX"
"""The chunk that holds a C2PA manifest store in PNG (C2PA 2.2, appendix A.3.5)."""


def with_one_pixel_changed(signed: bytes) -> bytes:
    """Return a signed PNG with its middle pixel changed and its manifest left in place.

    Raises:
        UsageError: the file carries no manifest.
    """
    manifest = next((data for kind, data in png_chunks(signed) if kind == _MANIFEST), None)
    if manifest is None:
        raise UsageError("the file is no PNG with Content Credentials")
    picture = decode(signed).convert("RGB")
    middle = picture.width // 2, picture.height // 2
    red, green, blue = picture.getpixel(middle)  # type: ignore[misc]  # RGB has three values
    picture.putpixel(middle, (255 - red, green, blue))
    header, *rest = png_chunks(encode_png(picture))
    return _png([header, (_MANIFEST, manifest), *rest])


def _png(chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    parts = [_SIGNATURE]
    for kind, data in chunks:
        parts += [struct.pack(">I", len(data)), kind, data]
        parts.append(struct.pack(">I", zlib.crc32(kind + data)))
    return b"".join(parts)
