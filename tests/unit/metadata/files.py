"""Small pictures with foreign metadata, put together byte by byte from the published formats."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

from PIL import Image

from provenance_gen.metadata import carriers, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.records.claim import FoundClaim


def encoded(kind: str = "PNG", size: tuple[int, int] = (8, 6)) -> bytes:
    """Return a plain picture."""
    buffer = io.BytesIO()
    Image.new("RGB", size, (10, 120, 200)).save(buffer, kind)
    return buffer.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return a PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*chunks: bytes, behind: bool = False) -> bytes:
    """Return a PNG with chunks behind its header, or behind its pixels."""
    data = encoded()
    place = len(data) - 12 if behind else 33
    return data[:place] + b"".join(chunks) + data[place:]


def text(key: str, value: str | bytes) -> bytes:
    """Return a tEXt chunk; the value is written as UTF-8, as tools do."""
    raw = value.encode() if isinstance(value, str) else value
    return chunk(b"tEXt", key.encode("latin-1") + b"\x00" + raw)


def packed_text(key: str, value: str) -> bytes:
    """Return a zTXt chunk."""
    return chunk(b"zTXt", key.encode() + b"\x00\x00" + zlib.compress(value.encode()))


def wide_text(key: str, value: str, *, packed: bool = False) -> bytes:
    """Return an iTXt chunk."""
    raw = zlib.compress(value.encode()) if packed else value.encode()
    return chunk(b"iTXt", key.encode() + bytes((0, packed, 0)) + b"\x00\x00" + raw)


def tiff(
    first: Sequence[tuple[int, int, bytes]],
    exif: Sequence[tuple[int, int, bytes]] = (),
    *,
    big: bool = False,
) -> bytes:
    """Return a TIFF structure: tags (number, type, value) of the first and the EXIF directory."""
    order = ">" if big else "<"
    entries = [*first]
    start = 8 + 2 + 12 * (len(first) + bool(exif)) + 4
    later = start + 2 + 12 * len(exif) + 4 if exif else start
    values = b""

    def directory(tags: Sequence[tuple[int, int, bytes]]) -> bytes:
        nonlocal values
        body = struct.pack(order + "H", len(tags))
        for tag, kind, value in tags:
            if kind == 4:
                body += struct.pack(order + "HHI", tag, kind, 1) + value
            elif len(value) <= 4:
                body += struct.pack(order + "HHI", tag, kind, len(value)) + value.ljust(4, b"\0")
            else:
                place = later + len(values)
                body += struct.pack(order + "HHII", tag, kind, len(value), place)
                values += value
        return body + struct.pack(order + "I", 0)

    if exif:
        entries.append((0x8769, 4, struct.pack(order + "I", start)))
    body = directory(entries) + (directory(exif) if exif else b"")
    head = b"MM\x00*" if big else b"II*\x00"
    return head + struct.pack(order + "I", 8) + body + values


def user_comment(value: str, coding: str = "utf-16-be", *, big: bool = True) -> bytes:
    """Return an EXIF block with a user comment."""
    name = b"ASCII\x00\x00\x00" if coding in ("ascii", "utf-8") else b"UNICODE\x00"
    return tiff([], [(0x9286, 7, name + value.encode(coding))], big=big)


def jpeg(*segments: tuple[int, bytes]) -> bytes:
    """Return a JPEG with segments (marker, content) in front."""
    data = encoded("JPEG")
    made = b"".join(
        bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body for marker, body in segments
    )
    return data[:2] + made + data[2:]


def jpeg_exif(block: bytes) -> bytes:
    """Return a JPEG with an EXIF block."""
    return jpeg((0xE1, b"Exif\x00\x00" + block))


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    """Return a WebP with chunks behind its picture."""
    inner = encoded("WEBP")[12:]
    for kind, body in chunks:
        inner += kind + struct.pack("<I", len(body)) + body + b"\x00" * (len(body) & 1)
    return b"RIFF" + struct.pack("<I", 4 + len(inner)) + b"WEBP" + inner


def gif(*comments: bytes) -> bytes:
    """Return a GIF with comments in blocks of 255 bytes."""
    data = encoded("GIF")
    made = b""
    for comment in comments:
        parts = [comment[n : n + 255] for n in range(0, len(comment), 255)]
        made += b"\x21\xfe" + b"".join(bytes((len(p),)) + p for p in parts) + b"\x00"
    return data[:-1] + made + data[-1:]


def box(kind: bytes, body: bytes) -> bytes:
    """Return a box (ISO/IEC 14496-12, section 4.2)."""
    return struct.pack(">I", 8 + len(body)) + kind + body


def jxl(*boxes: bytes) -> bytes:
    """Return a JPEG XL with boxes before its codestream, which holds no picture."""
    head = b"\x00\x00\x00\x0cJXL \r\n\x87\n" + box(b"ftyp", b"jxl \x00\x00\x00\x00jxl ")
    return head + b"".join(boxes) + box(b"jxlc", b"\xff\x0a\x00\x10")


def svg(metadata: str = "") -> bytes:
    """Return an SVG with metadata in it."""
    drawn = '<rect width="9" height="9"/>'
    return (
        '<?xml version="1.0"?>\n<!-- drawn by hand -->\n'
        f'<svg xmlns="http://www.w3.org/2000/svg"><metadata>{metadata}</metadata>{drawn}</svg>'
    ).encode()


def avif(block: bytes, packet: bytes, brands: bytes = b"avif\x00\x00\x00\x00avifmif1") -> bytes:
    """Return the boxes of an AVIF that lead to an EXIF and an XMP item; it holds no picture."""

    def entry(number: int, kind: bytes, more: bytes = b"") -> bytes:
        return box(b"infe", b"\x02\x00\x00\x00" + struct.pack(">HH", number, 0) + kind + more)

    exif = struct.pack(">I", 0) + block
    listed = entry(1, b"Exif", b"\x00") + entry(2, b"mime", b"\x00application/rdf+xml\x00")
    iinf = box(b"iinf", b"\x00\x00\x00\x00" + struct.pack(">H", 2) + listed)

    def meta(start: int) -> bytes:
        places = ((1, start, len(exif)), (2, start + len(exif), len(packet)))
        rows = b"".join(struct.pack(">HHHII", n, 0, 1, a, b) for n, a, b in places)
        iloc = box(b"iloc", b"\x00\x00\x00\x00\x44\x00" + struct.pack(">H", 2) + rows)
        return box(b"meta", b"\x00\x00\x00\x00" + iinf + iloc)

    head = box(b"ftyp", brands)
    start = len(head) + len(meta(0)) + 8
    return head + meta(start) + box(b"mdat", exif + packet)


def rdf(properties: str, namespaces: str = "") -> str:
    """Return an XMP packet around properties."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about=""'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        f' xmlns:exif="http://ns.adobe.com/exif/1.0/" {namespaces}>{properties}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )


def claims(data: bytes, media_type: str = "image/png") -> tuple[FoundClaim, ...]:
    """Read the claims in a file."""
    return read.claims(data, media_type)


def only(data: bytes, media_type: str = "image/png") -> FoundClaim:
    """Read the only claim in a file."""
    (claim,) = claims(data, media_type)
    return claim


def found(data: bytes, media_type: str = "image/png") -> dict[str, str]:
    """Return the texts in a file by the name of their carrier."""
    return {carrier.name: carrier.text for carrier in carriers.find(data, media_type)}
