"""PNG at the level of its chunks: text chunks read, one chunk spliced in, pixels untouched.

PNG third edition, sections 5.3 (chunks) and 11.3.3 (text). Checksums are not asked for: whoever
wrote a text may have got them wrong, and the picture's own are checked where it is decoded.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MAX_TEXT: Final = 8 << 20
"""Longest text in bytes, inflated; a longer one is passed over."""

_MAX_INFLATED: Final = 32 << 20
_MAX_CHUNKS: Final = 100_000
_MAX_KEY: Final = 79
_RAW_PROFILE: Final = "Raw profile type "


@dataclass(frozen=True)
class Entry:
    """One text chunk."""

    key: str
    text: str
    raw: bytes


@dataclass
class Budget:
    """How much more may be inflated from one file."""

    left: int = _MAX_INFLATED


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and content of the chunks until they end or stop making sense.

    Content of picture data is left empty: it is never text, and most of the file.
    """
    place = len(SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        if place + 8 > len(data):
            return
        length = int.from_bytes(data[place : place + 4], "big")
        kind = data[place + 4 : place + 8]
        end = place + 8 + length
        if end > len(data):
            return
        yield kind, b"" if kind in (b"IDAT", b"fdAT") else data[place + 8 : end]
        place = end + 4


def text(kind: bytes, body: bytes, budget: Budget) -> Entry | None:
    """Read a tEXt, zTXt or iTXt chunk; None for any other and for what cannot be read.

    tEXt and zTXt are Latin-1 by the format, but tools write UTF-8 there: what is valid UTF-8 is
    read so.

    Args:
        kind: the chunk's type.
        body: its content.
        budget: what may still be inflated; used up here.
    """
    if kind not in (b"tEXt", b"zTXt", b"iTXt"):
        return None
    key, zero, rest = body.partition(b"\x00")
    if not zero or not 1 <= len(key) <= _MAX_KEY:
        return None
    value: bytes | None = rest
    if kind == b"zTXt":
        value = inflate(rest[1:], budget)
    elif kind == b"iTXt":
        # Compression flag and method, then language and translated key, each ended by a zero.
        parts = rest[2:].split(b"\x00", 2)
        value = parts[2] if len(parts) == 3 else None  # noqa: PLR2004 - the two and the text
        if value is not None and rest[0]:
            value = inflate(value, budget)
    if value is None or len(value) > MAX_TEXT:
        return None
    return Entry(key.decode("latin-1"), _decoded(value), value)


def raw_profile(entry: Entry) -> bytes | None:
    """Return the bytes of a text ``Raw profile type …``; None for any other text.

    ImageMagick and ExifTool keep EXIF and XMP so in PNG: a line with the name, one with the length,
    then hexadecimal digits (ImageMagick ``coders/png.c``).
    """
    if not entry.key.startswith(_RAW_PROFILE):
        return None
    _name, _, rest = entry.text.lstrip("\n").partition("\n")
    _length, _, digits = rest.lstrip().partition("\n")
    try:
        return bytes.fromhex("".join(digits.split()))
    except ValueError:
        return None


def inflate(value: bytes, budget: Budget) -> bytes | None:
    """Inflate zlib data within the limits; None where it is damaged or too much."""
    limit = min(MAX_TEXT, budget.left)
    machine = zlib.decompressobj()
    try:
        found = machine.decompress(value, limit + 1)
    except zlib.error:
        return None
    budget.left -= min(len(found), limit)
    return found if machine.eof and len(found) <= limit else None


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk's bytes, with length and checksum."""
    checksum = zlib.crc32(kind + body).to_bytes(4, "big")
    return len(body).to_bytes(4, "big") + kind + body + checksum


def with_international_text(data: bytes, key: str, value: bytes) -> bytes:
    """Return the file with an uncompressed iTXt chunk put behind its header chunk.

    Args:
        data: a PNG; its header chunk (IHDR) stands first, as it must.
        key: name of the text, Latin-1.
        value: UTF-8.

    Raises:
        ValueError: it does not begin as a PNG does.
    """
    end = len(SIGNATURE) + 25
    if not data.startswith(SIGNATURE) or data[12:16] != b"IHDR" or len(data) < end:
        raise ValueError("the bytes do not begin as a PNG does")
    body = key.encode("latin-1") + b"\x00\x00\x00\x00\x00" + value
    return data[:end] + chunk(b"iTXt", body) + data[end:]


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
