"""What operations wrote, traced from their records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from provenance_gen.editing import parsing
from provenance_gen.editing.steps import apply
from provenance_gen.editing.trace import trace
from provenance_gen.errors import ImageError
from provenance_gen.images.layers import Writer
from provenance_gen.images.pixels import canonical
from provenance_gen.records.edit import Operation

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
