"""JPEG at the level of its segments: those before the first scan, and one spliced in.

ITU-T T.81, annex B.1; EXIF and XMP stand in APP1 segments before the picture data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SEGMENT: Final = 65_533
"""Longest content of a segment in bytes."""

_MAX_SEGMENTS: Final = 10_000
_START: Final = b"\xff\xd8"
_FILL: Final = 0xFF
_APP0: Final = 0xE0
_START_OF_SCAN: Final = 0xDA
_ALONE: Final = (0x01, *range(0xD0, 0xD9))


def segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and content of the segments before the first scan."""
    for marker, start, end in _places(data):
        yield marker, data[start:end]


def with_segment(data: bytes, marker: int, body: bytes) -> bytes:
    """Return the file with a segment put first, behind JFIF's own where there is one.

    Raises:
        ValueError: it does not begin as a JPEG does, or the content is too long.
    """
    if not data.startswith(_START):
        raise ValueError("the bytes do not begin as a JPEG does")
    if len(body) > MAX_SEGMENT:
        raise ValueError(f"a segment holds at most {MAX_SEGMENT} bytes")
    place = len(_START)
    head = next(_places(data), None)
    if head is not None and head[0] == _APP0:
        place = head[2]
    segment = bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body
    return data[:place] + segment + data[place:]


def _places(data: bytes) -> Iterator[tuple[int, int, int]]:
    place = len(_START)
    for _ in range(_MAX_SEGMENTS):
        if place + 4 > len(data) or data[place] != _FILL:
            return
        marker = data[place + 1]
        if marker == _FILL or marker in _ALONE:
            place += 1 if marker == _FILL else 2
            continue
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if marker == _START_OF_SCAN or end < place + 4 or end > len(data):
            return
        yield marker, place + 4, end
        place = end
