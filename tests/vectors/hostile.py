"""Files made to harm whoever reads them: bombs, circles, depths, and lengths that are no lengths.

Nothing here makes a parser abort. Each is put together byte by byte from the published format.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING, Final

from tests.unit.metadata import files
from tests.vectors.vector import Vector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _png(width: int, height: int, raw: bytes, *extra: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (
        files.chunk(b"IHDR", header),
        *extra,
        files.chunk(b"IDAT", zlib.compress(raw)),
        files.chunk(b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _tiff(*directories: bytes) -> bytes:
    return b"II*\x00\x08\x00\x00\x00" + b"".join(directories)


def _entry(tag: int, kind: int, count: int, value: int) -> bytes:
    return struct.pack("<HHII", tag, kind, count, value)


def _gif(frames: int) -> bytes:
    frame = b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
    return b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff" + frame * frames + b";"


def _nested(depth: int) -> str:
    return '{"1":{"class_type":"KSampler","inputs":{"positive":' + "[" * depth + "]" * depth + "}}}"


def _boxes(depth: int) -> bytes:
    """Boxes in boxes in a manifest's chunk, each as long as it says."""
    inner = b""
    for _ in range(depth):
        inner = (8 + len(inner)).to_bytes(4, "big") + b"jumb" + inner
    return inner


CASES: Final[dict[str, Callable[[], bytes]]] = {
    "60,000 x 60,000 pixels in a header": lambda: _png(60_000, 60_000, b""),
    "30,000 x 30,000 pixels in a header": lambda: _png(30_000, 30_000, b"\x00" * 1000),
    "2,147,483,647 pixels wide": lambda: _png(2**31 - 1, 1, b""),
    "a picture that inflates to 75 MB": lambda: _png(5_000, 5_000, bytes(75_005_000)),
    "a text that inflates to 80 MB": lambda: _png(
        1,
        1,
        b"\x00" * 4,
        files.chunk(b"zTXt", b"parameters\x00\x00" + zlib.compress(bytes(80 << 20))),
    ),
    "a profile that inflates to 80 MB": lambda: _png(
        1, 1, b"\x00" * 4, files.chunk(b"iCCP", b"a\x00\x00" + zlib.compress(bytes(80 << 20)))
    ),
    "twenty thousand texts": lambda: _png(
        1, 1, b"\x00" * 4, files.chunk(b"tEXt", b"parameters\x00Steps: 1") * 20_000
    ),
    "a graph a million lists deep": lambda: files.png(files.text("prompt", _nested(1_000_000))),
    "a graph that links to itself": lambda: files.png(
        files.text(
            "prompt", '{"1":{"class_type":"KSampler","inputs":{"positive":["1",0],"seed":["1",0]}}}'
        )
    ),
    "a directory that is its own next": lambda: _tiff(
        struct.pack("<H", 1) + _entry(0x0100, 3, 1, 1) + struct.pack("<I", 8)
    ),
    "two directories in a circle": lambda: _tiff(
        struct.pack("<H", 0) + struct.pack("<I", 14), struct.pack("<H", 0) + struct.pack("<I", 8)
    ),
    "directories inside themselves": lambda: _tiff(
        struct.pack("<H", 2)
        + _entry(0x8769, 4, 1, 8)
        + _entry(0x014A, 4, 1, 8)
        + struct.pack("<I", 8)
    ),
    "a tag of four thousand million values": lambda: _tiff(
        struct.pack("<H", 1) + _entry(0x010E, 2, 2**32 - 1, 8) + struct.pack("<I", 0)
    ),
    "a manifest of boxes in boxes": lambda: _png(
        1, 1, b"\x00" * 4, files.chunk(b"caBX", _boxes(3_000))
    ),
    "a manifest of zeros": lambda: _png(1, 1, b"\x00" * 4, files.chunk(b"caBX", bytes(1 << 20))),
    "a chunk longer than the file": lambda: _png(1, 1, b"")[:33] + b"\xff\xff\xff\xffcaBX",
    "five thousand frames": lambda: _gif(5_000),
    "boxes of no length": lambda: b"\x00\x00\x00\x1cftypavif" + bytes(16) + bytes(100_000),
    "a box as long as can be": lambda: (
        b"\x00\x00\x00\x1cftypavif" + bytes(16) + b"\x00\x00\x00\x01meta" + b"\xff" * 8
    ),
    "a RIFF chunk of four thousand million": lambda: (
        b"RIFF\xff\xff\xff\xffWEBPVP8X\xff\xff\xff\xff" + bytes(64)
    ),
    "two hundred thousand markers": lambda: (
        b"\xff\xd8" + b"\xff\xe1\x00\x02" * 200_000 + b"\xff\xd9"
    ),
}

_READ: Final = {
    "a picture that inflates to 75 MB",
    "twenty thousand texts",
    "a graph a million lists deep",
    "a graph that links to itself",
    "five thousand frames",
}
"""Pictures that are within every limit, or whose harm lies in a part that is passed over."""

_MANIFESTS: Final = {"a manifest of boxes in boxes", "a manifest of zeros"}
"""Pictures that can be seen, with a manifest that cannot be read."""

_ENDINGS: Final = {
    b"\x89PNG": "png",
    b"II*\x00": "tif",
    b"GIF8": "gif",
    b"RIFF": "webp",
    b"\xff\xd8\xff\xe1": "jpg",
    b"\x00\x00\x00\x1c": "avif",
}


def vectors() -> Iterator[Vector]:
    """Yield each file, with the verdict that it may cost and nothing more."""
    for name, make in CASES.items():
        data = make()
        verdict = "unreadable"
        failed: tuple[tuple[int, str], ...] = ((1, "provgen.file.unreadable"), (2, _NONE))
        if name in _READ:
            verdict, failed = "unsigned", ((2, _NONE),)
        elif name in _MANIFESTS:
            verdict, failed = "invalid", ((2, "provgen.manifest.unreadable"),)
        slug = re.sub(r"[^a-z0-9]+", "-", name)
        yield Vector(
            f"hostile/{slug}.{_ENDINGS[data[:4]]}",
            name,
            data,
            (verdict,),
            failed=failed,
            claims=_CLAIMS.get(name, ()),
        )


_NONE: Final = "provgen.manifest.none"
_CLAIMS: Final = {"a graph that links to itself": (("ComfyUI", "PNG tEXt prompt"),)}
