"""Text in the lowest bits of pixels ("stealth" info of NovelAI, SwarmUI and reForge).

Bits run down each column, columns from left to right: in the alpha channel one a pixel, in colour
three (red, green, blue). A name of 15 bytes comes first, then the length in bits as 32 bits,
big-endian, then UTF-8, gzipped where the name says so.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from PIL import Image

from provenance_gen.metadata.carriers import Carrier

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

_NAMES: Final = {
    b"stealth_pnginfo": ("alpha", False),
    b"stealth_pngcomp": ("alpha", True),
    b"stealth_rgbinfo": ("rgb", False),
    b"stealth_rgbcomp": ("rgb", True),
}
_HEAD_BITS: Final = 8 * 15 + 32
_MAX_BITS: Final = 8 * (8 << 20)
_MAX_TEXT: Final = 8 << 20
_GZIP: Final = 16 + zlib.MAX_WBITS
_LOWEST: Final = bytes(ord("0") + (value & 1) for value in range(256))


def find(picture: Picture) -> tuple[Carrier, ...]:
    """Return what stands in the pixels; most pictures hold nothing and cost two looks.

    Args:
        picture: decoded, RGB or RGBA; of other modes nothing is read.
    """
    found = []
    if picture.mode == "RGBA":
        found.append(_read(picture, "alpha"))
    if picture.mode in ("RGB", "RGBA"):
        found.append(_read(picture, "rgb"))
    return tuple(carrier for carrier in found if carrier is not None)


def _read(picture: Picture, where: str) -> Carrier | None:
    head = _bits(picture, where, _HEAD_BITS)
    if len(head) < _HEAD_BITS:
        return None
    name = int(head[:120], 2).to_bytes(15, "big")
    if _NAMES.get(name, ("", False))[0] != where:
        return None
    length = int(head[120:], 2)
    if length % 8 or not 0 < length <= _MAX_BITS:
        return None
    bits = _bits(picture, where, _HEAD_BITS + length)[_HEAD_BITS:]
    if len(bits) < length:
        return None
    value = int(bits, 2).to_bytes(length // 8, "big")
    if _NAMES[name][1]:
        unpacked = _unpacked(value)
        if unpacked is None:
            return None
        value = unpacked
    return Carrier("stealth", where, value.decode("utf-8", "replace"), value)


def _bits(picture: Picture, where: str, count: int) -> bytes:
    """Return the lowest bits as digits, column by column; fewer where the picture is smaller."""
    bands = 1 if where == "alpha" else 3
    columns = -(-count // (bands * max(1, picture.height)))
    part = picture.crop((0, 0, min(columns, picture.width), picture.height))
    part = part.getchannel("A") if where == "alpha" else part.convert("RGB")
    values = part.transpose(Image.Transpose.TRANSPOSE).tobytes()
    return values[:count].translate(_LOWEST)


def _unpacked(value: bytes) -> bytes | None:
    machine = zlib.decompressobj(_GZIP)
    try:
        found = machine.decompress(value, _MAX_TEXT + 1)
    except zlib.error:
        return None
    return found if machine.eof and len(found) <= _MAX_TEXT else None
