"""What files say of themselves, recorded when they are taken in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from PIL import Image, PngImagePlugin

from provenance_gen.digests import file_digest
from provenance_gen.studio import inputs
from provenance_gen.studio.statements import known_as
from tests.fakes import FakePipeline

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.records import work as records
    from provenance_gen.studio import Work


def claimed(path: Path) -> Path:
    """Write a picture that has what AUTOMATIC1111 writes into pictures."""
    info = PngImagePlugin.PngInfo()
    text = "a boat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 8x8, Model: m"
    info.add_text("parameters", text)
    Image.new("RGB", (8, 8), "teal").save(path, pnginfo=info)
    return path


def last(work: Work) -> records.Attempt:
    """Return the newest attempt."""
    return work.history().attempts[-1]


def test_unsigned_claims_of_an_import(work: Work, tmp_path: Path) -> None:
    """Which tools' forms stand in a file is recorded with its import, and as claims only."""
    said = work.bring_in(claimed(tmp_path / "a.png")).statement
    assert said is not None
    assert (said.verdict, said.credentials, said.ai_signed) == ("unsigned", "none", False)
    assert said.claims == ("A1111-compatible",)
    Image.new("RGB", (8, 8), "teal").save(tmp_path / "plain.png")
    plain = work.bring_in(tmp_path / "plain.png").statement
    assert plain is not None
    assert (plain.claims, plain.ai) == ((), "unknown")


def test_own_export_comes_back(work: Work, tmp_path: Path) -> None:
    """One's own signed file is known again, lossless or not, in whichever work it is imported."""
    other = work.studio.new_work("Later")
    for name in ("harbour.png", "harbour.jpg"):
        work.export("1.2", tmp_path / name)
        brought = other.bring_in(tmp_path / name)
        said = brought.statement
        assert said is not None
        assert (said.verdict, said.credentials) == ("valid", "embedded")
        assert (said.ai, said.ai_signed) == ("generated", True)
        assert said.signer
        first = known_as(work.studio, brought)[0]
        assert (first.work, first.image, first.file_name) == ("Harbour at dusk", "1.2", name)


def test_pictures_that_a_script_opened(work: Work, tmp_path: Path) -> None:
    """A picture opened from a file is recorded with it, as long as the file holds these pixels."""
    path = claimed(tmp_path / "start.png")
    image = Image.open(path)
    pipe: Any = work.record(FakePipeline())
    pipe("a boat", image=image, generator=torch.Generator().manual_seed(1))
    (given,) = last(work).call.inputs
    assert given.file_digest == file_digest(path)
    assert given.statement is not None
    assert given.statement.claims == ("A1111-compatible",)
    Image.new("RGB", (8, 8), "red").save(path)
    pipe("a boat", image=image, generator=torch.Generator().manual_seed(1))
    (given,) = last(work).call.inputs
    assert (given.file_digest, given.statement) == (None, None)


def test_masks_are_recorded_by_their_file(work: Work, tmp_path: Path) -> None:
    """A mask is no image of the work; its file's digest goes with what the model gets."""
    Image.new("L", (16, 16), 255).save(tmp_path / "mask.png")
    given = inputs.gather(work, {"image": "1.1", "mask_image": str(tmp_path / "mask.png")})
    fitted = inputs.fit(given, (8, 8))
    files = [source.file for source in fitted.sources.values()]
    assert files == [None, file_digest(tmp_path / "mask.png")]
    assert not work.history().imports
