"""Texts are found in every container, in whatever encoding writers use, and nowhere else."""

from __future__ import annotations

import hashlib
import io
import struct
import time
import zlib

import pytest
from PIL import Image

from provenance_gen.metadata import carriers, exif, png, read
from tests.unit.metadata import files

WORDS = "eine rote Föhre, 松, 🌊"


def test_png_text_in_all_three_chunks() -> None:
    """UTF-8 or Latin-1, plain or deflated, before or behind the pixels."""
    data = files.png(
        files.text("parameters", WORDS),
        files.text("latin", "Föhre".encode("latin-1")),
        files.packed_text("zipped", WORDS),
        files.wide_text("wide", WORDS),
        files.wide_text("both", WORDS, packed=True),
        behind=True,
    )
    assert files.found(data) == {
        "PNG tEXt parameters": WORDS,
        "PNG tEXt latin": "Föhre",
        "PNG zTXt zipped": WORDS,
        "PNG iTXt wide": WORDS,
        "PNG iTXt both": WORDS,
    }


def test_line_feeds_survive() -> None:
    """The text is read from the chunk itself, as it stands there."""
    text = "a\n\n b \r\n\tc\n"
    assert files.found(files.png(files.wide_text("parameters", text))) == {
        "PNG iTXt parameters": text
    }


def test_the_digest_is_that_of_the_value() -> None:
    """Of a deflated text, of what it inflates to; of EXIF, with the name of the encoding."""
    text = "a\nSteps: 2, Sampler: x, Seed: 3"
    raw = hashlib.sha256(text.encode()).hexdigest()
    assert files.only(files.png(files.packed_text("parameters", text))).raw_digest == raw
    value = b"UNICODE\x00" + text.encode("utf-16-be")
    claim = files.only(files.jpeg_exif(files.user_comment(text)), "image/jpeg")
    assert claim.raw_digest == hashlib.sha256(value).hexdigest()


@pytest.mark.parametrize("big", [True, False])
@pytest.mark.parametrize("coding", ["utf-16-be", "utf-16-le", "utf-16", "utf-8"])
def test_user_comments_in_every_byte_order(coding: str, *, big: bool) -> None:
    """Writers name UTF-16 and leave its byte order to luck."""
    text = "a boat, 船\nSteps: 20, Sampler: Euler a, Seed: 1"
    data = files.jpeg_exif(files.user_comment(text, coding, big=big))
    assert files.found(data, "image/jpeg") == {"JPEG EXIF UserComment": text}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"UNICODE\x00" + b"plain {json}", "plain {json}"),
        (b"UNICODE\x00" + "松竹梅".encode("utf-16-be"), "松竹梅"),
        (b"\x00" * 8 + b"undefined", "undefined"),
        (b"JIS\x00\x00\x00\x00\x00" + "松".encode("iso2022_jp"), "松"),
        (b"no head at all", "no head at all"),
        (b"UNICODE\x00", ""),
        (b"", ""),
    ],
)
def test_odd_user_comments(value: bytes, text: str) -> None:
    """Without a head, with the wrong one, empty."""
    assert exif.user_comment(value, big=True) == text


def test_every_container() -> None:
    """JPEG, WebP with and without EXIF's head, TIFF, GIF, AVIF, HEIF, JPEG XL, SVG, PNG's EXIF."""
    block = files.user_comment("hello", "ascii")
    label = files.rdf("<Iptc4xmpExt:DigitalSourceType>x</Iptc4xmpExt:DigitalSourceType>").encode()
    cases = {
        "image/jpeg": files.jpeg(
            (0xE1, b"Exif\x00\x00" + block),
            (0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + label),
            (0xFE, b"a comment"),
        ),
        "image/webp": files.webp((b"EXIF", block), (b"XMP ", label)),
        "image/gif": files.gif(b"a comment"),
        "image/avif": files.avif(block, label),
        "image/heic": files.avif(block, label),
        "image/heif": files.avif(block, label),
        "image/jxl": files.jxl(
            files.box(b"Exif", bytes(4) + block),
            files.box(b"xml ", label),
            files.box(b"brob", b"x"),
        ),
        "image/svg+xml": files.svg(label.decode()),
        "image/png": files.png(files.chunk(b"eXIf", block)),
        "image/tiff": files.tiff([(0x010E, 2, b"a comment\x00"), (0x02BC, 1, label)]),
    }
    names = {kind: list(files.found(data, kind)) for kind, data in cases.items()}
    assert names == {
        "image/jpeg": ["JPEG EXIF UserComment", "XMP (JPEG APP1)", "JPEG comment"],
        "image/webp": ["WebP EXIF UserComment", "XMP (WebP)"],
        "image/gif": ["GIF comment"],
        "image/avif": ["AVIF EXIF UserComment", "XMP (AVIF)"],
        "image/heic": ["HEIF EXIF UserComment", "XMP (HEIF)"],
        "image/heif": ["HEIF EXIF UserComment", "XMP (HEIF)"],
        "image/jxl": ["JPEG XL EXIF UserComment", "XMP (JPEG XL)"],
        "image/svg+xml": ["XMP (SVG)"],
        "image/png": ["PNG EXIF UserComment"],
        "image/tiff": ["TIFF ImageDescription", "XMP (TIFF)"],
    }
    with_head = files.webp((b"EXIF", b"Exif\x00\x00" + block))
    assert files.found(with_head, "image/webp") == {"WebP EXIF UserComment": "hello"}
    assert files.found(b"whatever", "image/bmp") == {}
    assert files.found(b"\xff\x0a\x00\x10", "image/jxl") == {}


def test_what_pillow_writes_is_read() -> None:
    """An image library's own AVIF, GIF, WebP and TIFF."""
    label = files.rdf("<Iptc4xmpExt:DigitalSourceType>x</Iptc4xmpExt:DigitalSourceType>").encode()
    fields = Image.Exif()
    fields[0x9286] = "hello"
    for kind in ("AVIF", "WEBP", "JPEG", "PNG"):
        buffer = io.BytesIO()
        picture = Image.new("RGB", (16, 16))
        picture.save(buffer, kind, exif=fields.tobytes(), xmp=label)
        names = files.found(buffer.getvalue(), f"image/{kind.lower()}")
        assert "hello" in names.values(), kind
        assert kind == "PNG" or any(name.startswith("XMP") for name in names), kind
    buffer = io.BytesIO()
    Image.new("P", (16, 16)).save(buffer, "GIF", comment=b"a comment" * 100)
    assert files.found(buffer.getvalue(), "image/gif") == {"GIF comment": "a comment" * 100}


def test_a_gif_with_xmp() -> None:
    """The packet stands unblocked, before a trailer that leads readers of blocks to its end."""
    label = files.rdf("<Iptc4xmpExt:DigitalSourceType>x</Iptc4xmpExt:DigitalSourceType>").encode()
    trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
    data = files.encoded("GIF")
    data = data[:-1] + b"\x21\xff\x0bXMP DataXMP" + label + trailer + data[-1:]
    (carrier,) = carriers.find(data, "image/gif")
    assert carrier.raw == label
    assert carrier.properties == {"DigitalSourceType": ("x",)}


def test_bombs_are_passed_over() -> None:
    """Texts that inflate without end cost little time and memory, and the others are still read."""
    bomb = zlib.compress(b"a" * (64 << 20), 9)
    chunks = [files.chunk(b"zTXt", b"k%d\x00\x00" % n + bomb) for n in range(40)]
    data = files.png(files.text("parameters", WORDS), *chunks)
    begun = time.process_time()
    assert files.found(data) == {"PNG tEXt parameters": WORDS}
    assert time.process_time() - begun < 2
    assert png.inflate(zlib.compress(b"x" * 100), png.Budget(left=50)) is None


def test_many_texts_and_long_ones_are_bounded() -> None:
    """The first few hundred count; no text of more than a few megabytes is read."""
    many = files.png(*(files.text(f"k{n}", "v") for n in range(1000)))
    assert len(carriers.find(many, "image/png")) == carriers.MAX_CARRIERS
    assert files.found(files.png(files.text("k", b"v" * (png.MAX_TEXT + 1)))) == {}


def test_directories_that_point_in_circles() -> None:
    """Each directory is visited once, and there are no more than a few."""
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    circle = b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", 1) + entry + struct.pack("<I", 8)
    assert list(exif.entries(circle)) == []
    many = b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", 500) + entry * 500 + b"\x08\x00\x00\x00"
    assert list(exif.entries(many)) == []
    outside = files.tiff([(0x010E, 2, b"x" * 100)])[:-50]
    assert list(exif.entries(outside)) == []


def test_a_parser_that_breaks_costs_its_claim_only() -> None:
    """Nothing that a carrier holds ends the reading of the others."""
    nested = "[" * 100_000
    good = "a\nSteps: 2, Sampler: x, Seed: 3"
    data = files.png(
        files.text("prompt", nested),
        files.text("parameters", '{"a":' * 50_000),
        files.text("invokeai_metadata", "{"),
        files.text("parameters", good),
    )
    assert [claim.tool for claim in read.claims(data, "image/png")] == ["A1111-compatible"]
