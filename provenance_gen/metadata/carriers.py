"""Where text can stand in an image file: chunks, EXIF, comments, XMP packets.

Bytes in, carriers out; what a text means is the parsers'. The containers are taken apart here by
their published formats and not by an image library, which would join, re-encode or drop texts.
Everything is bounded: number and length of texts, inflated bytes, directories. Bytes that do not
fit their format end the search quietly. Not read: extended XMP of JPEG, IPTC-IIM, packed boxes of
JPEG XL.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.metadata import bmff, exif, gif, jpeg, png, values, xmp
from provenance_gen.metadata.riff import webp_chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_CARRIERS: Final = 256
"""Texts of one file that are looked at."""

_MAX_TOTAL: Final = 64 << 20
_MAX_BLOCKS: Final = 8
"""EXIF blocks of one file; the format knows one."""

_COMMENT: Final = 0xFE
_APP1: Final = 0xE1
_EXIF_HEAD: Final = b"Exif\x00\x00"
_XMP_HEAD: Final = b"http://ns.adobe.com/xap/1.0/\x00"
_XMP_KEY: Final = "XML:com.adobe.xmp"
_KEY: Final = re.compile(r"[\w:.-]{0,40}", re.ASCII)
"""Keys that are shown as they are: those that tools are known to write, and no sentences."""


@dataclass(frozen=True)
class Carrier:
    """A text that stands in a file."""

    place: str
    """Kind of place, such as ``PNG tEXt`` or ``JPEG EXIF``."""
    key: str
    """Name in that place, such as ``parameters`` or ``UserComment``."""
    text: str
    raw: bytes
    """The value's bytes as they stand in the file, inflated where the place deflates them."""
    packet: bool = False
    """Whether it is an XMP packet."""

    @property
    def name(self) -> str:
        """Place and key in one; a key that could be taken for words of ours stands in quotes."""
        key = self.key if _KEY.fullmatch(self.key) else repr(self.key)
        return f"{self.place} {key}".strip()

    @functools.cached_property
    def _json(self) -> tuple[Any, bool]:
        text = self.text.strip()
        return values.load_json(text) if text.startswith(("{", "[")) else (None, False)

    @property
    def json(self) -> dict[str, Any]:
        """The text as a JSON object; empty where it is none."""
        return values.mapping(self._json[0])

    @property
    def doubled(self) -> bool:
        """Whether a name stands twice in the JSON, or with two values in the packet."""
        return self._json[1] or any(len(set(found)) > 1 for found in self.properties.values())

    @functools.cached_property
    def properties(self) -> dict[str, tuple[str, ...]]:
        """The XMP properties of a packet that are of use here (``xmp.read``)."""
        return xmp.read(self.raw) if self.packet else {}


def find(data: bytes, media_type: str | None) -> tuple[Carrier, ...]:
    """Return the texts in a file's bytes, in their order.

    Args:
        data: the file.
        media_type: its kind by content; of an unknown kind nothing is read.
    """
    reader = _READERS.get(media_type or "")
    if reader is None:
        return ()
    found: list[Carrier] = []
    total = 0
    for carrier in islice(reader(data), MAX_CARRIERS):
        total += len(carrier.raw)
        if total > _MAX_TOTAL:
            break
        found.append(carrier)
    return tuple(found)


def _png(data: bytes) -> Iterator[Carrier]:
    budget = png.Budget()
    blocks = 0
    for kind, body in png.chunks(data):
        if kind == b"eXIf":
            blocks += 1
            if blocks <= _MAX_BLOCKS:
                yield from _exif("PNG EXIF", body.removeprefix(_EXIF_HEAD))
        elif kind == b"comf":
            # ComfyUI's own chunk in animations: a name, a zero, JSON in Latin-1.
            key, zero, value = body.partition(b"\x00")
            if zero:
                yield Carrier("APNG comf", key.decode("latin-1")[:80], _decode(value), value)
        elif (entry := png.text(kind, body, budget)) is not None:
            place = f"PNG {kind.decode('ascii')}"
            profile = png.raw_profile(entry)
            if entry.key == _XMP_KEY:
                yield _packet(place, entry.raw)
            elif profile is not None:
                yield from _profile(place, profile)
            else:
                yield Carrier(place, entry.key, entry.text, entry.raw)


def _profile(place: str, profile: bytes) -> Iterator[Carrier]:
    """Read the EXIF block or the XMP packet that ImageMagick keeps as text."""
    if profile.startswith(_EXIF_HEAD) or profile[:4] in (b"II*\x00", b"MM\x00*"):
        yield from _exif("PNG EXIF", profile.removeprefix(_EXIF_HEAD))
    elif b"<rdf:RDF" in profile:
        yield _packet(place, profile.removeprefix(_XMP_HEAD))


def _jpeg(data: bytes) -> Iterator[Carrier]:
    blocks = 0
    for marker, body in jpeg.segments(data):
        if marker == _COMMENT:
            yield Carrier("JPEG", "comment", _decode(body), body)
        elif marker == _APP1 and body.startswith(_EXIF_HEAD) and blocks < _MAX_BLOCKS:
            blocks += 1
            yield from _exif("JPEG EXIF", body[len(_EXIF_HEAD) :])
        elif marker == _APP1 and body.startswith(_XMP_HEAD):
            yield _packet("JPEG APP1", body[len(_XMP_HEAD) :])


def _webp(data: bytes) -> Iterator[Carrier]:
    blocks = 0
    for kind, body in webp_chunks(data):
        if kind == b"EXIF" and blocks < _MAX_BLOCKS:
            blocks += 1
            # The format has no head here; many writers put one all the same.
            yield from _exif("WebP EXIF", body.removeprefix(_EXIF_HEAD))
        elif kind == b"XMP ":
            yield _packet("WebP", body)


def _tiff(data: bytes) -> Iterator[Carrier]:
    yield from _exif("TIFF", data)


def _boxed(place: str, found: Iterator[tuple[str, bytes]]) -> Iterator[Carrier]:
    for kind, body in found:
        if kind == "Exif":
            # Four bytes tell how far the TIFF header is (ISO/IEC 23008-12, annex A.2.1).
            start = 4 + int.from_bytes(body[:4], "big")
            yield from _exif(f"{place} EXIF", body[start:].removeprefix(_EXIF_HEAD))
        else:
            yield _packet(place, body)


def _avif(data: bytes) -> Iterator[Carrier]:
    return _boxed("AVIF", bmff.items(data))


def _heif(data: bytes) -> Iterator[Carrier]:
    return _boxed("HEIF", bmff.items(data))


def _jxl(data: bytes) -> Iterator[Carrier]:
    return _boxed("JPEG XL", bmff.jxl(data))


def _svg(data: bytes) -> Iterator[Carrier]:
    """Read the packets in an SVG as bytes: the picture around them is not parsed."""
    place = 0
    for _ in range(_MAX_BLOCKS):
        begin = data.find(b"<x:xmpmeta", place)
        end = data.find(b"</x:xmpmeta>", begin)
        if begin < 0 or end < 0:
            return
        place = end + len(b"</x:xmpmeta>")
        yield _packet("SVG", data[begin:place])


def _gif(data: bytes) -> Iterator[Carrier]:
    for kind, body in gif.texts(data):
        yield (
            _packet("GIF", body)
            if kind == "XMP"
            else Carrier("GIF", "comment", _decode(body), body)
        )


def _exif(place: str, block: bytes) -> Iterator[Carrier]:
    for entry in exif.entries(block):
        if entry.name == "XMP":
            yield _packet(place, entry.raw)
        else:
            yield Carrier(place, entry.name, entry.text, entry.raw)


def _packet(place: str, raw: bytes) -> Carrier:
    return Carrier(f"XMP ({place})", "", "", raw, packet=True)


def _decode(value: bytes) -> str:
    """Read as UTF-8, or as Latin-1 where it is not."""
    try:
        return value.decode("utf-8").rstrip("\x00")
    except UnicodeDecodeError:
        return value.decode("latin-1").rstrip("\x00")


_READERS: Final[dict[str, Callable[[bytes], Iterator[Carrier]]]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
    "image/tiff": _tiff,
    "image/avif": _avif,
    "image/heic": _heif,
    "image/heif": _heif,
    "image/jxl": _jxl,
    "image/svg+xml": _svg,
    "image/gif": _gif,
}
