"""Pictures of other programs that are not as expected: each is edited, measured and compared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from provenance_gen import Studio
from provenance_gen.records.event import ActorKind
from tests.scenes import scene

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.cli.conftest import Run

pytest.importorskip("cv2")

SIZE = (160, 120)
OWN = scene(np.random.default_rng(4), *SIZE)
BOX = (40, 30, 80, 60)
PAINTED = 40 * 30


@pytest.fixture(autouse=True)
def _art(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """Stand in a studio with one picture of one's own, after ``run`` has chosen its folder."""
    OWN.save(tmp_path / "own.png")
    with Studio.init(tmp_path / "art", actor=ActorKind.PERSON) as studio:
        studio.new_work("Harbour").bring_in(tmp_path / "own.png", own=True)
    monkeypatch.chdir(tmp_path / "art")


def painted() -> Image.Image:
    """Return the picture with a box painted on it."""
    picture = OWN.copy()
    picture.paste((255, 0, 255), BOX)
    return picture


def turned(path: Path) -> None:
    """Save as a camera held upright does: lying, with a tag that says so."""
    tags = Image.Exif()
    tags[0x0112] = 6
    painted().transpose(Image.Transpose.ROTATE_90).save(path, "JPEG", exif=tags, quality=95)


def animated(path: Path) -> None:
    """Save two frames, of which the first is the picture."""
    rest = [OWN.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    painted().save(path, "WEBP", save_all=True, append_images=rest, lossless=True)


def see_through(path: Path) -> None:
    """Save with the painted box cut out."""
    picture = painted().convert("RGBA")
    picture.paste((0, 0, 0, 0), BOX)
    picture.save(path, "PNG")


def deep(path: Path) -> None:
    """Save as grey with 16 bits, the box white, which is none of the greys around it."""
    grey = np.asarray(OWN.convert("L")).astype(np.uint16) * 257
    grey[BOX[1] : BOX[3], BOX[0] : BOX[2]] = 65535
    Image.fromarray(grey).save(path, "PNG")


def squeezed(path: Path) -> None:
    """Cut a piece of another aspect out of it and make it smaller."""
    painted().crop((20, 0, 120, 120)).resize((75, 90), Image.Resampling.LANCZOS).save(path, "PNG")


@pytest.mark.parametrize(
    ("save", "area"),
    [
        (turned, PAINTED),
        (animated, PAINTED),
        (see_through, PAINTED),
        (deep, PAINTED),
        (squeezed, PAINTED * 0.75**2),
    ],
)
def test_what_was_painted_is_found(
    run: Run, tmp_path: Path, save: Callable[[Path], None], area: float
) -> None:
    """Lying, animated, see-through, deep or of another aspect: the box, and a blurred rim."""
    child = tmp_path / "child"
    save(child)
    assert run("edit", "i1", "--file", str(child)).code == 0
    measured = json.loads(run("measure", "e1", "--json").out)["origin"]
    assert measured["unmeasured"] == []
    layers = {layer["writer"]: layer["area"] for layer in measured["layers"]}
    assert layers["external"] == pytest.approx(area, rel=0.15)
    assert layers["import"] + layers["external"] == measured["width"] * measured["height"]
    assert run("compare", "i1", str(child)).code == 0


def test_a_picture_that_is_not_derived_invents_no_difference(run: Run, tmp_path: Path) -> None:
    """Of another size it is refused, of the same size it is said; the record stays whole."""
    scene(np.random.default_rng(9), 200, 90).save(tmp_path / "wide.png")
    scene(np.random.default_rng(9), *SIZE).save(tmp_path / "same.png")
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    for name in ("wide.png", "dot.png"):
        refused = run("edit", "i1", "--file", str(tmp_path / name))
        assert (refused.code, refused.out) == (3, "")
        assert "bring it in by itself with: provgen import" in refused.err
    told = run("edit", "i1", "--file", str(tmp_path / "same.png"))
    assert "practically every pixel changed: if it was not made from i1" in told.out
    measured = run("measure", "e1")
    assert "not derived from i1 as far as can be seen" in measured.out
    assert "SSIM" not in measured.out
    assert run("ledger", "audit").code == 0


def test_a_mask_of_nothing_records_nothing(run: Run, tmp_path: Path) -> None:
    """Neither a fill nor steps before an inpainting that cannot be."""
    Image.new("L", SIZE).save(tmp_path / "none.png")
    mask = f"mask={tmp_path / 'none.png'}"
    for options in (("--fill", mask), ("--exposure", "0.2", "--inpaint", "a boat")):
        refused = run("edit", "i1", *options)
        assert (refused.code, refused.out) == (2, "")
    assert "e1" not in run("show").out
