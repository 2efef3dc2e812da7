"""Odd, damaged and hostile files are refused with one kind of error, or read as documented."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import time
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from provenance_gen.errors import ImageError, UnreadableImageError
from provenance_gen.images.pixels import canonical, decode, encode_png, pixel_digest

if TYPE_CHECKING:
    from pathlib import Path


def picture(size: tuple[int, int] = (40, 30)) -> Image.Image:
    """Return random colours."""
    values = np.random.default_rng(7).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(values)


def encoded(image: Image.Image, file_format: str = "PNG", **options: object) -> bytes:
    """Return the bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a PNG chunk."""
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum


def png(width: int, height: int, raw: bytes, *, bits: int = 8, colour: int = 2) -> bytes:
    """Return a PNG whose header says what we like."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999])
@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_truncated_files_are_refused(share: float, file_format: str) -> None:
    """A file cut short anywhere is no image."""
    whole = encoded(picture(), file_format)
    decode(whole)
    with pytest.raises(UnreadableImageError):
        decode(whole[: int(len(whole) * share)])


@pytest.mark.parametrize("missing", range(1, 25))
def test_png_without_its_end_is_refused(missing: int) -> None:
    """A PNG that lost its last bytes is cut short, even where all pixels are there."""
    with pytest.raises(UnreadableImageError):
        decode(encoded(picture())[:-missing])


def test_png_with_a_wrong_checksum_is_refused() -> None:
    """Damage inside the compressed pixels is noticed."""
    damaged = bytearray(encoded(picture()))
    damaged[len(damaged) // 2] ^= 1
    with pytest.raises(UnreadableImageError):
        decode(bytes(damaged))


@pytest.mark.parametrize("content", [b"", b"\0", b"hello", b"GIF89a", b"\xff\xd8\xff", b"BM" * 40])
def test_what_is_no_image_is_refused(content: bytes, tmp_path: Path) -> None:
    """Empty files, text and bare signatures are refused, whatever the file is called."""
    path = tmp_path / "text.png"
    path.write_bytes(content)
    with pytest.raises(UnreadableImageError, match=r"text\.png"):
        decode(path)
    with pytest.raises(UnreadableImageError):
        decode(content)


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=64), st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"]))
def test_damage_raises_nothing_else(noise: bytes, file_format: str) -> None:
    """Bytes overwritten in the middle of a file give an image or our error, never another."""
    content = bytearray(encoded(picture((9, 9)), file_format))
    place = zlib.crc32(noise) % len(content)
    content[place : place + len(noise)] = noise
    with contextlib.suppress(UnreadableImageError):
        decode(bytes(content)).getbbox()


def test_decompression_bomb_is_refused_from_its_header() -> None:
    """60,000 x 60,000 pixels are refused at once, without decoding any."""
    start = time.perf_counter()
    with pytest.raises(UnreadableImageError, match="limit"):
        decode(png(60_000, 60_000, b""))
    assert time.perf_counter() - start < 1


def test_limit_below_pillows_own() -> None:
    """A header above our limit and below Pillow's is refused by ours, in words with the size."""
    with pytest.raises(UnreadableImageError, match="12000 x 11000 pixels; at most 120,000,000"):
        decode(png(12_000, 11_000, b""))
    with pytest.raises(UnreadableImageError, match="at most 1,199"):
        decode(encoded(picture()), max_pixels=1_199)
    assert decode(encoded(picture()), max_pixels=1_200).size == (40, 30)


def test_large_pictures_give_no_warning() -> None:
    """Between Pillow's warning and our limit a picture is decoded in silence."""
    content = encoded(Image.new("1", (10_000, 9_500)))
    assert decode(content).size == (10_000, 9_500)


def test_messages_name_no_folder(tmp_path: Path) -> None:
    """Messages hold the last part of a name only, escaped."""
    folder = tmp_path / "secret"
    folder.mkdir()
    for path in (folder / "missing.png", folder, folder / "\x1b[31mred.png", folder / "a\0b.png"):
        with pytest.raises(UnreadableImageError) as raised:
            decode(path)
        assert str(tmp_path) not in str(raised.value)
        assert "\x1b" not in str(raised.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a POSIX matter")
def test_a_named_pipe_does_not_block(tmp_path: Path) -> None:
    """What is not a regular file is refused without being opened."""
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(UnreadableImageError, match="is not a file"):
        decode(tmp_path / "pipe.png")


def test_formats_that_are_not_on_the_list_stay_shut() -> None:
    """Pillow could open these; each further parser would be a further way in."""
    for file_format in ("PPM", "TGA", "ICO", "PCX"):
        with pytest.raises(UnreadableImageError):
            decode(encoded(picture(), file_format))


def test_text_that_unpacks_without_end_is_refused() -> None:
    """A compressed text chunk of 200 MB does not fill the memory."""
    bomb = chunk(b"zTXt", b"comment\0\0" + zlib.compress(b"a" * 200_000_000, 1))
    content = encoded(picture())
    with pytest.raises(UnreadableImageError):
        decode(content[:33] + bomb + content[33:])


def test_cmyk_jpeg() -> None:
    """A CMYK file is read by Pillow's conversion."""
    image = decode(encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95))
    assert image.mode == "CMYK"
    assert np.abs(canonical(image)[0, 0].astype(int) - [255, 0, 0, 255]).max() <= 4


def test_sixteen_bit_png() -> None:
    """16-bit grey keeps 16 bits; 16-bit colour is read with 8, which the module says."""
    grey = decode(png(2, 1, b"\0" + bytes.fromhex("0102fffe"), bits=16, colour=0))
    assert canonical(grey)[0, :, 0].tolist() == [0x0102, 0xFFFE]
    colour = decode(png(1, 1, b"\0" + bytes.fromhex("0102a0b0fffe"), bits=16, colour=2))
    assert canonical(colour)[0, 0].tolist() == [0x01, 0xA0, 0xFF, 0xFF]


def test_animation_gives_its_first_frame() -> None:
    """Of an animated GIF or WebP the first frame is read."""
    red, blue = Image.new("RGB", (8, 6), (255, 0, 0)), Image.new("RGB", (8, 6), (0, 0, 255))
    for file_format in ("GIF", "WEBP"):
        options = {"lossless": True} if file_format == "WEBP" else {}
        content = encoded(red, file_format, save_all=True, append_images=[blue], **options)
        assert pixel_digest(decode(content)) == pixel_digest(red)


def test_exif_orientation_is_not_applied() -> None:
    """A turned JPEG is read as its pixels lie; the tag stays readable."""
    exif = Image.Exif()
    exif[274] = 6
    image = decode(encoded(picture(), "JPEG", exif=exif))
    assert image.size == (40, 30)
    assert image.getexif()[274] == 6
    assert pixel_digest(image) == pixel_digest(decode(encoded(picture(), "JPEG")))


def test_one_pixel(tmp_path: Path) -> None:
    """The smallest picture is a picture."""
    path = tmp_path / "one.png"
    path.write_bytes(encoded(Image.new("L", (1, 1), 3)))
    assert canonical(decode(path)).tolist() == [[[3, 3, 3, 255]]]


def test_the_file_can_be_removed_after_reading(tmp_path: Path) -> None:
    """Decoding is complete: the file is closed, also that of an animation."""
    path = tmp_path / "frames.gif"
    picture().save(path, save_all=True, append_images=[Image.new("RGB", (40, 30))])
    image = decode(path)
    path.unlink()
    assert canonical(image).shape == (30, 40, 4)


def test_a_lazily_opened_image_that_proves_damaged() -> None:
    """An image that somebody else opened and nobody read yet is refused when its pixels are."""
    for part in (canonical, pixel_digest, encode_png):
        with (
            Image.open(io.BytesIO(encoded(picture())[:2000])) as lazy,
            pytest.raises(UnreadableImageError),
        ):
            part(lazy)


def test_a_multi_picture_jpeg_gives_its_first() -> None:
    """Cameras put a second picture behind the first."""
    content = encoded(picture(), "MPO", save_all=True, append_images=[Image.new("RGB", (40, 30))])
    assert pixel_digest(decode(content)) == pixel_digest(decode(encoded(picture(), "JPEG")))


def test_warning_filters_survive_threads() -> None:
    """Decoding in many threads at once leaves the process's warnings as they were."""
    before = list(warnings.filters)
    content = encoded(picture())
    with ThreadPoolExecutor(8) as pool:
        digests = set(pool.map(lambda _: pixel_digest(decode(content)), range(64)))
    assert digests == {pixel_digest(picture())}
    assert warnings.filters == before


def test_floating_point_tiff_is_an_image_without_a_form() -> None:
    """A TIFF of floating point is decoded, and refused when its pixels are asked for."""
    content = encoded(Image.new("F", (2, 2), 0.5), "TIFF")
    with pytest.raises(ImageError, match="floating-point"):
        canonical(decode(content))
