"""Comments and the XMP packet of a GIF (GIF89a, sections 17 to 26; XMP part 3, section 1.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD: Final = 13
_TABLE: Final = 0x80
_EXTENSION: Final = 0x21
_IMAGE: Final = 0x2C
_COMMENT: Final = 0xFE
_APPLICATION: Final = 0xFF
_XMP_NAME: Final = b"\x0bXMP DataXMP"
_XMP_TAIL: Final = 258
"""A trailer that leads any reader of blocks to the end of the packet, and the last zero."""

_MAX_STEPS: Final = 1_000_000
_MAX_TEXT: Final = 8 << 20


def texts(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield ``comment`` or ``XMP`` and its bytes, until the file ends or stops making sense."""
    place = _HEAD + (_table(data[10]) if len(data) >= _HEAD else 0)
    steps = 0
    while place + 2 <= len(data) and steps < _MAX_STEPS:
        kind, label = data[place], data[place + 1]
        start = place + 2
        if kind == _IMAGE and place + 11 <= len(data):
            start = place + 11 + _table(data[place + 9])
        elif kind != _EXTENSION:
            return
        end, taken = _end(data, start, _MAX_STEPS - steps)
        steps += taken + 1
        if kind == _EXTENSION and end - start <= _MAX_TEXT:
            if label == _COMMENT:
                yield "comment", _joined(data, start)
            elif label == _APPLICATION and data[start : start + 12] == _XMP_NAME:
                yield "XMP", data[start + 12 : max(start + 12, end - _XMP_TAIL)]
        place = end


def _table(flags: int) -> int:
    """Return the length of a colour table in bytes."""
    return 3 << ((flags & 7) + 1) if flags & _TABLE else 0


def _end(data: bytes, place: int, limit: int) -> tuple[int, int]:
    """Return where a chain of blocks ends, and how many there were."""
    steps = 0
    while place < len(data) and data[place] and steps < limit:
        place += 1 + data[place]
        steps += 1
    return place + 1, steps


def _joined(data: bytes, place: int) -> bytes:
    parts = []
    while place < len(data) and data[place]:
        parts.append(data[place + 1 : place + 1 + data[place]])
        place += 1 + data[place]
    return b"".join(parts)
