"""What operations wrote, traced from their records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from provenance_gen.digests import sha256_hex
from provenance_gen.editing import parsing, steps
from provenance_gen.editing.areas import Area
from provenance_gen.editing.pasting import inpaint
from provenance_gen.editing.steps import apply
from provenance_gen.editing.trace import named, trace
from provenance_gen.errors import ImageError
from provenance_gen.images.layers import Writer
from provenance_gen.images.pixels import canonical, encode_png, pixel_digest
from provenance_gen.records.edit import Operation
from provenance_gen.records.image import ImageRef, StoredImage

if TYPE_CHECKING:
    from provenance_gen.editing.steps import Step

SIZE = (40, 24)


def coordinates() -> Image.Image:
    """Return an image whose pixels hold their own place: red the column, green the row."""
    pixels = np.zeros((SIZE[1], SIZE[0], 3), dtype=np.uint8)
    pixels[..., 0] = np.arange(SIZE[0])
    pixels[..., 1] = np.arange(SIZE[1])[:, None]
    return Image.fromarray(pixels)


MOVES: list[Step] = [
    parsing.parse_crop("3,5,20,10"),
    parsing.parse_rotate("90"),
    parsing.parse_rotate("180"),
    parsing.parse_rotate("270"),
    parsing.parse_flip("horizontal"),
    parsing.parse_flip("vertical"),
]


@pytest.mark.parametrize("step", MOVES)
def test_moved_pixels_lead_back_to_their_places(step: Step) -> None:
    """The centre of every pixel of the result maps to the centre of the pixel it was."""
    edited = apply(coordinates(), [step])
    (layer,) = trace(SIZE, edited.operations)
    assert layer.coverage is None
    assert layer.writer is None
    assert not layer.tone
    rows, columns = np.indices((edited.image.height, edited.image.width))
    centres = np.stack([columns + 0.5, rows + 0.5, np.ones_like(rows)], axis=-1)
    back = centres @ layer.to_parent.T
    pixels = canonical(edited.image)
    assert np.array_equal(back[..., :2], pixels[..., :2] + 0.5)


def test_scaling_takes_corners_to_corners() -> None:
    """The far corner of a scaled image is the parent's, whatever its shape."""
    edited = apply(coordinates(), [parsing.parse_resize("13x50")])
    (layer,) = trace(SIZE, edited.operations)
    assert layer.size == (13, 50)
    assert np.allclose(layer.to_parent @ [13, 50, 1], [*SIZE, 1])


@pytest.mark.parametrize("settings", ["width=5", "width=0.5;opacity=0.7", "width=9;opacity=0.1"])
def test_a_stroke_is_traced_with_the_coverage_it_was_painted_with(settings: str) -> None:
    """White on black shows the coverage itself, anti-aliased edge and opacity included."""
    step = parsing.parse_stroke(f"2.5,3 30,20.25 38,2;color=#ffffff;{settings}")
    edited = apply(Image.new("RGB", SIZE), [step])
    (layer,) = trace(SIZE, edited.operations)
    assert layer.writer is Writer.STROKE
    assert layer.coverage is not None
    assert layer.coverage.dtype == np.float32
    assert 0 < layer.coverage.max() <= 1
    assert np.array_equal(np.rint(layer.coverage * 255), canonical(edited.image)[..., 0])


class Shelf(dict[str, Image.Image]):
    """Pictures by digest, as the image store has them."""

    def keep(self, mask: Image.Image) -> StoredImage:
        """Keep a mask as the store does: with three colours."""
        digest = pixel_digest(mask)
        self[digest] = mask.convert("RGB")
        return StoredImage(
            pixel_digest=digest,
            file_digest=sha256_hex(encode_png(mask)),
            width=mask.width,
            height=mask.height,
        )


def ramp(size: tuple[int, int]) -> Image.Image:
    """Return a mask that grows from black to white, from left to right."""
    return Image.linear_gradient("L").rotate(90).resize(size)


AREAS = {
    "box": Area(box=(3, 4, 20, 9)),
    "polygon": Area(polygon=((2, 2), (35.5, 4), (20, 22))),
    "brush": Area(brush=((3, 3), (30, 20)), width=4.5),
    "mask": Area(mask=ramp(SIZE)),
}


@pytest.mark.parametrize("area", AREAS.values(), ids=AREAS)
@pytest.mark.parametrize("opacity", [1.0, 0.4])
def test_a_fill_is_traced_with_the_coverage_it_was_laid_with(area: Area, opacity: float) -> None:
    """White on black shows the coverage itself, for every way to say where."""
    shelf = Shelf()
    step = steps.Fill(area=area, colour="#ffffff", opacity=opacity)
    edited = apply(Image.new("RGB", SIZE), [step], shelf.keep)
    (layer,) = trace(SIZE, edited.operations, pictures=shelf)
    assert layer.writer is Writer.FILL
    assert layer.coverage is not None
    assert np.array_equal(np.rint(layer.coverage * 255), canonical(edited.image)[..., 0])


@pytest.mark.parametrize("area", AREAS.values(), ids=AREAS)
def test_what_was_erased_is_traced_as_the_alpha_that_is_gone(area: Area) -> None:
    """Of an opaque picture, alpha and coverage make a whole."""
    shelf = Shelf()
    edited = apply(coordinates(), [steps.Erase(area=area, opacity=0.7)], shelf.keep)
    (layer,) = trace(SIZE, edited.operations, pictures=shelf)
    assert layer.writer is Writer.ERASE
    assert layer.coverage is not None
    alpha = canonical(edited.image)[..., 3]
    assert np.array_equal(np.rint(layer.coverage * 255), 255 - alpha)


@pytest.mark.parametrize("step", [steps.Blur(2.0), steps.Sharpen(1.0)])
def test_a_filter_over_the_whole_picture_owns_no_pixel(step: Step) -> None:
    """It counts as a change of tone; over an area it covers that area."""
    (layer,) = trace(SIZE, apply(coordinates(), [step]).operations)
    assert (layer.writer, layer.coverage, layer.tone) == (Writer.FILTER, None, True)
    over = type(step)(2.0, area=AREAS["box"])  # type: ignore[call-arg]
    (layer,) = trace(SIZE, apply(coordinates(), [over]).operations)
    assert layer.coverage is not None
    assert not layer.tone
    assert layer.coverage.sum() == 20 * 9
    assert layer.coverage[4:13, 3:23].min() == 1


def test_text_is_traced_without_its_words() -> None:
    """The mask of the letters says where they stand, also when the words were withheld."""
    shelf = Shelf()
    step = steps.Text(words="Ag", left=2, top=1, size=18, colour="#ffffff", opacity=0.5)
    edited = apply(Image.new("RGB", SIZE), [step], shelf.keep)
    withheld = edited.operations[0].model_copy(update={"words": {"text": None}})
    (layer,) = trace(SIZE, [withheld], pictures=shelf)
    assert layer.writer is Writer.TEXT
    assert layer.coverage is not None
    assert layer.coverage.max() == pytest.approx(0.5, abs=0.01)
    assert np.array_equal(np.rint(layer.coverage * 255), canonical(edited.image)[..., 0])


@pytest.mark.parametrize(
    ("place", "more"),
    [
        ((5, 4), {}),
        ((-6, -3), {"scale": 1.7}),
        ((30, 18), {"opacity": 0.3}),
        ((4, 2), {"mask": ramp((16, 12)), "scale": 0.8}),
    ],
)
def test_a_paste_is_traced_with_its_own_transparency(
    place: tuple[int, int], more: dict[str, object]
) -> None:
    """White on black shows the coverage: alpha, mask and opacity, scaled and cut off."""
    white = Image.new("RGB", (16, 12), "white")
    white.putalpha(ramp((16, 12)))
    shelf = Shelf({pixel_digest(white): white})
    source = ImageRef(origin="i_1", pixel_digest=pixel_digest(white))
    step = steps.Paste(picture=white, left=place[0], top=place[1], source=source, **more)  # type: ignore[arg-type]
    edited = apply(Image.new("RGB", SIZE), [step], shelf.keep)
    (layer,) = trace(SIZE, edited.operations, pictures=shelf)
    assert set(named(edited.operations)) == set(shelf)
    assert (layer.writer, layer.source) == (Writer.PASTE, source.pixel_digest)
    assert layer.coverage is not None
    assert layer.coverage.max() > 0.15
    assert np.array_equal(np.rint(layer.coverage * 255), canonical(edited.image)[..., 0])


def test_inpainting_is_traced_as_its_mask() -> None:
    """What the model made outside the mask is not in the picture, and not in the trace."""
    shelf, white = Shelf(), Image.new("RGB", SIZE, "white")
    source = ImageRef(origin="a_1", pixel_digest=pixel_digest(white))
    given = Image.new("RGB", SIZE)

    def painter(image: Image.Image, mask: Image.Image) -> tuple[Image.Image, ImageRef]:
        assert image is given
        assert mask.tobytes() == ramp(SIZE).tobytes()
        return white, source

    area = Area(mask=ramp(SIZE))
    result, done = inpaint(given, area=area, painter=painter, keep=shelf.keep)
    (layer,) = trace(SIZE, [done], pictures=shelf)
    assert (layer.writer, layer.source) == (Writer.INPAINT, source.pixel_digest)
    assert layer.coverage is not None
    assert np.array_equal(np.rint(layer.coverage * 255), canonical(result)[..., 0])


def test_straightening_is_traced_with_its_turn() -> None:
    """The value of each pixel is the place that the matrix leads to, as far as bicubic goes."""
    edited = apply(coordinates(), [steps.Straighten(7.5)])
    (layer,) = trace(SIZE, edited.operations)
    rows, columns = np.indices((edited.image.height, edited.image.width))
    back = np.stack([columns + 0.5, rows + 0.5, np.ones_like(rows)], axis=-1) @ layer.to_parent.T
    # Pillow's bicubic filter cuts fractions off, so that values are half a step too low.
    away = np.abs(back[..., :2] - (canonical(edited.image)[..., :2] + 1.0))
    assert away.max() < 1
    assert away.mean() < 0.3


def test_a_picture_that_is_not_at_hand_is_named() -> None:
    """A withdrawn mask makes the trace impossible, and the error says which."""
    step = steps.Fill(area=AREAS["mask"])
    edited = apply(coordinates(), [step], Shelf().keep)
    (digest,) = named(edited.operations)
    with pytest.raises(ImageError, match=f"fill used is not at hand: {digest[:16]}"):
        trace(SIZE, edited.operations)


def test_a_chain_is_traced_step_by_step() -> None:
    """Each layer has the size that its operation left; tone covers nothing."""
    steps: list[Step] = [
        parsing.parse_resize("20x12"),
        parsing.parse_exposure("0.5"),
        parsing.parse_stroke("3,3 9,9"),
        parsing.parse_crop("2,2,8,8"),
    ]
    layers = trace(SIZE, apply(coordinates(), steps).operations)
    assert [layer.size for layer in layers] == [(20, 12), (20, 12), (20, 12), (8, 8)]
    assert [layer.tone for layer in layers] == [False, True, False, False]
    assert [layer.writer for layer in layers] == [None, None, Writer.STROKE, None]


@pytest.mark.parametrize("name", ["stroke", "crop", "melt"])
def test_a_record_that_does_not_say_is_refused(name: str) -> None:
    """Nothing is guessed of an incomplete record or an operation of a later version."""
    unknown = Operation(name=name, action="c2pa.edited", width=40, height=24)
    with pytest.raises(ImageError, match=name):
        trace(SIZE, [unknown])
