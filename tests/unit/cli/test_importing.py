"""What ``provgen import`` says of a file's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from PIL import Image

from provenance_gen import Studio
from provenance_gen.credentials.vocabulary import IPTC
from provenance_gen.metadata import xmp
from tests.fakes import FakePipeline
from tests.unit.metadata import files
from tests.unit.studio.conftest import generate

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.unit.cli.conftest import Run


def test_another_origin_is_no_word_against_ai(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A camera's label never means that no AI was used; tools stand there by their names."""
    block = '{"AIGC": {"Label": "2", "ContentProducer": "p", "ProduceID": "1"}}'
    labelled = files.png(files.text("AIGC", block))
    photo = xmp.put_in(labelled, xmp.packet(IPTC + "digitalCapture"))
    (tmp_path / "photo.png").write_bytes(photo)
    Studio.init(tmp_path / "art").new_work("Harbour").studio.close()
    monkeypatch.chdir(tmp_path / "art")
    for arguments in (("import", "../photo.png"), ("show", "i1")):
        said = run(*arguments)
        assert said.code == 0, said.err
        assert "of another origin than AI, which never means that no AI was used" in said.out
        assert "in the form of XMP/IPTC, AIGC label; anybody" in said.out


def test_what_a_generator_made_is_nobody_s_own(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pixels are on record, edited since or not; nothing is recorded or kept, and what to do.

    A drawing of one's own, come back, and a picture of one colour are another matter.
    """
    Image.radial_gradient("L").resize((16, 16)).save(tmp_path / "drawn.png")
    with Studio.init(tmp_path / "art") as studio:
        work = studio.new_work("Harbour")
        generate(work, "a boat")
        picture = studio.store.open(work.history().image("1.1").ref.pixel_digest)
        picture.save(tmp_path / "raw.webp", lossless=True)
        edited = work.edit("1.1", picture.rotate(180), tool="Krita")
        studio.store.open(edited.image.ref.pixel_digest).save(tmp_path / "edited.png")
        work.bring_in(tmp_path / "drawn.png", own=True)
        empty = work.record(FakePipeline())(
            "fog", callback_on_step_end=lambda *_: {"latents": torch.ones(1, 16, 16, 3)}
        )
        empty.images[0].save(tmp_path / "blank.png")
        size = studio.ledger.head().size
        stored = sorted(path.name for path in studio.folder.data.rglob("*.*"))
    monkeypatch.chdir(tmp_path / "art")
    for name, known in (("raw.webp", "1.1"), ("edited.png", "e1")):
        said = run("import", f"../{name}", "--own")
        words = f"'{name}' shows {known} of 'Harbour', which a generator made or had a part in"
        assert (said.code, said.out) == (2, "")
        assert words in said.err
        assert "bring it in without --own" in said.err
    with Studio.open() as studio:
        assert studio.ledger.head().size == size
        assert sorted(path.name for path in studio.folder.data.rglob("*.*")) == stored
    assert "these pixels are 1.1 of Harbour" in run("import", "../raw.webp").out
    assert "2.1" in run("import", "../blank.png", "--own").out
    assert run("import", "../drawn.png", "--own").code == 0
