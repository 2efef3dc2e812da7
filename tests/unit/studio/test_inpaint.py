"""A model paints an area anew: an attempt, and an edit that takes no more than the area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from provenance_gen.editing.areas import Area
from provenance_gen.editing.steps import Blur, Fill, Paste
from provenance_gen.errors import UsageError
from provenance_gen.records.edit import EditAgent
from provenance_gen.studio.inpaint import Painting

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.studio import Work


def brought(work: Work, tmp_path: Path) -> str:
    """Bring in a picture of 64 x 64 pixels; return its name."""
    random = np.random.default_rng(4).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    picture = Image.fromarray(random).resize((64, 64), Image.Resampling.BICUBIC)
    picture.save(tmp_path / "sketch.png")
    return work.bring_in(tmp_path / "sketch.png", own=True, note="pencil").image.name


def pixels(work: Work, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return an image's colours."""
    return np.asarray(work.studio.store.open(work.find(name).ref.pixel_digest).convert("RGB"))


def test_inpainting_is_an_attempt_and_an_edit(work: Work, tmp_path: Path) -> None:
    """The edit names the attempt's image and the mask; outside the mask nothing changed."""
    name = brought(work, tmp_path)
    before = len(work.history().attempts)
    edit = work.inpaint(name, Area(box=(16, 8, 24, 32)), Painting("a red boat", seed=3, steps=2))
    history = work.history()
    assert len(history.attempts) == before + 1
    attempt = history.attempts[-1]
    assert attempt.prompt == "a red boat"
    (done,) = edit.operations
    assert (edit.agent, done.name, done.action) == (EditAgent.MODEL, "inpaint", "c2pa.edited")
    assert done.source == attempt.images[0].ref
    assert done.region == (16, 8, 24, 32)
    assert done.mask is not None
    assert work.studio.store.has(done.mask.pixel_digest)
    changed = (pixels(work, edit.image.name) != pixels(work, name)).any(axis=2)
    assert changed[8:40, 16:40].any()
    changed[8:40, 16:40] = False
    assert not changed.any()


def test_a_mask_of_nothing_calls_no_model(work: Work, tmp_path: Path) -> None:
    """It is refused before an attempt begins, and so is no place at all."""
    name = brought(work, tmp_path)
    before = len(work.history().attempts)
    with pytest.raises(UsageError, match="holds nothing"):
        work.inpaint(name, Area(mask=Image.new("L", (64, 64))), Painting("a boat"))
    with pytest.raises(UsageError, match="say where to paint"):
        work.inpaint(name, Area(), Painting("a boat"))
    assert len(work.history().attempts) == before


def test_steps_find_what_they_name(work: Work, tmp_path: Path) -> None:
    """A file that is pasted is brought in; masks may be files; both are in the record."""
    name = brought(work, tmp_path)
    Image.new("RGB", (20, 10), "red").save(tmp_path / "flag.png")
    Image.new("L", (64, 64), 255).save(tmp_path / "all.png")
    steps = [
        Paste(picture=tmp_path / "flag.png", left=30, top=40, blend="multiply"),
        Paste(picture="1.1", left=-4, top=0),
        Blur(1.5, area=Area(mask=str(tmp_path / "all.png"))),
        Fill(area=Area(polygon=((0, 0), (9, 0), (0, 9))), colour="#00ff00"),
    ]
    edit = work.edit(name, steps)
    flag = work.history().imports[-1]
    assert flag.name == "flag.png"
    pasted, other, blurred, filled = edit.operations
    assert (pasted.source, other.source) == (flag.image.ref, work.find("1.1").ref)
    assert blurred.mask is not None
    assert (pasted.blend, filled.region) == ("multiply", (0, 0, 9, 9))
