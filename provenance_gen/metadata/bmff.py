"""EXIF and XMP in files of boxes: AVIF and HEIC (ISO/IEC 14496-12, section 8.11), JPEG XL.

Of AVIF and HEIC the top ``meta`` box alone is read: its list of items and where they lie. Items
whose bytes are built otherwise than by offsets into the file are passed over.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_BOXES: Final = 4_096
_MAX_ITEMS: Final = 4_096
_MAX_EXTENTS: Final = 16
_MAX_WANTED: Final = 8
_MAX_ITEM: Final = 16 << 20
_XMP: Final = b"application/rdf+xml"
_JXL: Final = b"JXL "


def items(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield ``Exif`` or ``XMP`` and the item's bytes."""
    meta = next((body for kind, body in _boxes(data, 0, len(data)) if kind == b"meta"), None)
    if meta is None:
        return
    start, end = meta[0] + 4, meta[1]
    inner = {kind: data[a:b] for kind, (a, b) in _boxes(data, start, end) if b - a <= _MAX_ITEM}
    wanted = _wanted(inner.get(b"iinf", b""))
    if not wanted:
        return
    for number, extents in _locations(inner.get(b"iloc", b"")):
        if number in wanted and 0 < sum(length for _, length in extents) <= _MAX_ITEM:
            # Each item once: a list of places may name it a thousand times.
            yield wanted.pop(number), b"".join(data[a : a + length] for a, length in extents)


def jxl(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield ``Exif`` or ``XMP`` and the content of such boxes in JPEG XL (ISO/IEC 18181-2).

    Boxes that are packed by Brotli are passed over.
    """
    if data[4:8] != _JXL:
        return
    kinds = {b"Exif": "Exif", b"xml ": "XMP"}
    found = ((kinds[kind], at) for kind, at in _boxes(data, 0, len(data)) if kind in kinds)
    for name, (start, end) in islice(found, _MAX_WANTED):
        if end - start <= _MAX_ITEM:
            yield name, data[start:end]


def _boxes(data: bytes, place: int, end: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
    for _ in range(_MAX_BOXES):
        if place + 8 > end:
            return
        length = int.from_bytes(data[place : place + 4], "big")
        head = 8
        if length == 1:
            length, head = int.from_bytes(data[place + 8 : place + 16], "big"), 16
        elif length == 0:
            length = end - place
        if length < head or place + length > end:
            return
        yield data[place + 4 : place + 8], (place + head, place + length)
        place += length


def _wanted(body: bytes) -> dict[int, str]:
    """Return the numbers of the items that hold EXIF or XMP."""
    found: dict[int, str] = {}
    place = 6 if body[:1] == b"\x00" else 8
    for kind, (start, end) in _boxes(body, place, len(body)):
        entry = body[start:end]
        version = entry[0] if entry else 0
        if kind != b"infe" or version not in (2, 3):
            continue
        wide = 2 if version == 2 else 4  # noqa: PLR2004 - version 3 has wider numbers
        number = int.from_bytes(entry[4 : 4 + wide], "big")
        item_type = entry[6 + wide : 10 + wide]
        if item_type == b"Exif":
            found[number] = "Exif"
        elif item_type == b"mime" and _XMP in entry[10 + wide :].split(b"\x00")[:2]:
            found[number] = "XMP"
    return dict(islice(found.items(), _MAX_WANTED))


class _Cursor:
    def __init__(self, body: bytes, place: int) -> None:
        self._body, self._place = body, place

    def take(self, length: int) -> int:
        value = self._body[self._place : self._place + length]
        self._place += length
        return int.from_bytes(value, "big")

    def over(self) -> bool:
        return self._place >= len(self._body)


def _locations(body: bytes) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Yield each item's number and the places of its parts in the file."""
    if len(body) < 8:  # noqa: PLR2004 - version, sizes and count
        return
    version = body[0]
    offset_size, length_size = body[4] >> 4, body[4] & 15
    base_size, index_size = body[5] >> 4, body[5] & 15
    cursor = _Cursor(body, 6)
    wide = 4 if version == 2 else 2  # noqa: PLR2004 - version 2 has wider numbers
    for _ in range(min(cursor.take(wide), _MAX_ITEMS)):
        if cursor.over():
            return
        number = cursor.take(wide)
        method = cursor.take(2) & 15 if version in (1, 2) else 0
        cursor.take(2)
        base = cursor.take(base_size)
        parts: list[tuple[int, int]] = []
        for _ in range(cursor.take(2)):
            if cursor.over() or len(parts) >= _MAX_EXTENTS:
                return
            if version in (1, 2):
                cursor.take(index_size)
            place = base + cursor.take(offset_size)
            parts.append((place, min(cursor.take(length_size), _MAX_ITEM)))
        if method == 0:
            yield number, parts
