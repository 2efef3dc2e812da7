"""Files made to harm whoever reads them: each costs one verdict, within limits, and no exception.

Nothing here makes the C2PA library abort; how a worker that dies is survived is in ``test_worker``.
"""

from __future__ import annotations

import json
import resource
import struct
import time
import zlib
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from provenance_gen.credentials import container
from provenance_gen.records.verdict import Verdict
from provenance_gen.studio.child import Limits
from provenance_gen.studio.inspect import inspect_bytes
from provenance_gen.studio.judge import judge
from provenance_gen.studio.verify import verify_all
from tests.unit.credentials import foreign, samples
from tests.unit.metadata import files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WHO: Final = foreign.stranger()
SECONDS: Final = 20.0
SCHEMA: Final = Draft202012Validator(Verdict.json_schema())


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


def test_hostile_files_cost_one_verdict_each(tmp_path: Path) -> None:
    """None takes long or much memory, all are answered, and the good one among them is valid."""
    paths = []
    for number, make in enumerate(CASES.values()):
        paths.append(tmp_path / f"{number}")
        paths[-1].write_bytes(make())
    good = tmp_path / "good.png"
    good.write_bytes(foreign.sign(samples.encoded(), "image/png", WHO)[0])
    begun = time.monotonic()
    limits = Limits(seconds=SECONDS, memory=3 << 30)
    found = verify_all([*paths, good], trust_pem=WHO.root, limits=limits)
    for name, verdict in zip(CASES, found, strict=False):
        assert verdict.verdict in ("unreadable", "unsigned", "invalid"), name
        assert "longer than" not in verdict.summary, name
        assert "died" not in verdict.summary, name
        SCHEMA.validate(json.loads(json.dumps(verdict.as_json())))
    assert found[-1].verdict == "trusted"
    assert time.monotonic() - begun < 2 * SECONDS
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert largest < 2 << 20  # kB


def _whole(kind: str) -> bytes:
    return foreign.sign(samples.encoded(kind.upper(), size=16), f"image/{kind}", WHO)[0]


WHOLE: Final = {kind: _whole(kind) for kind in ("png", "jpeg", "webp", "avif", "tiff")}


@st.composite
def outside_the_manifest(draw: st.DrawFn) -> bytes:
    """Draw a signed file with bytes changed, cut out, doubled or put in, its manifest left whole.

    What a damaged manifest does to the native parser is for a process of its own to find out.
    """
    data = WHOLE[draw(st.sampled_from(sorted(WHOLE)))]
    store = container.manifest_store(data) or b""
    head, body, tail = data.partition(store)
    if data.startswith(b"\x89PNG"):
        # The checksum of the chunk that holds the manifest belongs to it: nothing of the picture
        # hangs on it, and what it covers is signed.
        body, tail = body + tail[:4], tail[4:]
    part = bytearray(draw(st.sampled_from([head, tail])))
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, max(0, len(part) - 1)))
        how = draw(st.integers(0, 3))
        if how == 0 and part:
            part[place] ^= draw(st.integers(1, 255))
        elif how == 1:
            del part[place : place + draw(st.integers(1, 40))]
        elif how == 2:
            part[place:place] = part[place : place + draw(st.integers(1, 40))]
        else:
            part[place : place + 4] = draw(st.binary(min_size=4, max_size=4))
    return bytes(part) + body + tail if draw(st.booleans()) else head + body + bytes(part)


def check_verdict(data: bytes) -> None:
    """Judge bytes; whatever they are there is a verdict, and what was changed is never valid."""
    begun = time.process_time()
    found = inspect_bytes(data, ())
    verdict = judge("x", found, (), (), samples.NOW)
    SCHEMA.validate(json.loads(json.dumps(verdict.as_json())))
    if data not in WHOLE.values():
        assert verdict.verdict not in ("trusted", "valid")
    assert time.process_time() - begun < 5


QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)


@QUICK
@given(outside_the_manifest())
def test_no_damage_escapes_the_verdict(data: bytes) -> None:
    """Whole files with a few bytes changed around their manifest."""
    check_verdict(data)


@QUICK
@given(st.sampled_from([whole[:48] for whole in WHOLE.values()]), st.binary(max_size=400))
def test_random_bytes_get_a_verdict(head: bytes, data: bytes) -> None:
    """Bytes that begin as a file of a kind does."""
    check_verdict(head + data)


@pytest.mark.slow
@settings(QUICK, max_examples=20_000)
@given(outside_the_manifest())
def test_no_damage_escapes_the_verdict_for_long(data: bytes) -> None:
    """The same as in the quick run, many more times."""
    check_verdict(data)
