"""Texts in an EXIF block: a TIFF directory and its sub-directories, read with limits.

TIFF 6.0, section 2; Exif 3.0, section 4.6. Only texts and text-like values come out. Directories
may point at each other or at themselves: each place is visited once. A user comment begins with
the name of its encoding, whose byte order writers get wrong, so both are tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_DIRECTORIES: Final = 16
_MAX_ENTRIES: Final = 512
_MAX_VALUE: Final = 8 << 20
_EXIF_POINTER: Final = 0x8769
_USER_COMMENT: Final = 0x9286
_MAKER_NOTE: Final = 0x927C
_XMP: Final = 0x02BC
_TEXT: Final = 2
_BYTE_TYPES: Final = (1, 2, 6, 7, 129)
_NAMES: Final = {
    0x010D: "DocumentName",
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    _XMP: "XMP",
    _MAKER_NOTE: "MakerNote",
    _USER_COMMENT: "UserComment",
}
_ENCODING_LENGTH: Final = 8
_BOMS: Final = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


@dataclass(frozen=True)
class Entry:
    """One text of a directory."""

    name: str
    text: str
    raw: bytes
    """The value as it stands, with the name of its encoding where there is one."""


def entries(block: bytes) -> Iterator[Entry]:
    """Yield the texts of a TIFF structure, directory by directory.

    Args:
        block: beginning with the TIFF header, to which all offsets count.
    """
    order = {b"II*\x00": "little", b"MM\x00*": "big"}.get(block[:4])
    if order is None:
        return
    reader = _Reader(block, big=order == "big")
    waiting = [reader.number(4, 4)]
    seen: set[int] = set()
    while waiting and len(seen) < _MAX_DIRECTORIES:
        place = waiting.pop(0)
        if place in seen or not 0 < place < len(block) - 1:
            continue
        seen.add(place)
        count = min(reader.number(place, 2), _MAX_ENTRIES)
        for number in range(count):
            start = place + 2 + 12 * number
            if start + 12 > len(block):
                break
            tag = reader.number(start, 2)
            if tag == _EXIF_POINTER:
                waiting.append(reader.number(start + 8, 4))
            elif (entry := reader.entry(tag, start)) is not None:
                yield entry
        waiting.append(reader.number(place + 2 + 12 * count, 4))


def user_comment(value: bytes, *, big: bool) -> str:
    """Decode a user comment (Exif 3.0, section 4.6.6.6).

    Args:
        value: with the eight bytes that name its encoding, or without.
        big: byte order of the block it stands in; asked last.
    """
    head, rest = value[:_ENCODING_LENGTH], value[_ENCODING_LENGTH:]
    if head == b"UNICODE\x00":
        return _wide(rest, big=big).rstrip("\x00")
    if head == b"JIS\x00\x00\x00\x00\x00":
        return rest.decode("iso2022_jp", "replace").rstrip("\x00")
    if head in (b"ASCII\x00\x00\x00", bytes(_ENCODING_LENGTH)):
        return _narrow(rest)
    return _narrow(value)


class _Reader:
    """Reads numbers and values in one byte order; what lies outside is zero or absent."""

    def __init__(self, block: bytes, *, big: bool) -> None:
        self._block, self._big = block, big

    def number(self, place: int, length: int) -> int:
        value = self._block[place : place + length]
        return int.from_bytes(value, "big" if self._big else "little")

    def entry(self, tag: int, start: int) -> Entry | None:
        kind, length = self.number(start + 2, 2), self.number(start + 4, 4)
        # ComfyUI counts down from the tag Make, through tags that have no name.
        counted_down = kind == _TEXT and 0x0100 <= tag <= 0x0110  # noqa: PLR2004 - both tags
        if kind not in _BYTE_TYPES or length > _MAX_VALUE or not (tag in _NAMES or counted_down):
            return None
        place = start + 8 if length <= 4 else self.number(start + 8, 4)  # noqa: PLR2004 - inline
        if not length or place + length > len(self._block):
            return None
        value = self._block[place : place + length]
        text = ""
        if tag == _USER_COMMENT:
            text = user_comment(value, big=self._big)
        elif tag != _XMP:
            text = _narrow(value)
        return Entry(_NAMES.get(tag, f"0x{tag:04X}"), text, value)


def _narrow(value: bytes) -> str:
    value = value.rstrip(b"\x00")
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _wide(value: bytes, *, big: bool) -> str:
    """Decode UTF-16 of unknown byte order, or UTF-8 under UTF-16's name."""
    if value[:2] in _BOMS:
        return value[2:].decode(_BOMS[value[:2]], "replace")
    # Prompts hold blanks, commas and digits: in the right order their upper bytes are zero.
    upper_first, upper_second = value[0::2].count(0), value[1::2].count(0)
    if upper_first == upper_second:
        try:
            if not upper_first:
                return value.decode("utf-8")
        except UnicodeDecodeError:
            pass
        return value.decode("utf-16-be" if big else "utf-16-le", "replace")
    return value.decode("utf-16-be" if upper_first > upper_second else "utf-16-le", "replace")
