"""Kinds of files by their content, and manifest stores taken out of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.credentials import container
from provenance_gen.digests import sha256_hex
from tests.unit.credentials import foreign, samples, tamper
from tests.unit.metadata.files import avif, jxl

if TYPE_CHECKING:
    from pathlib import Path


def test_kinds_by_content() -> None:
    """A name is never asked."""
    cases = {
        samples.encoded("PNG"): "image/png",
        samples.encoded("JPEG"): "image/jpeg",
        b"RIFF\x00\x00\x00\x00WEBPVP8 ": "image/webp",
        b"\x00\x00\x00\x1cftypavif": "image/avif",
        b"\x00\x00\x00\x1cftypqt  ": None,
        # Cameras and libraries begin with a brand that says little, and name the rest behind it.
        _brands(b"heix", b"mif1"): "image/heic",
        _brands(b"mif1", b"heic", b"miaf"): "image/heic",
        _brands(b"mif1", b"miaf", b"avif"): "image/avif",
        _brands(b"mif1", b"miaf"): "image/heif",
        _brands(b"mp42", b"isom", b"heic"): None,
        b"\xff\x0a\x00\x10": "image/jxl",
        b"\x00\x00\x00\x0cJXL \r\n\x87\n": "image/jxl",
        b"<svg>": "image/svg+xml",
        b'\xef\xbb\xbf <?xml version="1.0"?><!-- a --><!DOCTYPE svg><svg x="1"/>': "image/svg+xml",
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD" "x" [\n<!ENTITY a "b">\n]><svg>': "image/svg+xml",
        b'<!DOCTYPE svg [<!ENTITY a "b">': None,
        b"<svgx>": None,
        b"<!DOCTYPE html><html><svg></svg></html>": None,
        b"<!--" * 2_000: None,
        b"GIF89a": "image/gif",
        b"II*\x00": "image/tiff",
        b"hello": None,
        b"": None,
    }
    assert {data: container.media_type(data) for data in cases} == cases


def _brands(first: bytes, *more: bytes) -> bytes:
    body = first + bytes(4) + b"".join(more)
    return (8 + len(body)).to_bytes(4, "big") + b"ftyp" + body


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("image/heic", avif(b"", b"x", b"heic\x00\x00\x00\x00mif1")),
        ("image/heif", avif(b"", b"x", b"mif1\x00\x00\x00\x00miaf")),
        ("image/jxl", jxl()),
    ],
)
def test_stores_in_kinds_that_are_only_read(kind: str, data: bytes) -> None:
    """What the library writes into them is found, and is what the library returns."""
    assert container.media_type(data) == kind
    assert container.manifest_store(data) is None
    made, store = foreign.sign(data, kind, foreign.stranger())
    assert container.manifest_store(made) == store
    assert kind in container.SEARCHED
    assert [container.is_whole(one) for one in (data, made, made[:-1], made + b"x")] == [
        True,
        True,
        False,
        False,
    ]
    assert all(container.is_whole(one) for one in (b"\xff\x0a\x00\x10", b"<svg>", b"%PDF-1.7"))


def test_no_store_in_unsigned_files(signed: dict[str, Path]) -> None:
    """Nor in one whose store was taken out."""
    for kind in ("PNG", "JPEG"):
        assert container.manifest_store(samples.encoded(kind)) is None
        data = signed[kind.lower()].read_bytes()
        assert container.manifest_store(data) is not None
        assert container.manifest_store(tamper.removed(data, b"")) is None


def test_a_store_over_many_segments(tmp_path: Path, keys: samples.Keys) -> None:
    """A JPEG segment holds 64 KiB; a longer store is joined from several."""
    made = samples.definition(media_type="image/jpeg")
    made["assertions"].append({"label": "org.provenance-gen.test", "data": {"x": "y" * 200_000}})
    target, result = samples.sign(tmp_path, keys, "large.jpg", made)
    store = container.manifest_store(target.read_bytes())
    assert store is not None
    assert len(store) > 200_000
    # Signing compared it with the bytes that the library itself returned.
    assert sha256_hex(store) == result.manifest_digest


@given(st.binary(max_size=200))
def test_hostile_bytes_are_no_store(data: bytes) -> None:
    """Whatever does not fit the format ends the search."""
    for head in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8"):
        assert container.manifest_store(head + data) is None or data
