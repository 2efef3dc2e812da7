"""Pictures of every kind in the form that models take, and files that are brought in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from provenance_gen.digests import sha256_hex
from provenance_gen.editing.areas import Area, grey
from provenance_gen.editing.steps import Fill
from provenance_gen.errors import UnreadableImageError, UsageError
from provenance_gen.images.pixels import pixel_digest
from provenance_gen.studio import inputs

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.studio import Work


def half_transparent() -> Image.Image:
    """Return red on the left and nothing on the right."""
    image = Image.new("RGBA", (8, 4), (255, 0, 0, 255))
    image.paste((0, 0, 255, 0), (4, 0, 8, 4))
    return image


@pytest.mark.parametrize(
    ("image", "left", "right"),
    [
        (half_transparent(), (255, 0, 0), (255, 255, 255)),
        (Image.new("CMYK", (8, 4), (0, 255, 255, 0)), (255, 0, 0), (255, 0, 0)),
        (Image.new("I;16", (8, 4), 65535), (255, 255, 255), (255, 255, 255)),
        (Image.new("1", (8, 4), 1), (255, 255, 255), (255, 255, 255)),
        (half_transparent().convert("P"), (255, 0, 0), (255, 255, 255)),
        (Image.fromarray(np.full((4, 8), 257 * 7, dtype=np.uint16)), (7, 7, 7), (7, 7, 7)),
    ],
)
def test_pictures_become_opaque_rgb(image: Image.Image, left: Any, right: Any) -> None:
    """Transparency lies on white, CMYK and 16 bits are converted."""
    opaque = inputs.opaque(image)
    assert (opaque.mode, opaque.getpixel((0, 0)), opaque.getpixel((7, 3))) == ("RGB", left, right)


def test_masks() -> None:
    """White is painted; what is transparent is not."""
    mask = Image.new("RGBA", (8, 4), (255, 255, 255, 255))
    mask.paste((255, 255, 255, 0), (4, 0, 8, 4))
    assert grey(mask).getbbox() == (0, 0, 4, 4)


def test_a_mask_is_one_mask_wherever_it_is_given(work: Work, tmp_path: Path) -> None:
    """With 16 bits, as a file, to a generator and to an edit: the same grey values."""
    side = work.history().images[0].stored.width
    values = np.tile(np.linspace(0, 65535, side).astype(np.uint16), (side, 1))
    Image.fromarray(values).save(tmp_path / "mask.png")
    given = inputs.gather(work, {"image": "1.1", "mask_image": tmp_path / "mask.png"})
    edit = work.edit("1.1", [Fill(Area(mask=tmp_path / "mask.png"), colour="#ff0000")])
    kept = edit.operations[0].mask
    assert kept is not None
    assert pixel_digest(given["mask_image"].picture) == kept.pixel_digest


def test_huge_images_need_a_size(work: Work, tmp_path: Path) -> None:
    """A picture of 30,000 pixels is given to no model unless a size is named."""
    Image.new("RGB", (30_000, 8)).save(tmp_path / "wide.png")
    given = inputs.gather(work, {"image": tmp_path / "wide.png"})
    with pytest.raises(UsageError, match="--size"):
        inputs.fit(given, None)
    assert inputs.fit(given, (64, 32)).arguments["image"].size == (64, 32)


def test_animation_gives_its_first_frame(work: Work, tmp_path: Path) -> None:
    """Of an animated file the first frame is the image; the file is kept whole."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    path = tmp_path / "moving.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    brought = work.bring_in(path, note="from a friend")
    assert brought.image.ref.pixel_digest == pixel_digest(frames[0])
    assert work.studio.store.file(brought.source_digest) == path.read_bytes()
    assert brought.source_digest == sha256_hex(path.read_bytes())


def test_import_is_found_again(work: Work, tmp_path: Path) -> None:
    """The same file given twice as the image to start from is one import."""
    Image.new("RGB", (8, 8), "teal").save(tmp_path / "a.png")
    first = inputs.gather(work, {"image": str(tmp_path / "a.png")})
    second = inputs.gather(work, {"image": tmp_path / "a.png"})
    assert first["image"].source == second["image"].source
    assert len(work.history().imports) == 1


def test_bad_files_leave_no_trace(work: Work, tmp_path: Path) -> None:
    """What cannot be read is refused before anything is recorded or kept."""
    size = work.studio.ledger.head().size
    (tmp_path / "junk.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    for path in (tmp_path / "junk.png", tmp_path / "missing.png", tmp_path):
        with pytest.raises(UnreadableImageError):
            work.bring_in(path)
    assert work.studio.ledger.head().size == size
