"""Images edited in another program: every save, and every way in which a program can end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from provenance_gen import Studio
from provenance_gen.errors import ImageError, UsageError
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import ActorKind, Basis
from provenance_gen.studio.outside import Ended

if TYPE_CHECKING:
    from provenance_gen.records.work import Edit
    from provenance_gen.studio import Work

EDITOR = Path(__file__).resolve().parents[2] / "editors.py"


def command(behaviour: str) -> str:
    """Return the scripted editor's command."""
    return f'"{sys.executable}" "{EDITOR}" {behaviour} {{}}'


def working_folders(work: Work) -> list[Path]:
    """Return the working folders that were left."""
    return sorted(work.studio.folder.root.glob("editing-*"))


def test_every_save_is_an_edit(work: Work) -> None:
    """Two saves are two edits, each made from the one before, and told of as they come."""
    told: list[Edit] = []
    sitting = work.edit_with("1.1", command("twice"), note="a mast", on_save=told.append)
    assert [edit.image.name for edit in sitting.edits] == ["e1", "e2"]
    assert told == list(sitting.edits)
    assert (sitting.ended, sitting.code, sitting.unread) == (Ended.CLOSED, 0, ())
    first, second = work.history().edits
    assert (first.parent, second.parent) == ("1.1", "e1")
    assert (first.save, second.save) == (1, 2)
    assert first.agent is second.agent is EditAgent.EXTERNAL
    assert second.difference.bounds == (10, 2, 4, 4)
    assert (first.note, first.tool) == ("a mast", Path(sys.executable).name)
    assert first.citation.basis is Basis.CONTEMPORANEOUS
    assert first.confirmed is None
    assert working_folders(work) == []


def test_a_crash_keeps_what_was_saved(work: Work) -> None:
    """The exit code is told; the save before it is on record."""
    sitting = work.edit_with("1.1", command("crash"))
    assert (sitting.ended, sitting.code) == (Ended.CRASHED, 3)
    assert [edit.image.name for edit in sitting.edits] == ["e1"]


def test_another_name_in_the_folder_counts(work: Work) -> None:
    """What is saved beside the copy is a save of it."""
    (edit,) = work.edit_with("1.1", command("other-name")).edits
    assert edit.difference.bounds == (2, 2, 4, 4)


@pytest.mark.parametrize("behaviour", ["nothing", "same"])
def test_no_change_is_no_edit(work: Work, behaviour: str) -> None:
    """Neither a program that saves nothing nor one that saves the same pixels is recorded."""
    before = len(list(work.studio.ledger.events()))
    sitting = work.edit_with("1.1", command(behaviour))
    assert sitting.edits == ()
    assert sitting.ended is Ended.CLOSED
    assert len(list(work.studio.ledger.events())) == before
    assert working_folders(work) == []


def test_a_damaged_save_is_named_and_left(work: Work) -> None:
    """What cannot be read is not recorded, and not deleted either."""
    sitting = work.edit_with("1.1", command("damaged"))
    assert sitting.edits == ()
    assert "1.1.png" in sitting.unread[0]
    assert sitting.folder is not None
    assert (sitting.folder / "1.1.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("behaviour", ["layers", "layers-last"])
def test_layered_files_are_kept_with_the_picture(work: Work, behaviour: str) -> None:
    """Saved before it or after it: the bytes are in the store, the names in the record."""
    edits = work.edit_with("1.1", command(behaviour)).edits
    assert len(edits) == (1 if behaviour == "layers" else 2)
    assert edits[-1].sources is not None
    (kept,) = edits[-1].sources
    assert (kept.form, kept.count, kept.name) == ("ora", 2, "1.1.ora")
    assert [layer.name for layer in kept.layers or ()] == ["Sail", "Sky"]
    assert work.studio.store.blob(kept.blob).startswith(b"PK")
    if behaviour == "layers-last":
        assert edits[-1].difference.changed == 0


WATCH = """
import sys
from provenance_gen import Studio
from provenance_gen.records.event import ActorKind
with Studio.open(sys.argv[1], actor=ActorKind.PERSON) as studio:
    print("open", flush=True)
    told = lambda edit: print("saved", flush=True)
    sitting = studio.work().edit_with("1.1", sys.argv[2], on_save=told)
    print(sitting.ended, sitting.code, len(sitting.edits), sitting.folder, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another thing there")
def test_a_program_that_never_closes(work: Work) -> None:
    """Ctrl-C finishes the record with what was saved; the program and its copy stay."""
    root = work.studio.folder.root
    work.studio.close()
    with subprocess.Popen(
        [sys.executable, "-c", WATCH, str(root), command("open")],
        stdout=subprocess.PIPE,
        text=True,
    ) as watching:
        assert watching.stdout is not None
        assert watching.stdout.readline() == "open\n"
        assert watching.stdout.readline() == "saved\n"
        watching.send_signal(signal.SIGINT)
        ended, code, saves, folder = watching.stdout.read().split()
        assert watching.wait(20) == 0
    assert (ended, code, saves) == ("stopped", "None", "1")
    assert not (Path(folder) / ".saves").exists()
    # The editor said who it is; it is ours to end.
    os.kill(int((Path(folder) / "editor.pid").read_text()), signal.SIGTERM)
    assert (Path(folder) / "1.1.png").is_file()
    with Studio.open(root, actor=ActorKind.PERSON) as studio:
        assert [edit.save for edit in studio.work().history().edits] == [1]


@pytest.mark.parametrize("wrong", ["", "no-such-program-anywhere", '"unfinished'])
def test_a_program_that_is_not_there(work: Work, wrong: str) -> None:
    """A clear word, no working folder left, nothing recorded."""
    with pytest.raises(UsageError, match=r"no program|cannot be read"):
        work.edit_with("1.1", wrong)
    assert working_folders(work) == []
    assert work.history().edits == ()


def test_a_confirmation_is_a_fact_of_its_own(work: Work) -> None:
    """The record keeps both: that it was not known, and that a person confirmed it."""
    (edit,) = work.edit_with("1.1", command("crash")).edits
    done = work.confirm(edit.image.name, note="by hand")
    assert done.confirmed is not None
    assert done.confirmed.basis is Basis.CONFIRMED
    assert (done.agent, done.linked) == (EditAgent.EXTERNAL, None)
    with pytest.raises(UsageError, match="confirmed already"):
        work.confirm(edit.image.name)


def test_what_nobody_known_confirmed_is_left_open_to_a_person(work: Work) -> None:
    """It counted for nobody, and must not keep the person from saying so at a terminal."""
    (edit,) = work.edit_with("1.1", command("crash")).edits
    name, root = edit.image.name, work.studio.folder.root
    work.studio.close()
    for kind, theirs in ((ActorKind.UNKNOWN, False), (ActorKind.PERSON, True)):
        with Studio.open(root, actor=kind) as studio:
            assert studio.work().confirm(name).theirs is theirs
    for kind in (ActorKind.UNKNOWN, ActorKind.PERSON):
        with (
            Studio.open(root, actor=kind) as studio,
            pytest.raises(UsageError, match="confirmed already"),
        ):
            studio.work().confirm(name)


def test_what_cannot_be_confirmed(work: Work) -> None:
    """A built-in edit has nothing open, and a program confirms nothing."""
    from provenance_gen.editing.parsing import parse_stroke  # noqa: PLC0415

    work.edit("1.1", [parse_stroke("1,1 9,9")])
    with pytest.raises(UsageError, match="nothing is open"):
        work.confirm("e1")
    root = work.studio.folder.root
    work.studio.close()
    with Studio.open(root) as studio, pytest.raises(UsageError, match="only a person"):
        studio.work().confirm("e1")


def scene(seed: int, size: tuple[int, int] = (160, 120)) -> Image.Image:
    """Return a picture with shapes in it, as no other seed gives it."""
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (size[1] // 8, size[0] // 8, 3), dtype=np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)


def imported(work: Work, picture: Image.Image, name: str, **more: object) -> str:
    """Bring a picture in from a file; return its name."""
    path = work.studio.folder.root / name
    picture.save(path, **more)  # type: ignore[arg-type]
    return work.bring_in(path).image.name


def test_another_size_is_measured_by_content(work: Work) -> None:
    """A crop with a change in it: the frame is found, and the change where it lies."""
    pytest.importorskip("cv2")
    name = imported(work, scene(1), "scene.png")
    child = scene(1)
    child.paste((255, 0, 255), (60, 40, 90, 60))
    edit = work.edit(name, child.crop((16, 8, 144, 112)), tool="Krita")
    assert edit.difference.frame == (16, 8, 128, 104)
    assert edit.difference.bounds == (44, 32, 30, 20)
    with pytest.raises(ImageError, match="was not made from that image"):
        work.edit(name, scene(9, (128, 104)))


def test_an_import_without_a_word_is_matched(work: Work) -> None:
    """Resized, retouched and saved with loss, it is found; the link is a guess until confirmed."""
    pytest.importorskip("cv2")
    names = [imported(work, scene(seed), f"{seed}.png") for seed in (1, 2, 3)]
    child = scene(2).resize((240, 180))
    child.paste((255, 0, 255), (30, 30, 60, 60))
    imported(work, child, "from somewhere.jpg", quality=90)
    brought = work.history().imports[-1]
    edit = work.match(brought)
    assert edit is not None
    assert (edit.parent, edit.citation.basis) == (names[1], Basis.INFERRED)
    assert edit.image.ref.pixel_digest == brought.image.ref.pixel_digest
    linked = work.confirm(edit.image.name, link_only=True)
    assert linked.linked is not None
    assert linked.confirmed is None
    imported(work, scene(99), "stranger.png")
    assert work.match(work.history().imports[-1]) is None


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("gimp") is None, reason="GIMP is not installed")
def test_gimp_in_batch_mode(work: Work) -> None:
    """A real editor: GIMP inverts the picture and saves it over itself."""
    script = (
        '(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE \\"{}\\" \\"{}\\")))'
        " (layer (car (gimp-image-get-active-drawable image))))"
        " (gimp-drawable-invert layer FALSE)"
        ' (file-png-save2 RUN-NONINTERACTIVE image layer \\"{}\\" \\"{}\\" 0 9 0 0 0 0 0 0 0)'
        " (gimp-quit 0))"
    )
    before = np.asarray(work.studio.store.open(work.find("1.1").ref.pixel_digest).convert("RGB"))
    started = time.monotonic()
    sitting = work.edit_with("1.1", f'gimp -i -d -f -b "{script}"', tool="GIMP")
    assert time.monotonic() - started < 300
    (edit,) = sitting.edits
    after = np.asarray(work.studio.store.open(edit.image.ref.pixel_digest).convert("RGB"))
    assert np.abs(after.astype(int) - (255 - before)).max() <= 1
    assert edit.difference.uniform
