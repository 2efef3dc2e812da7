"""Ways of tampering with a signed PNG or JPEG; each must change the bytes it is given."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from provenance_gen.credentials import container

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_PNG: Final = b"\x89PNG\r\n\x1a\n"


def pixel(data: bytes, _other: bytes) -> bytes:
    """Change the picture a little and nothing else."""
    if not data.startswith(_PNG):
        place = len(data) - 40
        while data[place] in (0x00, 0xFE, 0xFF) or data[place - 1] == 0xFF:
            place -= 1
        return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
    chunks = list(container.png_chunks(data))
    raw = bytearray(zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT")))
    raw[len(raw) // 2] ^= 1
    kept = [(kind, body) for kind, body in chunks if kind not in (b"IDAT", b"IEND")]
    return _png([*kept, (b"IDAT", zlib.compress(bytes(raw))), (b"IEND", b"")])


def appended(data: bytes, _other: bytes) -> bytes:
    """Append one byte."""
    return data + b"\x00"


def text(data: bytes, _other: bytes) -> bytes:
    """Add a comment."""
    if data.startswith(_PNG):
        chunks = list(container.png_chunks(data))
        return _png([*chunks[:-1], (b"tEXt", b"Comment\x00hello"), chunks[-1]])
    place = _scan(data)
    return data[:place] + b"\xff\xfe\x00\x07hello" + data[place:]


def transplanted(data: bytes, other: bytes) -> bytes:
    """Put another file's manifest in."""
    if data.startswith(_PNG):
        theirs = container.manifest_store(other) or b""
        return _png(
            (kind, theirs if kind == b"caBX" else body) for kind, body in container.png_chunks(data)
        )
    theirs_head = other[: _scan(other)]
    return theirs_head + data[_scan(data) :]


def assertion(data: bytes, _other: bytes) -> bytes:
    """Change a statement: the AI mark becomes another word of the same length."""
    return _patched(data, b"trainedAlgorithmicMedia", b"trainedAlgorithmicMedib")


def claim(data: bytes, _other: bytes) -> bytes:
    """Change the claim: the title."""
    return _patched(data, b"harbour.png", b"harbour.pns")


def removed(data: bytes, _other: bytes) -> bytes:
    """Take the manifest out and nothing else."""
    if data.startswith(_PNG):
        return _png((k, body) for k, body in container.png_chunks(data) if k != b"caBX")
    store = container.manifest_store(data) or b""
    place = data.index(store[:64]) - 12
    length = int.from_bytes(data[place + 2 : place + 4], "big")
    return data[:place] + data[place + 2 + length :]


def cut(data: bytes, part: float) -> bytes:
    """Keep the beginning."""
    return data[: int(len(data) * part)]


MATRIX: Final[dict[str, tuple[Callable[[bytes, bytes], bytes], str, int, str]]] = {
    "pixel": (pixel, "invalid", 3, "assertion.dataHash.mismatch"),
    "appended byte": (appended, "invalid", 3, "assertion.dataHash.mismatch"),
    "text": (text, "invalid", 3, "assertion.dataHash.mismatch"),
    "transplanted manifest": (transplanted, "invalid", 3, "assertion.dataHash.mismatch"),
    "assertion": (assertion, "invalid", 4, "assertion.hashedURI.mismatch"),
    "claim": (claim, "invalid", 4, "claimSignature.mismatch"),
    "removed manifest": (removed, "unsigned", 2, "provgen.manifest.none"),
}
"""The tampering, the verdict it must get, and the step and code that must catch it."""


def _patched(data: bytes, old: bytes, new: bytes) -> bytes:
    """Replace within the manifest store, with the PNG's checksums made right again."""
    assert len(old) == len(new)
    assert old in (container.manifest_store(data) or b"")
    if not data.startswith(_PNG):
        return data.replace(old, new, 1)
    return _png(
        (kind, body.replace(old, new, 1) if kind == b"caBX" else body)
        for kind, body in container.png_chunks(data)
    )


def _png(chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    parts = [_PNG]
    for kind, body in chunks:
        checksum = zlib.crc32(kind + body).to_bytes(4, "big")
        parts += [len(body).to_bytes(4, "big"), kind, body, checksum]
    return b"".join(parts)


def _scan(data: bytes) -> int:
    """Return where a JPEG's first scan begins."""
    place = 2
    for _marker, body in container.jpeg_segments(data):
        place += 4 + len(body)
    return place
