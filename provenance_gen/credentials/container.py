"""Where a manifest store lies in a file: kinds of files by their content, and each taken apart.

Only what is needed to give a manifest store its digest and to say that there is one; meaning is
the reader's. Bytes may be hostile: whatever does not fit the format ends the search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

KNOWN_STORES: Final = ("image/png", "image/jpeg", "image/webp", "image/avif", "image/tiff")
"""Media types in which ``manifest_store`` finds what there is."""

SEARCHED: Final = (*KNOWN_STORES, "image/heic", "image/heif", "image/jxl")
"""The same with those that are only read: where none is found, there is none."""

UNDECODED: Final = ("image/heic", "image/heif", "image/jxl", "image/svg+xml")
"""Media types of pictures whose pixels are not decoded: no decoder for them is among ours."""

DOCUMENTS: Final = ("application/pdf",)
"""Media types of files that have no pixels; of their credentials the library finds the place."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"BM", "image/bmp"),
    (b"%PDF-", "application/pdf"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"\xff\x0a", "image/jxl"),
)
_BRANDS: Final = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), "image/heic"),
    **dict.fromkeys((b"mif1", b"msf1", b"mif2"), "image/heif"),
}
"""Brands of pictures (ISO/IEC 23008-12, annex B; AV1 image file format), those that say most first.

Cameras and libraries begin many a file with ``mif1`` and name the rest behind it."""

_MAX_BRANDS: Final = 64
_PROLOG: Final = ((b"<?xml", b"?>"), (b"<!--", b"-->"), (b"<!DOCTYPE svg", b">"))
"""Beginnings and ends of what may stand before an SVG's first element (XML 1.0, section 2.8)."""

_HEAD: Final = 4_096
_JXL_BOX: Final = b"JXL "
_JUMBF: Final = b"jumb"
_FILL: Final = 0xFF
_APP11: Final = 0xEB
_START_OF_SCAN: Final = 0xDA
_ALONE: Final = (0x01, *range(0xD0, 0xD9))
_BOX_ID: Final = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""Identifier of the ``uuid`` box of C2PA (2.2, section A.5.1)."""
_TIFF_TAG: Final = 0xCD41
"""Tag of a TIFF's manifest store (C2PA 2.2, section A.3.4)."""
_MAX_BOXES: Final = 4_096
_SEGMENT_HEAD: Final = 16
"""CI, En, Z, LBox and TBox of a JUMBF segment (ISO/IEC 19566-5, annex D)."""


def media_type(data: bytes) -> str | None:
    """Tell the kind of image or document from its first bytes; None for what we do not know."""
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return _by_brands(data)
    return "image/svg+xml" if _is_svg(data[:_HEAD]) else None


def _is_svg(head: bytes) -> bool:
    """Tell whether the first element of a text is that of an SVG."""
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    while not head.startswith(b"<svg"):
        end = next((end for begin, end in _PROLOG if head.startswith(begin)), None)
        if end == b">" and b"[" in head.partition(end)[0]:
            end = b"]>"  # it holds declarations, which end as it does
        place = head.find(end) if end else -1
        if end is None or place < 0:
            return False
        head = head[place + len(end) :].lstrip()
    return head[4:5] in (b" ", b">", b"\n", b"\r", b"\t")


def _by_brands(data: bytes) -> str | None:
    """Tell the kind by the first brand, or by those it is compatible with."""
    end = min(int.from_bytes(data[:4], "big"), 16 + 4 * _MAX_BRANDS)
    brands = {data[8:12], *(data[n : n + 4] for n in range(16, end, 4))}
    first = _BRANDS.get(data[8:12])
    if first is None:
        return None  # a film may name pictures among what it is compatible with
    return next(kind for brand, kind in _BRANDS.items() if brand in brands)


def manifest_store(data: bytes) -> bytes | None:
    """Return the bytes of the first C2PA manifest store (C2PA 2.2, annex A.3 and A.5).

    None where there is none, and for formats other than ``SEARCHED``.
    """
    if data.startswith(_PNG):
        return next((body for kind, body in png_chunks(data) if kind == b"caBX"), None)
    if data.startswith(b"\xff\xd8"):
        return _jpeg_store(data)
    if data[:4] == b"RIFF":
        return _riff_store(data)
    if data[4:8] in (b"ftyp", _JXL_BOX):
        return _box_store(data)
    if data[:4] in (b"II*\x00", b"MM\x00*"):
        return _tiff_store(data)
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


def _riff_store(data: bytes) -> bytes | None:
    place = 12
    while place + 8 <= len(data):
        end = place + 8 + int.from_bytes(data[place + 4 : place + 8], "little")
        if end > len(data):
            return None
        if data[place : place + 4] == b"C2PA":
            return data[place + 8 : end]
        place = end + (end & 1)
    return None


def is_whole(data: bytes) -> bool:
    """Tell whether a file of boxes ends where its last one does; true of every other kind."""
    if data[4:8] not in (b"ftyp", _JXL_BOX):
        return True
    ends = [end for _, _, _, end in _boxes(data)]
    return len(ends) == _MAX_BOXES or ends[-1:] == [len(data)]


def _boxes(data: bytes) -> Iterator[tuple[bytes, int, int, int]]:
    """Yield kind, begin, content and end of the top boxes until one does not fit."""
    place = 0
    for _ in range(_MAX_BOXES):
        length, head = int.from_bytes(data[place : place + 4], "big"), 8
        if length == 1:
            length, head = int.from_bytes(data[place + 8 : place + 16], "big"), 16
        end = place + length if length else len(data)
        if end > len(data) or end < place + head or place + head > len(data):
            return
        yield data[place + 4 : place + 8], place, place + head, end
        place = end


def _box_store(data: bytes) -> bytes | None:
    """Search the top boxes; a ``uuid`` box says its purpose and an offset before the store.

    In JPEG XL the store is a box of the file itself (C2PA 2.2, section A.3.8).
    """
    for kind, place, content, end in _boxes(data):
        if kind == b"uuid" and data.startswith(_BOX_ID, content):
            # Version and flags, the purpose ended by a zero, and eight bytes of offset.
            purpose, zero, rest = data[content + 20 : end].partition(b"\x00")
            return rest[8:] if zero and purpose == b"manifest" else None
        if kind == _JUMBF and data[4:8] == _JXL_BOX:
            return data[place:end]
    return None


def _tiff_store(data: bytes) -> bytes | None:
    order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"

    def number(place: int, length: int) -> int:
        return int.from_bytes(data[place : place + length], order)

    place = number(4, 4)
    for entry in range(place + 2, place + 2 + 12 * number(place, 2), 12):
        if entry + 12 > len(data):
            return None
        if number(entry, 2) == _TIFF_TAG:
            length, start = number(entry + 4, 4), number(entry + 8, 4)
            return data[start : start + length] if start + length <= len(data) else None
    return None
