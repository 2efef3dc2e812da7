"""Canonical form, identity and lossless encoding of pixels."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from provenance_gen.errors import ImageError
from provenance_gen.images.decoding import cut
from provenance_gen.images.pixels import (
    array_digest,
    bands,
    canonical,
    decode,
    depth,
    encode_png,
    pixel_digest,
)

RELAXED = settings(deadline=None, max_examples=60)
"""The machine that runs the tests may be busy."""

sizes = st.tuples(st.integers(1, 12), st.integers(1, 12))


def noise(size: tuple[int, int], seed: int, channels: int = 4, levels: int = 256) -> Image.Image:
    """Return random pixels as L, RGB or RGBA."""
    width, height = size
    generator = np.random.default_rng(seed)
    values = generator.integers(0, levels, (height, width, channels), dtype=np.uint8)
    return Image.fromarray(values[..., 0] if channels == 1 else values)


def saved(image: Image.Image, file_format: str, **options: Any) -> Image.Image:
    """Encode and decode again."""
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return decode(buffer.getvalue())


@RELAXED
@given(sizes, st.integers(0, 2**32 - 1), st.sampled_from([1, 3, 4]))
def test_lossless_files_keep_the_digest(size: tuple[int, int], seed: int, channels: int) -> None:
    """A picture re-encoded as PNG, WebP or TIFF without loss keeps its identity."""
    image = noise(size, seed, channels)
    expected = pixel_digest(image)
    assert pixel_digest(saved(image, "PNG")) == expected
    assert pixel_digest(saved(image, "TIFF", compression="tiff_lzw")) == expected
    if channels > 1:
        assert pixel_digest(saved(image, "WEBP", lossless=True, exact=True)) == expected
    assert pixel_digest(decode(encode_png(image))) == expected


@RELAXED
@given(sizes, st.integers(0, 2**32 - 1))
def test_grey_is_one_picture_in_every_mode(size: tuple[int, int], seed: int) -> None:
    """Grey as L, LA, RGB, RGBA and palette has one digest."""
    grey = noise(size, seed, 1)
    palette = Image.new("P", grey.size)
    palette.putpalette([value for level in range(256) for value in (level, level, level)])
    palette.putdata(list(grey.tobytes()))
    others = [grey.convert(mode) for mode in ("LA", "RGB", "RGBA", "RGBX")]
    others += [palette, saved(palette, "PNG"), saved(palette, "GIF")]
    assert {pixel_digest(other) for other in others} == {pixel_digest(grey)}


@RELAXED
@given(sizes, st.integers(0, 2**32 - 1))
def test_black_and_white_is_one_picture(size: tuple[int, int], seed: int) -> None:
    """One bit a pixel has the digest of the same picture in colour."""
    bits = noise(size, seed, 1).point(lambda value: 255 * (value > 127)).convert("1")
    assert pixel_digest(bits) == pixel_digest(bits.convert("RGB"))
    assert pixel_digest(saved(bits, "PNG")) == pixel_digest(saved(bits, "TIFF"))


@RELAXED
@given(sizes, st.integers(0, 2**32 - 1))
def test_palette_with_transparency(size: tuple[int, int], seed: int) -> None:
    """A palette with transparent entries has the digest of the same picture as RGBA."""
    image = Image.new("P", size)
    generator = np.random.default_rng(seed)
    image.putpalette(generator.integers(0, 256, 12, dtype=np.uint8).tobytes())
    image.putdata(generator.integers(0, 4, size[0] * size[1]).tolist())
    image.info["transparency"] = bytes([0, 255, 100, 7])
    assert pixel_digest(image) == pixel_digest(image.convert("RGBA"))
    assert pixel_digest(saved(image, "PNG")) == pixel_digest(image)
    assert pixel_digest(decode(encode_png(image))) == pixel_digest(image)


@RELAXED
@given(sizes, st.integers(0, 2**32 - 1))
def test_sixteen_bits(size: tuple[int, int], seed: int) -> None:
    """16-bit grey keeps its depth and digest in every byte order and lossless file."""
    values = np.random.default_rng(seed).integers(0, 65536, size[::-1]).astype(np.uint16)
    image = Image.fromarray(values)
    big = Image.frombytes("I;16B", size, values.astype(">u2").tobytes())
    expected = pixel_digest(image)
    assert depth(image) == 16
    assert canonical(image).dtype == np.uint16
    assert np.array_equal(canonical(image)[..., 1], values)
    same = [big, image.convert("I"), saved(image, "PNG"), saved(image, "TIFF")]
    assert {pixel_digest(other) for other in [*same, decode(encode_png(big))]} == {expected}


def test_digest_is_what_the_documentation_says() -> None:
    """The digest can be computed from its description alone."""
    image = noise((3, 2), 1)
    header = b"provenance-gen pixels 1\n" + b"".join(n.to_bytes(8, "big") for n in (3, 2, 8))
    assert pixel_digest(image) == hashlib.sha256(header + image.tobytes()).hexdigest()
    deep = Image.fromarray(np.array([[1, 65535]], dtype=np.uint16))
    header = b"provenance-gen pixels 1\n" + b"".join(n.to_bytes(8, "big") for n in (2, 1, 16))
    content = bytes.fromhex("000100010001ffff" + "ffffffffffffffff")
    assert pixel_digest(deep) == hashlib.sha256(header + content).hexdigest()


@RELAXED
@given(sizes, st.integers(0, 2**32 - 1), st.data())
def test_one_changed_value_changes_the_digest(
    size: tuple[int, int], seed: int, data: st.DataObject
) -> None:
    """Any change of one channel of one pixel gives another identity, below alpha 0 as well."""
    values = np.array(noise(size, seed))
    before = pixel_digest(Image.fromarray(values))
    place = data.draw(st.integers(0, values.size - 1))
    values.reshape(-1)[place] ^= data.draw(st.integers(1, 255))
    assert pixel_digest(Image.fromarray(values)) != before


def test_shape_is_part_of_the_identity() -> None:
    """The same bytes in another shape are another picture."""
    assert pixel_digest(Image.new("RGB", (2, 6))) != pixel_digest(Image.new("RGB", (6, 2)))


@RELAXED
@given(sizes, st.integers(0, 2**32 - 1), st.integers(1, 13))
def test_bands_make_up_the_whole(size: tuple[int, int], seed: int, rows: int) -> None:
    """Bands of any height, put together, are the canonical form."""
    image = noise(size, seed)
    assert np.array_equal(np.concatenate(list(bands(image, rows=rows))), canonical(image))


@pytest.mark.parametrize(
    "mode",
    ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"],
)
def test_every_mode_has_a_form_that_png_keeps(mode: str) -> None:
    """Each of Pillow's 8-bit modes is encoded so that its digest stays."""
    image = Image.new(mode, (3, 2))
    assert canonical(image).shape == (2, 3, 4)
    assert pixel_digest(decode(encode_png(image))) == pixel_digest(image)


@pytest.mark.parametrize("image", [Image.new("F", (2, 2)), Image.new("I", (2, 2), 70_000)])
def test_pixels_without_a_form_are_refused(image: Image.Image) -> None:
    """Floating point and large integers are refused rather than cut, which would merge pictures."""
    with pytest.raises(ImageError):
        pixel_digest(image)


@pytest.mark.parametrize(("mode", "kept"), [("RGB", "RGB"), ("RGBA", "RGBA"), ("L", "L")])
def test_png_keeps_the_mode_and_no_metadata(mode: str, kept: str) -> None:
    """Text, profile, EXIF and resolution do not enter an encoded file."""
    image = Image.new(mode, (4, 3), 7)
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", "a secret prompt")
    exif = Image.Exif()
    exif[274] = 6
    dirty = saved(image, "PNG", pnginfo=text, exif=exif, dpi=(300, 300), icc_profile=b"profile")
    assert {"parameters", "exif", "icc_profile"} <= dirty.info.keys()
    clean = encode_png(dirty)
    assert decode(clean).mode == kept
    assert decode(clean).info == {}
    assert b"secret" not in clean
    assert dirty.info["parameters"] == "a secret prompt"


def test_sixteen_bit_colour_key_is_kept() -> None:
    """A transparent value of a 16-bit grey PNG becomes alpha and survives encoding."""
    image = Image.fromarray(np.array([[5, 6]], dtype=np.uint16))
    image.info["transparency"] = 6
    assert canonical(image)[0, :, 3].tolist() == [65535, 0]
    assert pixel_digest(decode(encode_png(image))) == pixel_digest(image)


def test_array_digest_ignores_layout_and_byte_order() -> None:
    """The same numbers have one digest, however they lie in memory."""
    array = np.arange(6, dtype="<f4").reshape(2, 3)
    expected = hashlib.sha256(b"provenance-gen array 1\n<f4 2,3\n" + array.tobytes()).hexdigest()
    same: list[npt.NDArray[Any]] = [array, array.astype(">f4"), np.asfortranarray(array)]
    assert {array_digest(other) for other in same} == {expected}


def test_array_digest_tells_shape_and_type() -> None:
    """Other shapes and types are other arrays, also without elements or dimensions."""
    different: list[npt.NDArray[Any]] = [
        np.zeros((2, 3), "f4"),
        np.zeros((3, 2), "f4"),
        np.zeros((2, 3), "i4"),
        np.zeros((2, 3), "f2"),
        np.zeros((0,), "f4"),
        np.zeros((), "f4"),
        np.zeros((1,), "f4"),
        np.zeros((2, 3), "?"),
    ]
    assert len({array_digest(array) for array in different}) == len(different)


def test_array_digest_refuses_objects() -> None:
    """An array of Python objects has no bytes of its own."""
    with pytest.raises(ImageError, match="object"):
        array_digest(np.array([object()]))


def test_a_large_part_is_cut_without_a_word() -> None:
    """Pillow warns above 89 million pixels, which we accept; here a warning is an error."""
    large = Image.new("L", (10_000, 9_100))
    assert large.width * large.height > (Image.MAX_IMAGE_PIXELS or 0)
    with pytest.warns(Image.DecompressionBombWarning):
        large.crop((0, 0, 10_000, 9_000))
    assert cut(large, (0, 0, 10_000, 9_000)).size == (10_000, 9_000)
