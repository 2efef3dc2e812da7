"""A studio that was moved, put back, split or made read-only is found to be so, and is read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from provenance_gen import Studio
from provenance_gen.errors import ForeignStudioError, FrozenStudioError, LedgerForkError, UsageError
from provenance_gen.ledger.noted import HeadNote
from provenance_gen.studio import folder as folders
from provenance_gen.studio.beside import conflicting
from provenance_gen.studio.standing import Place
from tests.unit.studio.lives import put_back, record, standing

if TYPE_CHECKING:
    from pathlib import Path


def test_moved_studio_goes_on_with_its_log(art: Path, tmp_path: Path) -> None:
    """Where the old place is empty and nothing is missing, moving is no fork."""
    moved = tmp_path / "elsewhere"
    art.rename(moved)
    with Studio.open(moved) as studio:
        assert studio.standing.place is Place.MOVED
        origin = studio.ledger.origin
        with pytest.raises(ForeignStudioError, match=r"moved.*provgen ledger resume"):
            studio.new_work("x")
        done = studio.resume()
    assert (done.new_log, done.origin) == (False, origin)
    record(moved)
    with Studio.open(moved) as studio:
        assert (studio.ledger.origin, studio.earlier) == (origin, ())
        with pytest.raises(UsageError, match="nothing to resume"):
            studio.resume()
    # A second copy of the moved studio is a copy, not another move.
    shutil.copytree(moved, tmp_path / "second")
    assert standing(tmp_path / "second") is Place.COPIED


def test_moved_in_an_older_state_begins_a_new_log(art: Path, tmp_path: Path) -> None:
    """An older copy that poses as the moved studio would fork it: a new log is begun."""
    shutil.copytree(art, tmp_path / "older")
    record(art)
    shutil.rmtree(art)
    with Studio.open(tmp_path / "older") as studio:
        assert studio.standing.place is Place.STALE
        done = studio.resume()
    assert (done.new_log, done.lost) == (True, 1)


@pytest.mark.parametrize("what", ["whole folder", "database only", "other events"])
def test_rolled_back_is_noticed(art: Path, tmp_path: Path, what: str) -> None:
    """An older state in the studio's own place is read, not written, then gone on from."""
    shutil.copytree(art, tmp_path / "older")
    record(art)
    if what == "database only":
        for file in (art / ".provgen").glob("ledger.db*"):
            file.unlink()
        shutil.copy(tmp_path / "older" / ".provgen" / "ledger.db", art / ".provgen")
    else:
        put_back(tmp_path / "older", art)
    if what == "other events":
        # Somebody went on from the older state without our noticing it.
        with Studio.open(art) as studio:
            studio.ledger.close()
        script = (
            "import sys, pathlib; from provenance_gen.ledger.store import Ledger\n"
            "from tests.unit.ledger.test_backup import intent\n"
            "Ledger(pathlib.Path(sys.argv[1])).append_many([intent('x')] * 5)\n"
        )
        subprocess.run([sys.executable, "-c", script, str(art / ".provgen")], check=True)
    with Studio.open(art) as studio:
        assert (studio.standing.place, studio.foreign) == (Place.BEHIND, False)
        assert studio.history().works[0].attempts[0].images
        with pytest.raises(FrozenStudioError, match=r"rolled back.*provgen ledger resume"):
            studio.new_work("x")
        with pytest.raises(FrozenStudioError):
            studio.work().export("1.1", tmp_path / "x.png")
        done = studio.resume(reason="restored")
    assert (done.lost, done.contradicts) == ((0, 7) if what == "other events" else (1, None))
    record(art)
    with Studio.open(art) as studio:
        assert studio.standing.place is Place.HOME
        assert all(found.passed for found in (studio.audit(), *studio.audit_earlier()))


def test_put_back_to_before_the_new_log(art: Path, tmp_path: Path) -> None:
    """Once resumed, the old log does not go on in the same place, even if all is put back."""
    shutil.copytree(art, tmp_path / "older")
    with Studio.open(art) as studio:
        studio.resume(new_log=True)
    put_back(tmp_path / "older", art)
    with Studio.open(art) as studio:
        assert studio.standing.place is Place.BEHIND
        with pytest.raises(FrozenStudioError, match="before its present log was begun"):
            studio.new_work("x")


def test_rolled_back_while_it_is_open(art: Path, tmp_path: Path) -> None:
    """A process that has it open signs nothing that contradicts the note."""
    shutil.copytree(art, tmp_path / "older")
    studio = Studio.open(art)
    size = studio.ledger.head().size
    note = HeadNote(studio.secrets.newest_head)
    record(art)
    with studio.ledger.engine.begin() as connection:
        for table in ("event", "secret", "subject"):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE seq >= {size}")  # noqa: S608
        connection.exec_driver_sql("DELETE FROM checkpoint")
        older = tmp_path / "older" / ".provgen" / "ledger.db"
        connection.exec_driver_sql(f"ATTACH '{older}' AS older")
        connection.exec_driver_sql("DELETE FROM head")
        connection.exec_driver_sql("INSERT INTO head SELECT * FROM older.head")
    with pytest.raises(LedgerForkError):
        studio.ledger.checkpoint()
    assert (noted := note.read()) is not None
    assert noted.size == size + 1
    studio.close()


@pytest.mark.parametrize(
    "name",
    ["ledger (conflicted copy).db", "checkpoints/000000000006 (conflicted copy).note"],
)
def test_second_copies_of_a_cloud_drive_are_named(art: Path, name: str) -> None:
    """A second copy beside the ledger stops the writing; a new log goes on without losing it."""
    second = art / ".provgen" / name
    second.write_bytes(b"of another computer")
    with Studio.open(art) as studio:
        assert studio.standing.place is Place.SPLIT
        with pytest.raises(FrozenStudioError, match="provgen ledger resume") as refused:
            studio.new_work("x")
        assert name in str(refused.value)
        studio.resume()
    record(art)
    with Studio.open(art) as studio:
        assert [found.problems for found in studio.audit_earlier()] == [()]
    assert second.read_bytes() == b"of another computer"


def test_how_cloud_drives_name_second_copies(art: Path) -> None:
    """The names that the common drives give, and those that are ours."""
    data = art / ".provgen"
    names = {
        "ledger (Ann's conflicted copy 2026-11-22).db",
        "ledger-DESKTOP-7.db",
        "ledger 2.db",
        "ledger (1).db-wal",
        "ledger.sync-conflict-20261122-101010-ABCDEFG.db",
        "checkpoints/000000000006.sync-conflict-20261122-101010-ABCDEFG.note",
        "checkpoints/000000000006-PC.note",
    }
    for name in (*names, "ledger.db-wal", "ledger.db-shm", "ledger.db-journal", "ledger.txt"):
        (data / name).touch()
    folder = folders.StudioFolder(art)
    assert set(conflicting(folder, folders.read(folder))) == names


def test_moved_away_second_copy(art: Path, tmp_path: Path) -> None:
    """The other way out: the second copy is moved away, and the same log goes on."""
    second = art / ".provgen" / "ledger (1).db"
    second.write_bytes(b"of another computer")
    assert standing(art) is Place.SPLIT
    second.rename(tmp_path / "kept.db")
    assert standing(art) is Place.HOME


@pytest.mark.skipif(sys.platform != "linux", reason="SKIPPED: read-only mounts are made on Linux")
@pytest.mark.parametrize("wal", [False, True])
def test_read_only_medium(art: Path, tmp_path: Path, *, wal: bool) -> None:
    """On a read-only medium all is read, even commits that never reached the database file."""
    if wal:
        # Copied while it was open, as a burnt disc may be: the newest commit is in the log only.
        with Studio.open(art) as studio:
            studio.new_work("in the write-ahead log")
            shutil.copytree(art, tmp_path / "burnt")
        (tmp_path / "burnt" / ".provgen" / "ledger.db-shm").unlink()
        shutil.rmtree(art)
        (tmp_path / "burnt").rename(art)
    script = (
        "import sys; from provenance_gen import Studio, errors\n"
        "studio = Studio.open(sys.argv[1])\n"
        "print(studio.standing.place.value, [w.title for w in studio.history().works])\n"
        "print(studio.audit().passed)\n"
        "for verb in (lambda: studio.new_work('x'), studio.resume):\n"
        "    try: verb()\n"
        "    except errors.FrozenStudioError as error: print(error)\n"
        "print(studio.back_up(sys.argv[2]).size == studio.ledger.head().size)\n"
    )
    mount = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && exec "$2" -c "$3" "$1" "$4"'
    arguments = [str(art), sys.executable, script, str(tmp_path / "backup")]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", mount, "sh", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if os.geteuid() != 0 and done.returncode:
        pytest.skip(f"SKIPPED: no read-only mount can be made here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    titles = ["Harbour at dusk", *(["in the write-ahead log"] if wal else [])]
    assert lines[0] == f"read-only {titles}"
    assert (lines[1], lines[4]) == ("True", "True")
    assert all("cannot be written" in line and "ledger resume" in line for line in lines[2:4])


def test_another_way_to_the_same_folder(art: Path, tmp_path: Path) -> None:
    """A link to the folder is no copy of it."""
    (tmp_path / "link").symlink_to(art)
    assert standing(tmp_path / "link") is Place.HOME


def test_given_up_copy_elsewhere(art: Path, tmp_path: Path) -> None:
    """A log that was given up where it was made does not go on elsewhere either."""
    shutil.copytree(art, tmp_path / "copy")
    with Studio.open(art) as studio:
        studio.resume(new_log=True)
    assert standing(tmp_path / "copy") is Place.STALE
    with Studio.open(tmp_path / "copy") as studio:
        assert studio.resume().new_log
