"""The audit holds every file of a studio against what the events say of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import torch
from PIL import Image

from provenance_gen import Studio
from provenance_gen.errors import LedgerBrokenError, UsageError
from provenance_gen.images.pixels import encode_png, pixel_digest
from provenance_gen.records.event import ActorKind
from provenance_gen.studio.bundle import bundle, prove
from provenance_gen.studio.redact import purge, withdraw
from tests.fakes import FakePipeline

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from provenance_gen.studio import Work


def kept(studio: Studio, kind: str) -> list[Path]:
    """Return the files of one kind in the store."""
    return sorted(path for path in (studio.folder.data / kind).rglob("*") if path.is_file())


@pytest.fixture
def drawn(work: Work, tmp_path: Path) -> Image.Image:
    """Bring a picture in from a file."""
    picture = Image.new("RGB", (9, 7), "teal")
    (tmp_path / "sketch.png").write_bytes(encode_png(picture))
    work.bring_in(tmp_path / "sketch.png")
    return picture


@pytest.mark.parametrize("kind", ["images", "thumbnails", "files"])
def test_a_withdrawn_picture_that_is_back(studio: Studio, drawn: Image.Image, kind: str) -> None:
    """Pixels, thumbnail or original of a withdrawn picture are a finding until they are purged."""
    digest = pixel_digest(drawn)
    (file,) = (f for f in kept(studio, kind) if kind == "files" or f.stem == digest)
    content = file.read_bytes()
    withdraw(studio, "i1", reason="asked by the sitter")
    assert not file.exists()
    assert studio.audit().findings == ()
    file.write_bytes(content)
    found = studio.audit()
    (finding,) = found.findings
    assert found.passed
    assert "provgen ledger redact --purge" in finding.what
    assert finding.sequence == studio.ledger.head().size - 1
    with pytest.raises(UsageError, match="redact --purge"):
        withdraw(studio, "i1", reason="again")
    assert purge(studio)
    assert not file.exists()
    assert studio.audit().findings == ()


def test_blobs_are_audited(studio: Studio, work: Work) -> None:
    """States of generators, configurations and arrays are part of the record."""
    generator = torch.Generator().manual_seed(5)
    torch.rand(3, generator=generator)
    pipe = work.record(FakePipeline())
    pipe("a boat", generator=generator, cross_attention_kwargs={"scale": torch.ones(4)})
    files = kept(studio, "blobs")
    assert (found := studio.audit()).passed
    assert found.blobs == len(files) > 3  # states, an array, the scheduler's configuration
    started = [event.sequence for event in studio.ledger.events() if event.type[8:] == "started"]
    for file in files:
        content = file.read_bytes()
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        (problem,) = studio.audit().problems
        assert (problem.what, problem.sequence in started) == (
            f"blob {file.name} was altered",
            True,
        )
        file.unlink()
        (problem,) = studio.audit().problems
        assert problem.what == f"blob {file.name} is missing"
        file.write_bytes(content)
    assert studio.audit().passed


def test_pictures_given_to_a_generator_are_audited(studio: Studio, work: Work) -> None:
    """A mask or a sketch that only ever was an input has to be there as well."""
    sketch = Image.new("RGB", (12, 8), "olive")
    work.record(FakePipeline())("a boat", image=sketch)
    assert studio.audit().passed
    path = studio.store.path(pixel_digest(sketch))
    path.write_bytes(encode_png(Image.new("RGB", (12, 8), "navy")))
    (problem,) = studio.audit().problems
    assert "given to it: the file was altered" in problem.what
    path.unlink()
    (problem,) = studio.audit().problems
    assert "given to it: the file is missing" in problem.what


def test_withdrawn_in_a_later_log(studio: Studio, work: Work, tmp_path: Path) -> None:
    """Of earlier logs that counts which all logs together say; of a backup as well."""
    first, second = (work.find(name).ref.pixel_digest for name in ("1.1", "1.2"))
    content = studio.store.path(first).read_bytes()
    studio.resume(new_log=True)
    studio.close()
    with Studio.open(studio.folder.root, actor=ActorKind.PERSON) as resumed:
        withdraw(resumed, "1.1", reason="x")
        withdraw(resumed, "1.2", reason="x")
        assert all(found.passed for found in (resumed.audit(), *resumed.audit_earlier()))
        assert resumed.back_up(tmp_path / "backup").logs == 2
        resumed.store.path(first).write_bytes(content)
        assert [len(f.findings) for f in (resumed.audit(), *resumed.audit_earlier())] == [1, 0]
        # Recorded anew after that, the picture has to be there, whichever log it is asked of.
        torch.manual_seed(0)
        again = torch.Generator().manual_seed(2)
        resumed.work().record(FakePipeline())("a boat", generator=[again])
        assert resumed.work().find("2.1").ref.pixel_digest == second
        audits = (resumed.audit(), *resumed.audit_earlier())
        assert [found.passed for found in audits] == [True, True]
        resumed.store.path(second).unlink()
        audits = (resumed.audit(), *resumed.audit_earlier())
        assert [found.passed for found in audits] == [False, False]
        for name in ("backup-2", "backup-2.zip"):
            with pytest.raises(LedgerBrokenError, match="missing"):
                resumed.back_up(tmp_path / name)


@pytest.mark.skipif(os.name != "posix", reason="SKIPPED: nothing is swept on Windows")
@pytest.mark.parametrize("verb", ["export", "report", "bundle", "folder", "prove", "backup"])
def test_what_a_killed_process_left_goes(work: Work, tmp_path: Path, verb: str) -> None:
    """The next file that leaves the studio to the same folder takes half-written ones along."""
    left = tmp_path / ".provgen-0123456789abcdef-k3j_x9ab.png"
    left.write_bytes(b"half of a signed file")
    (tmp_path / ".provgen-backup-0123456789abcdef-k3j_x9ab").mkdir()
    verbs: dict[str, Callable[[], object]] = {
        "export": lambda: work.export("1.1", tmp_path / "a.png"),
        "report": lambda: work.report(tmp_path / "a.html"),
        "bundle": lambda: bundle(work.studio, tmp_path / "a.zip"),
        "folder": lambda: bundle(work.studio, tmp_path / "a"),
        "prove": lambda: prove(work.studio, "1", tmp_path / "a.tlog-proof"),
        "backup": lambda: work.studio.back_up(tmp_path / "a.zip"),
    }
    verbs[verb]()
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".provgen")]


@pytest.mark.skipif(os.name != "posix", reason="SKIPPED: nothing is swept on Windows")
def test_a_purge_takes_half_written_pictures_along(studio: Studio, work: Work) -> None:
    """What a killed process left in the store may show a picture that was withdrawn."""
    path = studio.store.path(work.find("1.1").ref.pixel_digest)
    left = path.with_name(".provgen-0123456789abcdef-k3j_x9ab.png")
    left.write_bytes(path.read_bytes())
    withdraw(studio, "1.1", reason="x")
    assert not left.exists()
