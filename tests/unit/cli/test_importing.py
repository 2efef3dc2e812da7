"""What ``provgen import`` says of a file's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen import Studio
from provenance_gen.credentials.vocabulary import IPTC
from provenance_gen.metadata import xmp
from tests.unit.metadata import files

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
