"""The chunks of a WebP file (RFC 9649, section 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD: Final = 12
_MAX_CHUNKS: Final = 100_000
_MAX_TEXT: Final = 16 << 20


def webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and content of the chunks until they end or stop making sense.

    Content of picture chunks, and of what is too long to be text, is left empty.
    """
    if data[:4] != b"RIFF" or data[8:_HEAD] != b"WEBP":
        return
    place = _HEAD
    for _ in range(_MAX_CHUNKS):
        if place + 8 > len(data):
            return
        kind = data[place : place + 4]
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        end = place + 8 + length
        if end > len(data):
            return
        wanted = kind in (b"EXIF", b"XMP ") and length <= _MAX_TEXT
        yield kind, data[place + 8 : end] if wanted else b""
        place = end + (length & 1)
