"""Where a manifest store lies in a file: kinds of files by their content, PNG and JPEG taken apart.

Only what is needed to give a manifest store its digest and to say that there is one; meaning is
the reader's. Bytes may be hostile: whatever does not fit the format ends the search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

KNOWN_STORES: Final = ("image/png", "image/jpeg")
"""Media types in which ``manifest_store`` finds what there is."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"BM", "image/bmp"),
)
_BRANDS: Final = {b"avif": "image/avif", b"avis": "image/avif", b"heic": "image/heic"}
_JUMBF: Final = b"jumb"
_FILL: Final = 0xFF
_APP11: Final = 0xEB
_START_OF_SCAN: Final = 0xDA
_ALONE: Final = (0x01, *range(0xD0, 0xD9))
_SEGMENT_HEAD: Final = 16
"""CI, En, Z, LBox and TBox of a JUMBF segment (ISO/IEC 19566-5, annex D)."""


def media_type(data: bytes) -> str | None:
    """Tell the kind of image from its first bytes; None for what we do not know."""
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12])
    return None


def manifest_store(data: bytes) -> bytes | None:
    """Return the bytes of the first C2PA manifest store (C2PA 2.2, sections A.3.1 and A.3.3).

    None where there is none, and for formats other than PNG and JPEG.
    """
    if data.startswith(_PNG):
        return next((body for kind, body in png_chunks(data) if kind == b"caBX"), None)
    if data.startswith(b"\xff\xd8"):
        return _jpeg_store(data)
    return None


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and content of a PNG's chunks until they end or stop making sense."""
    place = len(_PNG)
    while place + 8 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        end = place + 8 + length
        if end + 4 > len(data):
            return
        yield data[place + 4 : place + 8], data[place + 8 : end]
        place = end + 4


def jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and content of a JPEG's segments before its first scan."""
    place = 2
    while place + 4 <= len(data) and data[place] == _FILL:
        marker = data[place + 1]
        if marker == _FILL or marker in _ALONE:
            place += 1 if marker == _FILL else 2
            continue
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        end = place + 2 + length
        if marker == _START_OF_SCAN or length < 2 or end > len(data):  # noqa: PLR2004 - itself
            return
        yield marker, data[place + 4 : end]
        place = end


def _jpeg_store(data: bytes) -> bytes | None:
    """Join the segments of the first JUMBF box; each repeats the box's head (LBox, TBox)."""
    store = b""
    number = b""
    for marker, body in jpeg_segments(data):
        if marker != _APP11 or body[:2] != b"JP" or body[12:16] != _JUMBF:
            continue
        if not store:
            number, store = body[2:4], body[8:]
        elif body[2:4] == number:
            store += body[_SEGMENT_HEAD:]
    return store or None
