"""A studio's folder in other hands: what is shown and said comes from what was recorded."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from provenance_gen.errors import LedgerBrokenError, SettingsError, UsageError
from provenance_gen.images.pixels import encode_png, pixel_digest
from provenance_gen.studio.report_pictures import StoredPictures
from tests.fakes import FakePipeline

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen import Studio
    from provenance_gen.studio import Work


def test_changed_events_make_no_report(work: Work, tmp_path: Path) -> None:
    """Nothing is reported or exported from events whose bytes were changed."""
    with work.studio.ledger.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE event SET body = CAST(replace(CAST(body AS TEXT), 'person', 'program') AS BLOB)"
        )
    with pytest.raises(LedgerBrokenError):
        work.report(tmp_path / "report.html")
    with pytest.raises(LedgerBrokenError):
        work.export("1.1", tmp_path / "out.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["art"]


def test_an_exchanged_thumbnail_is_not_shown(work: Work) -> None:
    """Reports draw small pictures from those whose digests hold."""
    image = work.find("1.1")
    thumbnail = work.studio.store.thumbnail(image.ref.pixel_digest)
    thumbnail.write_bytes(encode_png(Image.new("RGB", (16, 16), "blue")))
    shown = StoredPictures(work.studio.store, work.history()).thumbnail(image.ref.pixel_digest)
    assert shown is not None
    assert shown != thumbnail.read_bytes()


def test_a_picture_that_came_back_has_to_be_there(work: Work, tmp_path: Path) -> None:
    """Withdrawing excuses a missing file only until the same picture is recorded again."""
    drawn = Image.new("RGB", (9, 7), "teal")
    file = tmp_path / "sketch.png"
    file.write_bytes(encode_png(drawn))
    work.bring_in(file)
    work.studio.store.remove(pixel_digest(drawn))
    assert not work.studio.audit().passed
    work.bring_in(file)
    assert work.studio.audit().passed


def test_originals_of_imports_are_audited(work: Work, tmp_path: Path) -> None:
    """The file that an image was brought in from is part of the record."""
    file = tmp_path / "sketch.png"
    file.write_bytes(encode_png(Image.new("RGB", (9, 7), "teal")))
    work.bring_in(file)
    assert work.studio.audit().passed
    (original,) = (work.studio.folder.data / "files").rglob("*/*")
    original.write_bytes(b"another file")
    (problem,) = work.studio.audit().problems
    assert "brought in from" in problem.what


def test_messages_of_libraries_stay_in_the_studio(work: Work, tmp_path: Path) -> None:
    """A failed attempt is reported by the class of its error, without its words."""
    failure = FileNotFoundError("/home/alice/secret/model.bin")
    with pytest.raises(FileNotFoundError):
        work.record(FakePipeline(failure=failure))("x")
    written = work.report(tmp_path / "report.html")
    for path in written.files.values():
        text = path.read_text(encoding="utf-8")
        assert "alice" not in text
        assert "FileNotFoundError" in text


def test_aliases_in_the_description(studio: Studio) -> None:
    """YAML that stands for more than any memory holds is refused before it is read."""
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    studio.folder.file.write_text(bomb)
    with pytest.raises(SettingsError, match="aliases"):
        type(studio).open(studio.folder.root)


@pytest.mark.skipif(os.name != "posix", reason="needs links and pipes")
def test_links_and_pipes(studio: Studio, tmp_path: Path) -> None:
    """A pipe among the checkpoints keeps nobody waiting, and links are not resumed into."""
    os.mkfifo(studio.folder.data / "checkpoints" / "000000000001.note")
    os.mkfifo(studio.folder.data / "checkpoints" / "000000000001.tsa.tsr")
    said = " ".join(problem.what for problem in studio.audit().problems)
    assert "000000000001.note" in said
    assert "000000000001.tsa.tsr" in said
    (studio.folder.data / "images").symlink_to(tmp_path)
    with pytest.raises(UsageError, match="links"):
        studio.resume()
