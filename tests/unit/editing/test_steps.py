"""Steps applied in order, and what the whole edit changed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from provenance_gen.editing.measure import measure, reference, shown
from provenance_gen.editing.steps import (
    Contrast,
    Crop,
    Exposure,
    Flip,
    Resize,
    Rotate,
    Saturation,
    Step,
    Stroke,
    Temperature,
    apply,
)
from provenance_gen.errors import ImageError, UsageError
from provenance_gen.images.difference import difference
from provenance_gen.images.pixels import canonical, pixel_digest

RELAXED = settings(deadline=None, max_examples=80)

LINE = Stroke(((10, 10), (30, 20)), width=3, colour="#00ff00")


def picture(width: int = 48, height: int = 32) -> Image.Image:
    """Return random colours."""
    generator = np.random.default_rng(5)
    return Image.fromarray(generator.integers(0, 256, (height, width, 3), dtype=np.uint8))


@st.composite
def moves(draw: st.DrawFn) -> list[Step]:
    """Draw a chain of crops, turns, flips and resizes that fits a picture of 48 x 32."""
    width, height = 48, 32
    steps: list[Step] = []
    for kind in draw(st.lists(st.sampled_from("crtf"), min_size=1, max_size=5)):
        if kind == "c":
            left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
            width, height = draw(st.integers(1, width - left)), draw(st.integers(1, height - top))
            steps.append(Crop(left, top, width, height))
        elif kind == "r":
            width, height = draw(st.integers(1, 60)), draw(st.integers(1, 60))
            steps.append(Resize(width, height))
        elif kind == "t":
            turns = draw(st.integers(1, 3))
            width, height = (height, width) if turns % 2 else (width, height)
            steps.append(Rotate(turns))
        else:
            steps.append(Flip(horizontal=draw(st.booleans())))
    return steps


@RELAXED
@given(moves())
def test_geometry_alone_changes_no_pixel(steps: list[Step]) -> None:
    """Brought into the child's frame, the parent is the child; its box lies within the parent."""
    parent = picture()
    edited = apply(parent, steps)
    found = measure(parent, edited.image, edited.operations)
    assert (found.changed, found.bounds) == (0, None)
    assert found.area == edited.image.width * edited.image.height
    left, top, width, height = found.frame
    assert min(left, top) >= 0
    assert min(width, height) >= 1
    assert left + width <= 48
    assert top + height <= 32


@RELAXED
@given(moves())
def test_box_of_the_parent_without_scaling(steps: list[Step]) -> None:
    """Without scaling, the box of the parent holds exactly the child's pixels."""
    steps = [step for step in steps if not isinstance(step, Resize)]
    steps = steps or [Flip(horizontal=True)]
    parent = picture()
    try:
        edited = apply(parent, steps)
    except UsageError:  # a crop that only fitted after the scaling left out
        return
    left, top, width, height = shown(parent.size, edited.operations)
    part = parent.crop((left, top, left + width, top + height))
    colours, expected = (canonical(image).reshape(-1, 4).tolist() for image in (part, edited.image))
    assert sorted(colours) == sorted(expected)


def test_crops_add_up_to_a_frame() -> None:
    """The frame of crops alone is the part of the parent, pixel for pixel."""
    parent = picture()
    edited = apply(parent, [Crop(4, 3, 40, 20), LINE, Crop(10, 5, 20, 10)])
    assert edited.frame == (14, 8, 20, 10)
    found = measure(parent, edited.image, edited.operations)
    assert found == difference(parent, edited.image, frame=edited.frame)
    assert found.frame == edited.frame
    assert apply(parent, [Exposure(0.5)]).frame == (0, 0, 48, 32)


@pytest.mark.parametrize("step", [Resize(9, 9), Rotate(1), Flip(horizontal=True)])
def test_other_geometry_has_no_frame(step: Step) -> None:
    """Scaled, turned and mirrored images show no part of the parent pixel for pixel."""
    assert apply(picture(), [step]).frame is None


def test_a_stroke_is_found_wherever_the_image_went() -> None:
    """The changed box of a stroke follows the turn and the crop after it."""
    parent = Image.new("RGB", (60, 40))
    steps: list[Step] = [
        Stroke(((10, 20), (50, 20)), width=4, colour="#ffffff"),
        Crop(0, 10, 60, 20),
        Rotate(1),
    ]
    edited = apply(parent, steps)
    found = measure(parent, edited.image, edited.operations)
    assert edited.image.size == (20, 60)
    assert found.frame == (0, 10, 60, 20)
    assert found.bounds == (8, 8, 4, 44)
    assert found.regions == (found.bounds,)
    assert edited.operations[0].region == (8, 18, 44, 4)


def test_tone_is_told_apart() -> None:
    """A change of tone is said, changes no area, and hides no stroke made before or after it."""
    parent = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
    tones: list[Step] = [Temperature(1.5), Contrast(0.5), Saturation(0.5), Exposure(0.3)]
    edited = apply(parent, tones)
    found = measure(parent, edited.image, edited.operations)
    assert (found.tone, found.changed, found.bounds) == (True, 0, None)
    names = [operation.name for operation in edited.operations]
    assert names == ["temperature", "contrast", "saturation", "exposure"]
    for steps in ([LINE, *tones], [*tones, LINE]):
        painted = apply(parent, steps)
        found = measure(parent, painted.image, painted.operations)
        assert found.tone
        assert not found.uniform
        assert found.bounds == next(o.region for o in painted.operations if o.name == "stroke")


def test_a_fraction_of_a_pixel_counts_as_shown() -> None:
    """A crop after scaling that cuts through a pixel of the parent includes it."""
    edited = apply(picture(), [Resize(96, 64), Crop(3, 3, 10, 10)])
    assert shown((48, 32), edited.operations) == (1, 1, 6, 6)


def test_the_image_given_is_left_alone() -> None:
    """An edit returns a new image, whatever its steps."""
    parent = picture()
    before = pixel_digest(parent)
    steps: list[Step] = [Stroke(((1, 1), (9, 9))), Flip(horizontal=False), Contrast(2)]
    for step in steps:
        apply(parent, [step])
    assert pixel_digest(parent) == before


def test_the_same_steps_give_the_same_pixels() -> None:
    """Editing is deterministic."""
    steps: list[Step] = [Stroke(((1, 1), (30, 20)), 5, "#336699", 0.7), Saturation(1.5)]
    first, second = (apply(picture(), steps) for _ in range(2))
    assert pixel_digest(first.image) == pixel_digest(second.image)
    assert first.operations == second.operations


def test_no_step_is_no_edit() -> None:
    """An edit without steps is refused."""
    with pytest.raises(UsageError, match="at least one step"):
        apply(picture(), [])


def test_records_that_do_not_fit_the_parent() -> None:
    """Records of another picture, or incomplete ones, are refused."""
    edited = apply(picture(), [Crop(20, 20, 20, 10)])
    small = picture(10, 10)
    with pytest.raises(ImageError, match="does not fit"):
        reference(small, edited.operations)
    with pytest.raises(ImageError, match="cannot be repeated"):
        reference(small, apply(picture(), [Contrast(2)]).operations)
    incomplete = [operation.model_copy(update={"numbers": {}}) for operation in edited.operations]
    with pytest.raises(ImageError, match="incomplete"):
        measure(picture(), edited.image, incomplete)
