"""What changed between two images."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from provenance_gen.errors import ImageError
from provenance_gen.images.difference import (
    CHANGED_COLOUR,
    MAX_REGIONS,
    change_mask,
    difference,
    difference_image,
)
from provenance_gen.images.pixels import pixel_digest

RELAXED = settings(deadline=None, max_examples=60)


def noise(width: int, height: int, seed: int = 0, channels: int = 3) -> Image.Image:
    """Return random colours."""
    generator = np.random.default_rng(seed)
    return Image.fromarray(generator.integers(0, 256, (height, width, channels), dtype=np.uint8))


def test_equal_images_differ_nowhere() -> None:
    """The same picture in other modes has no difference."""
    image = noise(9, 7)
    found = difference(image, image.convert("RGBA"))
    assert (found.changed, found.area, found.frame) == (0, 63, (0, 0, 9, 7))
    assert (found.bounds, found.regions, found.mean, found.maximum) == (None, (), "0", 0)
    assert not found.uniform


def test_figures_of_a_known_change() -> None:
    """Boxes, counts, mean and maximum of two painted boxes are exact."""
    parent = Image.new("RGB", (20, 10), (10, 10, 10))
    child = parent.copy()
    child.paste((40, 10, 10), (2, 3, 5, 5))
    child.paste((10, 10, 9), (12, 0, 20, 1))
    found = difference(parent, child)
    assert found.changed == 14
    assert found.bounds == (2, 0, 18, 5)
    assert found.regions == ((12, 0, 8, 1), (2, 3, 3, 2))
    assert float(found.mean) == pytest.approx((6 * 30 + 8) / 600, rel=1e-5)
    assert found.maximum == 30
    assert not found.uniform


@RELAXED
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1), st.data())
def test_no_difference_means_one_identity(
    width: int, height: int, seed: int, data: st.DataObject
) -> None:
    """Nothing changed exactly when both have one digest; the mask counts what changed."""
    parent = noise(width, height, seed, 4)
    values = np.array(parent)
    for place in data.draw(st.lists(st.integers(0, values.size - 1), max_size=3)):
        values.reshape(-1)[place] ^= data.draw(st.integers(0, 255))
    child = Image.fromarray(values)
    found = difference(parent, child)
    assert (found.changed == 0) == (pixel_digest(parent) == pixel_digest(child))
    assert found.changed == change_mask(parent, child).sum()
    assert (found.bounds is None) == (found.changed == 0)


def test_a_change_of_tone_is_uniform() -> None:
    """When 99 % of the pixels changed, the change is uniform; below it is not."""
    parent = Image.new("L", (10, 100), 50)
    child = Image.new("L", (10, 100), 60)
    child.paste(50, (0, 0, 10, 1))
    assert difference(parent, child).uniform
    child.putpixel((0, 1), 50)
    assert not difference(parent, child).uniform


def test_crop_is_compared_within_its_frame() -> None:
    """A crop alone changes no pixel; boxes are in the child's pixels."""
    parent = noise(30, 20)
    child = parent.crop((4, 5, 24, 17))
    assert difference(parent, child, frame=(4, 5, 20, 12)).changed == 0
    child.paste(child.crop((3, 2, 4, 3)).point(lambda value: 255 - value), (3, 2))
    found = difference(parent, child, frame=(4, 5, 20, 12))
    assert (found.frame, found.bounds, found.area) == ((4, 5, 20, 12), (3, 2, 1, 1), 240)


@pytest.mark.parametrize(
    "frame", [None, (0, 0, 5, 6), (-1, 0, 5, 5), (6, 0, 5, 5), (0, 6, 5, 5), (0, 0, 0, 0)]
)
def test_sizes_that_do_not_fit(frame: tuple[int, int, int, int] | None) -> None:
    """A frame outside the parent, or of another size than the child, is refused."""
    with pytest.raises(ImageError, match="parent"):
        difference(noise(10, 10), noise(5, 5), frame=frame)


def test_alpha_and_colour_under_it_count() -> None:
    """Alpha is a channel like the others, and what lies under alpha 0 is compared."""
    parent = Image.new("RGBA", (2, 1), (1, 2, 3, 0))
    child = parent.copy()
    child.putpixel((0, 0), (1, 2, 4, 0))
    child.putpixel((1, 0), (1, 2, 3, 7))
    found = difference(parent, child)
    assert (found.changed, found.maximum, found.mean) == (2, 7, "1")


def test_sixteen_bits_are_compared_with_sixteen() -> None:
    """The smallest 16-bit change counts; against 8 bits the figures are those of 8 bits."""
    parent = Image.fromarray(np.full((2, 2), 256, dtype=np.uint16))
    child = Image.fromarray(np.array([[256, 257], [256, 256]], dtype=np.uint16))
    found = difference(parent, child)
    assert (found.changed, found.maximum) == (1, 1)
    assert 0 < float(found.mean) < 0.01
    shallow, deep = Image.new("L", (2, 2), 9), Image.new("I;16", (2, 2), 9 * 257)
    assert difference(shallow, deep).changed == 0


def test_tolerance() -> None:
    """Differences up to the tolerance are no change."""
    parent = Image.new("RGB", (3, 1), (5, 5, 5))
    child = Image.new("RGB", (3, 1), (8, 5, 5))
    assert change_mask(parent, child).all()
    assert change_mask(parent, child, tolerance=2).all()
    assert not change_mask(parent, child, tolerance=3).any()


def test_at_most_so_many_regions() -> None:
    """Specks beyond the limit are counted, not boxed."""
    parent = Image.new("L", (40, 40))
    values = np.zeros((40, 40), dtype=np.uint8)
    values[::2, ::2] = 9
    found = difference(parent, Image.fromarray(values))
    assert found.changed == 400
    assert len(found.regions) == MAX_REGIONS


def test_bands_do_not_show() -> None:
    """A picture of several bands is measured as one: a line through all is one region."""
    parent = Image.new("L", (1200, 2000))
    child = parent.copy()
    ImageDraw.Draw(child).line([(10, 0), (1190, 1999)], fill=255, width=3)
    found = difference(parent, child)
    assert len(found.regions) == 1
    assert found.bounds == found.regions[0]
    assert found.bounds is not None
    assert found.bounds[3] == 2000


def test_marked_image_shows_what_changed() -> None:
    """Changed pixels lean to the marking colour, the others are grey."""
    parent = noise(12, 8)
    child = parent.copy()
    child.paste((1, 2, 3), (2, 2, 4, 4))
    marked = np.asarray(difference_image(parent, child)).astype(int)
    mask = change_mask(parent, child)
    assert marked.shape == (8, 12, 3)
    assert np.ptp(marked[~mask], axis=1).max() == 0
    assert np.abs(marked[mask] - CHANGED_COLOUR).max() < 64
    assert difference_image(parent.crop((1, 1, 5, 5)), parent.crop((1, 1, 5, 5))).size == (4, 4)
