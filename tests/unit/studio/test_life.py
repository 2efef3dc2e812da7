"""A studio that was moved, copied, put back, split or made read-only: read, and never forked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from provenance_gen import Studio, settings
from provenance_gen.errors import (
    ForeignStudioError,
    FrozenStudioError,
    LedgerBrokenError,
    LedgerForkError,
    UsageError,
)
from provenance_gen.ledger import checkpoint
from provenance_gen.ledger.noted import HeadNote
from provenance_gen.records.event import ActorKind
from provenance_gen.records.history import citation
from provenance_gen.records.verdict import VerdictKind
from provenance_gen.studio import folder as folders
from provenance_gen.studio.beside import conflicting
from provenance_gen.studio.standing import Place
from tests.unit.studio.conftest import generate

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.studio import Work

WRITER = """
import sys
from provenance_gen import Studio
with Studio.open(sys.argv[1]) as studio:
    print("ready", flush=True)
    while True:
        studio.new_work("from another process")
"""
LATECOMER = """
import sys
from provenance_gen import Studio
from provenance_gen.errors import FrozenStudioError
from provenance_gen.records.payloads import IntentStated
studio = Studio.open(sys.argv[1])
print("ready", flush=True)
try:
    while True:
        print(studio.append(IntentStated(work="w")).sequence, flush=True)
except FrozenStudioError as error:
    print(error, flush=True)
"""
KILLED = """
import os, signal, sys
from provenance_gen import Studio
from provenance_gen.studio import resume
NEW_LOG = sys.argv[5:] == ["new-log"]
WATCHED = ("os.rename",) if NEW_LOG else (
    "open", "os.rename", "os.mkdir", "os.chmod", "sqlite3.connect", "shutil.rmtree"
)
count = None
def watch(event, arguments):
    global count
    if count is not None and event in WATCHED:
        count -= 1
        if count == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
root, first, last, step = sys.argv[1], *map(int, sys.argv[2:5])
for number in range(first, last, step):
    child = os.fork()
    if child == 0:
        studio = Studio.open(root)
        count = number
        studio.resume(new_log=NEW_LOG)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(number, status, flush=True)
    if sys.stdin.readline() != "on\\n":
        break
"""


@pytest.fixture
def art(studio: Studio, work: Work) -> Path:
    """Return the folder of a closed studio with a work of three images, one of them picked."""
    work.select("1.2", reason="low horizon")
    studio.ledger.checkpoint()
    studio.close()
    return studio.folder.root


def put_back(backup: Path, root: Path) -> None:
    """Restore a backup as the documents say: the old folder away, the backup's in its place."""
    shutil.rmtree(root / ".provgen")
    shutil.copytree(backup / ".provgen", root / ".provgen")


def record(root: Path, title: str = "Later") -> None:
    """Record something and sign it."""
    with Studio.open(root) as studio:
        studio.new_work(title)
        studio.ledger.checkpoint()


def standing(root: Path) -> Place:
    """Return where a studio is found to be."""
    with Studio.open(root) as studio:
        assert studio.history().works
        return studio.standing.place


def test_backup_while_two_processes_write(art: Path, tmp_path: Path) -> None:
    """The backup audits clean, is a beginning of the ledger, and nobody waits or fails."""
    command = [sys.executable, "-c", WRITER, str(art)]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    try:
        assert all(w.stdout is not None and w.stdout.readline() for w in writers)
        with Studio.open(art) as studio:
            made = studio.back_up(tmp_path / "backup.zip")
            assert all(writer.poll() is None for writer in writers)
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    assert (made.logs, made.images) == (1, 3)
    with zipfile.ZipFile(made.path) as packed:
        packed.extractall(tmp_path / "out")
    with Studio.open(art) as studio, Studio.open(tmp_path / "out") as restored:
        found = restored.audit()
        assert (found.size, found.root, found.problems) == (made.size, made.root, ())
        assert found.size < studio.ledger.head().size
        assert restored.ledger.leaves() == studio.ledger.leaves(found.size)
        assert studio.audit().passed


@pytest.mark.parametrize("name", ["backup", "backup.zip"])
def test_backup_holds_no_key_and_is_whole(art: Path, tmp_path: Path, name: str) -> None:
    """Ledger, checkpoints, images, description and a README; no key, no lock, no other file."""
    (art / ".provgen" / "images" / "link.png").symlink_to(settings.config_folder())
    with Studio.open(art) as studio:
        whole = studio.back_up(tmp_path / name)
        bare = studio.back_up(tmp_path / f"bare-{name}", images=False)
    assert (whole.images, bare.images) == (3, None)
    if name.endswith(".zip"):
        names = set(zipfile.ZipFile(tmp_path / name).namelist())
        data = [zipfile.ZipFile(tmp_path / name).read(n) for n in names]
    else:
        files = [p for p in (tmp_path / name).rglob("*") if p.is_file()]
        names = {p.relative_to(tmp_path / name).as_posix() for p in files}
        data = [p.read_bytes() for p in files]
    assert not any(b"PRIVATE KEY" in one for one in data)
    kinds = {n.split("/")[1] if "/" in n else n for n in names}
    assert kinds == {
        "README.txt",
        "ledger.db",
        "studio.yaml",
        "checkpoints",
        "images",
        "thumbnails",
        "blobs",
    }
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".provgen")]


def test_no_backup_of_what_is_broken(art: Path, tmp_path: Path) -> None:
    """A backup that does not hold is not left lying; neither is anything overwritten."""
    with Studio.open(art) as studio:
        with pytest.raises(UsageError, match="exists"):
            studio.back_up(art)
        with pytest.raises(UsageError, match="inside"):
            studio.back_up(art / ".provgen" / "backup")
        image = next((art / ".provgen" / "images").rglob("*.png"))
        image.write_bytes(image.read_bytes()[:-1])
        for name in ("backup", "backup.zip"):
            with pytest.raises(LedgerBrokenError, match="the file was altered"):
                studio.back_up(tmp_path / name)
        assert studio.back_up(tmp_path / "bare", images=False).size == studio.ledger.head().size
    assert sorted(p.name for p in tmp_path.iterdir()) == ["art", "bare"]


def test_copy_is_read_then_goes_on_in_a_new_log(art: Path, tmp_path: Path) -> None:
    """A copy begins a log that cites the old one; works, images, names and numbers go on."""
    copy = tmp_path / "copy"
    shutil.copytree(art, copy)
    with Studio.open(copy, actor=ActorKind.PERSON) as studio:
        assert (studio.standing.place, studio.foreign) == (Place.COPIED, True)
        old, head = studio.history(), studio.ledger.head()
        with pytest.raises(ForeignStudioError, match=r"a copy of yours in .*art.*ledger resume"):
            studio.new_work("x")
        done = studio.resume(reason="to try things out")
    assert (done.new_log, done.earlier, done.size, done.lost) == (True, head.origin, head.size, 0)
    with Studio.open(copy, actor=ActorKind.PERSON) as studio:
        assert (studio.standing.place, studio.ledger.origin) == (Place.HOME, done.origin)
        first = next(studio.ledger.events())
        assert (first.type, first.sequence) == ("log.resumed", 0)
        assert first.payload["root"] == head.root.hex()
        assert first.payload["reason"] == "to try things out"
        work = studio.work()
        again = generate(work, "a red boat")
        assert len(again) == 3
        history = work.history()
        assert [i.name for i in history.images] == ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3"]
        assert history.attempts[0].images == old.works[0].attempts[0].images or (
            history.attempts[0].citation.log == 1
        )
        assert [history.citation.number, history.attempts[1].citation.number] == ["1:1", "2:1"]
        assert studio.audit().passed
        assert [found.problems for found in studio.audit_earlier()] == [()]
    # The original never noticed, and goes on with its own log and key.
    with Studio.open(art) as studio:
        assert (studio.standing.place, studio.ledger.origin) == (Place.HOME, head.origin)
        studio.new_work("in the original")


def test_what_left_before_is_verified_after(art: Path, tmp_path: Path) -> None:
    """A file exported under the old log is confirmed by it; one under the new log too."""
    with Studio.open(art) as studio:
        studio.work().export("1.2", tmp_path / "before.png")
        size = studio.resume(new_log=True).size
    with Studio.open(art) as studio:
        work = studio.work()
        work.export("1.1", tmp_path / "after.png")
        for name in ("before.png", "after.png"):
            verdict = studio.verify(tmp_path / name)
            ledger = next(check for check in verdict.checks if check.id == "ledger")
            assert (verdict.verdict, ledger.code) == (
                VerdictKind.VALID,
                "provgen.ledger.confirmed",
            ), name
        work.report(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    report = json.loads((tmp_path / "report.json").read_text())
    numbers = [event["sequence"] for event in report["events"]]
    assert "1:1" in numbers
    assert "2:1" in numbers
    assert numbers == sorted(numbers, key=lambda n: tuple(map(int, n.split(":"))))
    assert 'id="event-2:1"' in page
    assert [log["size"] for log in report["ledger"]["earlier"]] == [size]
    assert f"from the first {size + report['ledger']['tree_size']} events" in page


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


def test_restore_over_a_newer_studio(art: Path, tmp_path: Path) -> None:
    """A restored backup goes on with its log only if nothing later was recorded."""
    with Studio.open(art) as studio:
        studio.back_up(tmp_path / "backup")
    put_back(tmp_path / "backup", art)
    record(art, "nothing was lost")
    put_back(tmp_path / "backup", art)
    assert standing(art) is Place.BEHIND


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


def test_another_users_studio_is_gone_on_from(
    art: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On another computer it is foreign; resumed, it has keys of its own and says so."""
    monkeypatch.setenv(settings.CONFIG_VARIABLE, str(tmp_path / "another config"))
    with Studio.open(art) as studio:
        assert studio.standing.place is Place.FOREIGN
        studio.resume()
    with Studio.open(art) as studio:
        cited = next(studio.ledger.events()).payload
        assert (cited["own"], studio.standing.place) == (False, Place.HOME)
        studio.work().export("1.1", tmp_path / "x.png")
        assert studio.verify(tmp_path / "x.png").verdict is VerdictKind.VALID
        assert all(found.passed for found in (studio.audit(), *studio.audit_earlier()))


def test_broken_ledger_is_not_gone_on_from(art: Path, tmp_path: Path) -> None:
    """What is damaged is neither cited nor changed."""
    copy = tmp_path / "copy"
    shutil.copytree(art, copy)
    script = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()"
    )
    change = "UPDATE event SET body = body || x'20' WHERE seq = 2"
    subprocess.run(
        [sys.executable, "-c", script, str(copy / ".provgen" / "ledger.db"), change], check=True
    )
    with Studio.open(copy) as studio, pytest.raises(LedgerBrokenError, match="restore a backup"):
        studio.resume()
    assert not (copy / ".provgen" / "logs").exists()


def test_missing_earlier_log_is_said(art: Path) -> None:
    """Works of a log that is gone are not silently left out."""
    with Studio.open(art) as studio:
        studio.resume(new_log=True)
    for file in (art / ".provgen").glob("ledger.db*"):
        file.unlink()
    with Studio.open(art) as studio, pytest.raises(LedgerBrokenError, match="missing"):
        studio.history()


def test_earlier_log_of_other_events_is_found(art: Path) -> None:
    """The audit holds an earlier log against what the next one cites."""
    with Studio.open(art) as studio:
        studio.resume(new_log=True)
    with Studio.open(art) as studio:
        assert studio.audit_earlier()[0].passed
        with studio.earlier[0].ledger.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE event SET leaf = zeroblob(32) WHERE seq = 1")
        assert not studio.audit_earlier()[0].passed


def test_backup_of_a_resumed_studio(art: Path, tmp_path: Path) -> None:
    """All logs go into the backup, and come back."""
    with Studio.open(art) as studio:
        studio.resume(new_log=True)
    record(art)
    with Studio.open(art) as studio:
        made = studio.back_up(tmp_path / "backup")
        works = studio.history().works
    assert (made.logs, made.images) == (2, 3)
    with Studio.open(tmp_path / "backup") as restored:
        assert restored.history().works == works
        assert restored.audit().passed
        assert restored.audit_earlier()[0].passed


def test_signing_identity_is_kept(art: Path) -> None:
    """The same certificate signs on; the ledger's key is new."""
    with Studio.open(art) as studio:
        before, old_key = studio.secrets.signing_chain.read_bytes(), studio.verifier_key
        studio.resume(new_log=True)
    with Studio.open(art) as studio:
        assert studio.secrets.signing_chain.read_bytes() == before
        assert studio.verifier_key != old_key
        assert b"PRIVATE KEY" in studio.secrets.signing_key.read_bytes()
        note = next((studio.ledger.notes).glob("*.note")).read_text()
        assert checkpoint.verify(note, studio.verifier_key or "").size == 1


def test_citations_of_one_log_name_no_log(art: Path) -> None:
    """Where there is one log, events are known by their number alone."""
    with Studio.open(art) as studio:
        event = next(studio.ledger.events())
        assert (citation(event).number, citation(event).log) == (0, None)
        assert citation(event, ["other", event.log]).number == "2:0"


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


def test_links_in_a_downloaded_folder_are_not_followed(
    art: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Resuming writes nowhere but in the studio."""
    monkeypatch.setenv(settings.CONFIG_VARIABLE, str(tmp_path / "another config"))
    (tmp_path / "mine").mkdir()
    (art / ".provgen" / "logs").symlink_to(tmp_path / "mine")
    with Studio.open(art) as studio, pytest.raises(UsageError, match="links"):
        studio.resume()
    assert list((tmp_path / "mine").iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files")
def test_full_disk(art: Path, tmp_path: Path) -> None:
    """A backup or a new log that finds no room leaves nothing and changes nothing."""
    script = (
        "import resource, sys; from provenance_gen import Studio, errors\n"
        "studio = Studio.open(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)\n"
        "verbs = (lambda: studio.back_up(sys.argv[2]),"
        " lambda: studio.back_up(sys.argv[2] + '.zip'),"
        " lambda: studio.resume(new_log=True))\n"
        "for verb in verbs:\n"
        "    try: verb(); print('done')\n"
        "    except errors.StorageError: print('no room')\n"
    )
    before = sorted(path.name for path in (art / ".provgen").rglob("*.db"))
    command = [sys.executable, "-c", script, str(art), str(tmp_path / "backup"), "60000"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["no room"] * 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["art"]
    assert sorted(path.name for path in (art / ".provgen").rglob("*.db")) == before
    record(art)


def test_nothing_is_recorded_past_the_end_of_an_old_log(art: Path) -> None:
    """Programs that have the studio open stop; what they were told is recorded is cited."""
    command = [sys.executable, "-c", LATECOMER, str(art)]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        assert all(w.stdout is not None and w.stdout.readline() for w in writers)
        with Studio.open(art) as studio:
            done = studio.resume(new_log=True)
        said = [writer.communicate(timeout=60)[0].splitlines() for writer in writers]
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    assert all("goes on in another log" in lines[-1] for lines in said)
    assert all(int(line) < done.size for lines in said for line in lines[:-1])
    with Studio.open(art) as studio:
        assert studio.audit_earlier()[0].passed


def kill_points(art: Path, tmp_path: Path, first: int, step: int) -> int:
    """Kill ``resume`` at one call after another; each time the studio is the old or the new one."""
    copy = tmp_path / "copy"
    shutil.copytree(art, copy)
    with Studio.open(copy) as studio:
        old = studio.ledger.origin
    command = [sys.executable, "-c", KILLED, str(copy), str(first), "500", str(step)]
    runs = 0
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for line in child.stdout:
            _, status = map(int, line.split())
            runs += 1
            with Studio.open(copy) as studio:
                assert studio.history().works[0].images
                assert all(f.passed for f in (studio.audit(), *studio.audit_earlier()))
                if studio.ledger.origin == old:
                    assert (studio.standing.place, status) == (Place.COPIED, 9)
                    child.stdin.write("on\n")
                else:
                    assert studio.standing.place is Place.HOME
                    studio.new_work("goes on")
                    child.stdin.write("stop\n")
            child.stdin.flush()
    return runs


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")
def test_killed_while_resuming(art: Path, tmp_path: Path) -> None:
    """A process killed in the middle leaves the old state or the new one."""
    assert kill_points(art, tmp_path, 3, 8) > 3


@pytest.mark.skipif(os.name != "posix", reason="SKIPPED: kills a process, which needs POSIX")
@pytest.mark.parametrize("opened", [False, True])
def test_killed_before_the_old_log_was_retired(art: Path, tmp_path: Path, *, opened: bool) -> None:
    """However a new log came into force, the old one is not gone on with when it is put back."""
    config = settings.config_folder()
    for place in (art, config):
        shutil.copytree(place, tmp_path / "before" / place.name)
    with Studio.open(art) as studio:
        old = studio.ledger.origin
    met = set()
    command = [sys.executable, "-c", KILLED, str(art), "8", "100", "1", "new-log"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for line in child.stdout:
            status = int(line.split()[1])
            in_force = folders.read(folders.StudioFolder(art)).origin != old
            met.add((status, in_force))
            if opened:
                record(art)  # whichever log is in force can be gone on with
            if in_force:
                put_back(tmp_path / "before" / art.name, art)
            with Studio.open(art) as studio:
                found = Place.BEHIND if in_force else Place.HOME
                assert (studio.standing.place, studio.ledger.origin) == (found, old), line
            for place in (art, config):
                shutil.rmtree(place)
                shutil.copytree(tmp_path / "before" / place.name, place)
            child.stdin.write("stop\n" if status == 0 else "on\n")
            child.stdin.flush()
    # Killed before, killed in between, and not killed.
    assert met == {(9, False), (9, True), (0, True)}


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")
def test_killed_at_every_call_while_resuming(art: Path, tmp_path: Path) -> None:
    """The same at every call that touches the disk."""
    assert kill_points(art, tmp_path, 1, 1) > 20
