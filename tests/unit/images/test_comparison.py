"""Pictures of other programs: geometry found, tone told apart, what was painted found."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw

from provenance_gen.editing import steps as edits
from provenance_gen.images.change import EXACT, TOLERANCE
from provenance_gen.images.comparison import Comparison, compare
from provenance_gen.images.registration import NotDerived
from tests.scenes import scene

if TYPE_CHECKING:
    from collections.abc import Callable

BOX = (120, 60, 180, 110)
PARENT = scene(np.random.default_rng(1), 320, 240)


def painted(picture: Image.Image) -> Image.Image:
    """Paint a box."""
    result = picture.copy()
    ImageDraw.Draw(result).rectangle((BOX[0], BOX[1], BOX[2] - 1, BOX[3] - 1), fill=(250, 20, 180))
    return result


def found(parent: Image.Image, child: Image.Image) -> Comparison:
    """Compare pictures of which one was made from the other."""
    result = compare(parent, child)
    assert isinstance(result, Comparison)
    return result


def jpeg(picture: Image.Image, quality: int) -> Image.Image:
    """Save with loss and read again."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer)


@pytest.mark.parametrize(
    ("change", "matrix", "exact"),
    [
        (lambda p: p, [1, 0, 0, 0, 1, 0], True),
        (lambda p: p.crop((31, 17, 291, 217)), [1, 0, 31, 0, 1, 17], True),
        (lambda p: p.transpose(Image.Transpose.FLIP_LEFT_RIGHT), [-1, 0, 320, 0, 1, 0], True),
        (lambda p: p.transpose(Image.Transpose.ROTATE_270), [0, 1, 0, -1, 0, 240], True),
        (lambda p: p.resize((160, 120), Image.Resampling.LANCZOS), [2, 0, 0, 0, 2, 0], False),
        (lambda p: p.resize((500, 375)), [0.64, 0, 0, 0, 0.64, 0], False),
        (
            lambda p: p.transform(
                (250, 170), Image.Transform.AFFINE, (0.98, 0.17, 12, -0.17, 0.98, 48), 3
            ),
            [0.98, 0.17, 12, -0.17, 0.98, 48],
            False,
        ),
    ],
    ids=["same", "crop", "mirror", "quarter turn", "half", "larger", "turned"],
)
def test_geometry_alone_changes_nothing(
    change: Callable[[Image.Image], Image.Image], matrix: list[float], *, exact: bool
) -> None:
    """The map is found to a sixth of a pixel, and no pixel counts as changed by it."""
    child = change(PARENT)
    result = found(PARENT, child)
    got, wanted = result.registration.to_parent[:2], np.array(matrix, float).reshape(2, 3)
    corners = np.array([[x, y, 1.0] for x in (0, child.width) for y in (0, child.height)]).T
    assert np.abs(got @ corners - wanted @ corners).max() < 1 / 6
    assert result.registration.exact is exact
    inner = result.mask[3:-3, 3:-3] if not exact else result.mask
    assert not inner.any()
    assert result.tone is None


def test_paint_is_found_to_the_pixel_where_nothing_was_resampled() -> None:
    """A crop and a rectangle: its box, its pixels, and nothing else."""
    result = found(PARENT, painted(PARENT).crop((20, 10, 300, 200)))
    expected = np.zeros((190, 280), bool)
    expected[BOX[1] - 10 : BOX[3] - 10, BOX[0] - 20 : BOX[2] - 20] = True
    differs = np.abs(np.asarray(PARENT, int) - np.asarray(painted(PARENT), int)).max(axis=2)
    expected &= differs[10:200, 20:300] > EXACT
    np.testing.assert_array_equal(result.mask, expected)
    assert result.tolerance == EXACT
    assert result.maximum >= result.mean > 10


@pytest.mark.parametrize("quality", [85, 95])
def test_jpeg_noise_is_no_edit(quality: int) -> None:
    """A re-save alone changes nothing; what was painted before it is found."""
    assert found(PARENT, jpeg(PARENT, quality)).changed == 0
    mask = found(PARENT, jpeg(painted(PARENT), quality)).mask
    expected = np.zeros(mask.shape, bool)
    expected[BOX[1] : BOX[3], BOX[0] : BOX[2]] = True
    assert (mask & expected).sum() / (mask | expected).sum() > 0.85


@pytest.mark.parametrize(
    "step",
    [
        edits.Exposure(0.7),
        edits.Saturation(0.2),
        edits.Temperature(0.6),
    ],
)
def test_tone_is_told_apart_from_paint(step: edits.Step) -> None:
    """The tone of the whole is no local change, with paint and without."""
    plain = found(PARENT, step.apply(PARENT)[0])
    assert plain.tone is not None
    assert plain.changed == 0
    both = found(PARENT, step.apply(painted(PARENT))[0])
    assert both.tone is not None
    assert both.mask[BOX[1] + 2 : BOX[3] - 2, BOX[0] + 2 : BOX[2] - 2].mean() > 0.97
    both.mask[BOX[1] - 3 : BOX[3] + 3, BOX[0] - 3 : BOX[2] + 3] = False
    assert not both.mask.any()


@pytest.mark.parametrize(
    ("step", "quality"),
    [(None, 85), (None, 95), (edits.Saturation(1.4), 95), (edits.Exposure(-0.4), 90)],
)
def test_texture_painted_over_texture_is_found_whole_after_jpeg(
    step: edits.Step | None, quality: int
) -> None:
    """Its colours lie within those of its surroundings in most places; its edge is not widened."""
    other = Image.blend(PARENT, scene(np.random.default_rng(2), *PARENT.size), 0.5)
    mask = Image.new("L", PARENT.size)
    ImageDraw.Draw(mask).ellipse((90, 50, 219, 179), fill=255)
    child = Image.composite(other, PARENT, mask)
    bare = PARENT
    if step is not None:
        child, bare = (edits.apply(picture, [step]).image for picture in (child, bare))
    differs = np.abs(np.asarray(child, int) - np.asarray(bare, int)).max(axis=2) > TOLERANCE
    got = found(PARENT, jpeg(child, quality)).mask
    assert np.count_nonzero(got & differs) / np.count_nonzero(got | differs) > 0.93
    assert got.sum() == pytest.approx(differs.sum(), rel=0.03)


def test_a_recoloured_thing_is_local() -> None:
    """Pixels of one colour made another are an edit, though a curve might do the same."""
    pixels = np.asarray(painted(PARENT)).copy()
    pixels[BOX[1] : BOX[3], BOX[0] : BOX[2]] = (20, 160, 40)
    result = found(painted(PARENT), Image.fromarray(pixels))
    assert result.tone is None
    assert result.changed == (BOX[2] - BOX[0]) * (BOX[3] - BOX[1])


@pytest.mark.parametrize("seed", range(3))
def test_another_picture_is_not_derived(seed: int) -> None:
    """No map is invented, be the other picture of the same size or of another."""
    other = scene(np.random.default_rng(100 + seed), 320 - 40 * seed, 240)
    result = compare(PARENT, other)
    assert isinstance(result, NotDerived)
    assert "no place" in result.reason


def test_transparency_and_depth() -> None:
    """Colour that cannot be seen is no change; alpha is; 16-bit grey is compared as it looks."""
    clear = PARENT.convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, 60, 60))
    hidden = clear.copy()
    hidden.paste((255, 0, 0, 0), (0, 0, 60, 60))
    assert found(clear, hidden).changed == 0
    erased = clear.copy()
    erased.paste((0, 0, 0, 0), BOX)
    assert found(clear, erased).changed == (BOX[2] - BOX[0]) * (BOX[3] - BOX[1])
    grey = PARENT.convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    assert found(deep, grey).changed == 0


def test_a_large_picture_is_compared_smaller() -> None:
    """Beyond the limit the map is still one of the full pictures, and it is said."""
    child = painted(PARENT).crop((20, 12, 300, 204))
    result = compare(PARENT, child, most=30_000)
    assert isinstance(result, Comparison)
    assert result.reduced == 2
    assert result.mask.shape == (192, 280)
    assert np.abs(result.registration.to_parent[:2, 2] - (20, 12)).max() < 0.5
    rows, columns = np.nonzero(result.mask)
    assert abs(columns.min() - (BOX[0] - 20)) <= 3
    assert abs(rows.max() + 1 - (BOX[3] - 12)) <= 3


def test_same_pixels_same_figures() -> None:
    """Nothing depends on chance."""
    child = jpeg(painted(PARENT).resize((400, 300)), 90)
    one, two = found(PARENT, child), found(PARENT, child)
    np.testing.assert_array_equal(one.mask, two.mask)
    np.testing.assert_array_equal(one.registration.to_parent, two.registration.to_parent)
    assert (one.mean, one.maximum, one.ssim) == (two.mean, two.maximum, two.ssim)


def test_the_extra_is_loaded_only_when_needed() -> None:
    """Whoever compares nothing needs no OpenCV."""
    code = "import sys, provenance_gen.studio.measure; sys.exit('cv2' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
