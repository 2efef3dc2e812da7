"""``provgen measure``, from imported and edited pictures."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw

from provenance_gen import Studio
from provenance_gen.digests import sha256_hex
from provenance_gen.records.event import ActorKind
from provenance_gen.records.finding import Contribution
from provenance_gen.records.information import PromptInformation
from tests.scenes import scene

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.records.origin import Origin
    from provenance_gen.studio import Work
    from tests.unit.cli.conftest import Run

STROKE = "20,20 20,140;width=20;color=#ffcc33"


@pytest.fixture
def made(run: Run, tmp_path: Path) -> Work:
    """Begin with an own photo, paint a stroke, enlarge and warm it, retouch it elsewhere."""
    scene(np.random.default_rng(4), 240, 180).save(tmp_path / "photo.png")
    with Studio.init(tmp_path, actor=ActorKind.PERSON) as studio:
        work = studio.new_work("Harbour")
        work.bring_in(tmp_path / "photo.png", own=True)
        assert run("edit", "i1", "--stroke", STROKE).code == 0
        assert run("edit", "e1", "--resize", "360x270").code == 0
        assert run("edit", "e2", "--temperature", "0.3").code == 0
        child = studio.store.open(work.find("e3").ref.pixel_digest).convert("RGB")
        ImageDraw.Draw(child).rectangle((200, 90, 259, 129), fill=(20, 200, 240))
        buffer = io.BytesIO()
        child.save(buffer, "JPEG", quality=90)
        work.edit("e3", Image.open(buffer), tool="Krita")
    return work


def measured(out: str) -> Origin:
    """Return the origin map in what the command printed."""
    found = Contribution.model_validate_json(out).origin
    assert found is not None
    return found


@pytest.mark.usefixtures("made")
def test_where_each_step_shows(run: Run) -> None:
    """Each writer with its area, region and event; tone without an area; no share of the whole."""
    shown = run("measure", "e4")
    assert shown.code == 0, shown.err
    assert "i1 own material, event #2" in shown.out
    assert "e4 external (unconfirmed)" in shown.out
    assert "e3 changed the whole picture: temperature; no area is counted for it" in shown.out
    assert "%" not in shown.out
    found = measured(run("measure", "e4", "--json").out)
    stroke = next(layer for layer in found.layers if layer.image == "e1")
    # 20 wide, 120 long with round ends, enlarged by 1.5 each way.
    assert stroke.area == pytest.approx((20 * 120 + np.pi * 100) * 2.25, rel=0.02)
    assert stroke.regions[0].box == pytest.approx((15, 15, 30, 210), abs=1)
    outside = next(layer for layer in found.layers if layer.image == "e4")
    assert outside.area == pytest.approx(60 * 40, rel=0.15)
    assert (outside.extent, outside.confirmed) == ("recovered", False)
    assert found.recovered[0].parent == "e3"
    assert found.recovered[0].exact
    assert sum(layer.area for layer in found.layers) + found.mixed == 360 * 270
    assert not found.unmeasured
    led = Contribution.model_validate_json(run("measure", "e4", "--json").out).measures
    # No terminal is attached here, so that nobody is recorded as having edited.
    assert (led["imports"].value, led["edits_not_attributed"].value) == (1, 3)
    assert "What led to e4" in shown.out


@pytest.mark.usefixtures("made")
def test_files_say_the_same_and_are_the_same_twice(run: Run, tmp_path: Path) -> None:
    """The label image counts as the record does; bytes are reproducible; nothing is overwritten."""
    first = json.loads(run("measure", "e4", "-o", "one", "--json").out)
    second = json.loads(run("measure", "e4", "-o", "two", "--json").out)
    assert first == second
    first = first["origin"]
    assert sha256_hex((tmp_path / "one" / "labels.png").read_bytes()) == first["labels"]
    labels = np.asarray(Image.open(tmp_path / "one" / "labels.png"))
    for layer in first["layers"]:
        assert np.count_nonzero(labels == layer["label"]) == layer["area"]
        files = list((tmp_path / "one").glob(f"coverage-{layer['label']:02d}-*.png"))
        assert sha256_hex(files[0].read_bytes()) == layer["coverage"]
        total = np.asarray(Image.open(files[0]), dtype=float).sum() / 255
        assert total == pytest.approx(float(layer["covered"]), rel=1e-4)
    assert run("measure", "e4", "-o", "one").code == 2


@pytest.mark.usefixtures("made")
def test_another_picture_is_said_to_be_another(run: Run) -> None:
    """A picture that was not made from its parent is no edit of it that could be measured."""
    other = scene(np.random.default_rng(99), 360, 270)
    with Studio.open(actor=ActorKind.PERSON) as studio:
        studio.work().edit("e3", other, tool="?")
    shown = run("measure", "e5")
    assert "e5: not derived from e3 as far as can be seen" in shown.out
    found = measured(run("measure", "e5", "--json").out)
    assert [(layer.image, layer.extent) for layer in found.layers] == [("e5", "assumed")]


@pytest.mark.usefixtures("made")
def test_misuse(run: Run) -> None:
    """There is no such image."""
    refused = run("measure", "e9")
    assert (refused.code, "no image named 'e9'" in refused.err) == (2, True)


def test_prompt_information_stands_beside_its_baselines(run: Run, tmp_path: Path) -> None:
    """The number with its error, other prompts, words, and what it is not; a file; JSON."""
    assert run("init", ".").code == 0
    assert run("new", "Harbour").code == 0
    assert run("generate", "a red boat on the sea", "--steps", "8", "--seed", "7").code == 0
    wanted = ("measure", "1", "--prompt-information", "--words", "--samples", "4")
    shown = run(*wanted, "-o", "steering")
    assert shown.code == 0, shown.err
    assert shown.out.startswith("Prompt information of 1.1, ")
    for words in ("its prompt: a red boat", "another: ", "no prompt, by definition", "boat at "):
        assert words in shown.out
    assert "not authorship" in shown.out
    assert "%" not in shown.out
    found = PromptInformation.model_validate_json(run(*wanted, "--json").out)
    with Image.open(tmp_path / "steering" / "information.png") as map_:
        assert map_.size == (found.width, found.height)
    assert run("measure", "1", "--words").code == 2
    assert run("measure", "1", "--prompt-information", "--samples", "3").code == 2
