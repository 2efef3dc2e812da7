"""Kinds of files by their content, and manifest stores taken out of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.credentials import container
from provenance_gen.digests import sha256_hex
from tests.unit.credentials import samples, tamper

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
        b"GIF89a": "image/gif",
        b"II*\x00": "image/tiff",
        b"hello": None,
        b"": None,
    }
    assert {data: container.media_type(data) for data in cases} == cases


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
