"""Operations that move pixels."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from provenance_gen.editing.measure import shown
from provenance_gen.editing.operations import crop, flip, resize, rotate, straighten
from provenance_gen.errors import ImageError, UnreadableImageError, UsageError
from provenance_gen.images.pixels import canonical, depth, encode_png


def picture(width: int = 6, height: int = 4) -> Image.Image:
    """Return random colours."""
    generator = np.random.default_rng(5)
    return Image.fromarray(generator.integers(0, 256, (height, width, 3), dtype=np.uint8))


def test_crop() -> None:
    """A crop keeps exactly its box, records it, and leaves the image given as it is."""
    image = picture()
    before = image.tobytes()
    result, done = crop(image, left=1, top=2, width=4, height=2)
    assert np.array_equal(canonical(result), canonical(image)[2:4, 1:5])
    assert (done.name, done.action) == ("crop", "c2pa.cropped")
    assert done.numbers == {"left": "1", "top": "2", "width": "4", "height": "2"}
    assert (done.width, done.height, done.region) == (4, 2, None)
    assert image.tobytes() == before


@pytest.mark.parametrize(
    ("box", "word"),
    [
        ((-1, 0, 2, 2), "left"),
        ((6, 0, 1, 1), "left must be a whole number from 0 to 5, not 6"),
        ((0, 4, 1, 1), "top"),
        ((5, 0, 2, 1), "width must be a whole number from 1 to 1, not 2"),
        ((0, 0, 0, 1), "width"),
        ((0, 3, 1, 2), "height"),
        ((0, 0, 1, 10**30), "height"),
    ],
)
def test_crop_outside_the_image(box: tuple[int, int, int, int], word: str) -> None:
    """A box that is empty or leaves the image is refused, with what is allowed."""
    left, top, width, height = box
    with pytest.raises(UsageError, match=word):
        crop(picture(), left=left, top=top, width=width, height=height)


def test_resize() -> None:
    """A resized image has the size asked for; even colour stays even."""
    result, done = resize(Image.new("RGBA", (9, 9), (10, 20, 30, 200)), width=4, height=30)
    assert result.size == (4, 30)
    assert done.action == "c2pa.resized"
    assert np.abs(canonical(result).astype(int) - [10, 20, 30, 200]).max() <= 1


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (-3, 5), (65_536, 1), (60_000, 60_000)])
def test_resize_to_an_impossible_size(size: tuple[int, int]) -> None:
    """No pixels, or far too many, are refused before any memory is taken."""
    with pytest.raises(UsageError):
        resize(picture(), width=size[0], height=size[1])


@pytest.mark.parametrize(("turns", "counter"), [(1, 3), (2, 2), (3, 1)])
def test_rotate_is_clockwise(turns: int, counter: int) -> None:
    """Quarter turns go clockwise, and turning back gives the image again."""
    image = picture()
    result, done = rotate(image, quarter_turns=turns)
    assert np.array_equal(canonical(result), np.rot90(canonical(image), -turns))
    assert (done.action, done.numbers) == ("c2pa.orientation", {"quarter_turns": str(turns)})
    back, _ = rotate(result, quarter_turns=counter)
    assert back.tobytes() == image.tobytes()


@pytest.mark.parametrize("turns", [0, 4, -1])
def test_rotate_by_other_turns(turns: int) -> None:
    """No turn at all, or more than three quarters, are refused."""
    with pytest.raises(UsageError, match="1 to 3"):
        rotate(picture(), quarter_turns=turns)


def test_flip() -> None:
    """Horizontal exchanges left and right, vertical top and bottom."""
    pixels = canonical(picture())
    across, done = flip(picture(), horizontal=True)
    assert np.array_equal(canonical(across), pixels[:, ::-1])
    assert (done.action, done.numbers) == ("c2pa.orientation", {"horizontal": "1"})
    down, _ = flip(picture(), horizontal=False)
    assert np.array_equal(canonical(down), pixels[::-1])


def test_sixteen_bits_stay() -> None:
    """Geometry keeps 16-bit grey; with a transparent value it is refused rather than lost."""
    image = Image.fromarray(np.arange(300, 312, dtype=np.uint16).reshape(3, 4))
    for result in (
        crop(image, left=1, top=1, width=2, height=2)[0],
        rotate(image, quarter_turns=1)[0],
        flip(image, horizontal=True)[0],
        resize(image, width=8, height=6)[0],
    ):
        assert result.mode == "I;16"
        assert canonical(result)[..., 0].max() >= 300
    image.info["transparency"] = 301
    with pytest.raises(ImageError):
        rotate(image, quarter_turns=1)


def test_a_lazily_opened_image_that_proves_damaged() -> None:
    """A file that somebody else opened is read here, with our error where it is damaged."""
    content = encode_png(picture(60, 60))[:3000]
    with Image.open(io.BytesIO(content)) as lazy, pytest.raises(UnreadableImageError):
        flip(lazy, horizontal=True)


def test_palette_with_transparency_becomes_rgba() -> None:
    """Operations work on colours, never on palette indices."""
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 200, 100, 50])
    image.info["transparency"] = bytes([255, 60])
    result, _ = resize(image, width=2, height=2)
    assert result.mode == "RGBA"
    assert np.abs(canonical(result)[0, 0].astype(int) - [200, 100, 50, 60]).max() <= 3


@pytest.mark.parametrize("degrees", [-45, -7.25, 0, 3, 45])
@pytest.mark.parametrize("size", [(60, 40), (40, 60), (33, 33)])
def test_straightening_leaves_no_empty_corner(degrees: float, size: tuple[int, int]) -> None:
    """The proportions stay, and every pixel comes from inside the picture."""
    result, done = straighten(Image.new("RGB", size, "white"), degrees=degrees)
    assert canonical(result)[..., :3].min() == 255
    assert (done.name, done.action) == ("straighten", "c2pa.orientation")
    assert abs(result.width * size[1] - result.height * size[0]) <= max(size)
    if degrees == 0:
        assert result.size == size
    left, top, width, height = shown(size, [done])
    assert 0 <= left <= left + width <= size[0]
    assert 0 <= top <= top + height <= size[1]


def test_straightening_keeps_sixteen_bits() -> None:
    """A smooth ramp stays smooth in the low byte."""
    ramp = np.repeat(np.linspace(1000, 60000, 64)[None, :], 48, axis=0).astype(np.uint16)
    result, _ = straighten(Image.fromarray(ramp), degrees=4)
    assert depth(result) == 16
    assert np.abs(np.diff(canonical(result)[..., 0].astype(int), axis=1)).max() < 1200


def test_straightening_has_limits() -> None:
    """Beyond 45 degrees it is a rotation; a line of pixels has nothing to cut from."""
    with pytest.raises(UsageError, match="degrees must be a number from -45 to 45"):
        straighten(Image.new("RGB", (9, 9)), degrees=46)
    with pytest.raises(UsageError, match="cannot be turned so far"):
        straighten(Image.new("RGB", (400, 1)), degrees=20)
