"""Studios: made whole or not at all, found from inside, never trusted when they are foreign."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import sqlite3
import stat
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from provenance_gen import Studio, settings
from provenance_gen.errors import (
    ForeignStudioError,
    LedgerError,
    SettingsError,
    StorageError,
    StudioExistsError,
    StudioNotFoundError,
    UnknownReferenceError,
)
from provenance_gen.records.event import ActorKind

if TYPE_CHECKING:
    from pathlib import Path


def test_made_and_found_again(studio: Studio) -> None:
    """A studio is found from any folder inside it, and is its maker's."""
    inside = studio.folder.root / "sketches" / "old"
    inside.mkdir(parents=True)
    with Studio.open(inside) as found:
        assert found.id == studio.id
        assert not found.foreign
        assert found.audit().passed


def test_a_second_init_changes_nothing(studio: Studio) -> None:
    """Where a studio stands, no other is made."""
    before = studio.folder.file.read_bytes()
    with pytest.raises(StudioExistsError):
        Studio.init(studio.folder.root)
    assert studio.folder.file.read_bytes() == before
    assert [p.name for p in studio.folder.root.iterdir()] == [".provgen"]


def test_not_found(tmp_path: Path) -> None:
    """Outside every studio the error says what to run."""
    with pytest.raises(StudioNotFoundError, match="provgen init"):
        Studio.open(tmp_path)


def test_keys_are_outside_and_private(studio: Studio) -> None:
    """No private key lies in the studio, and those of the user are readable by the user only."""
    for file in studio.folder.root.rglob("*"):
        assert not file.is_file() or b"PRIVATE KEY" not in file.read_bytes()
    keys = [studio.secrets.ledger_key, studio.secrets.signing_key]
    assert all(b"PRIVATE KEY" in key.read_bytes() for key in keys)
    if os.name == "posix":
        assert [stat.S_IMODE(key.stat().st_mode) for key in keys] == [0o600, 0o600]


def test_nothing_personal_in_the_ledger(studio: Studio) -> None:
    """Event bodies hold no path, host or user name."""
    studio.new_work("Title", author="A. Painter")
    with (
        contextlib.closing(sqlite3.connect(studio.folder.data / "ledger.db")) as database,
        database,
    ):
        bodies = b"".join(row[0] for row in database.execute("SELECT body FROM event"))
    database.close()
    for word in (str(studio.folder.root), platform.node(), "Painter", "Title"):
        # A host's name of two letters stands in any digest by chance.
        assert len(word) < 5 or word.encode() not in bodies


def test_copied_studio_is_foreign(studio: Studio, tmp_path: Path) -> None:
    """A copy is read, and neither trusted nor written."""
    studio.new_work("Harbour")
    copy = tmp_path / "copy"
    shutil.copytree(studio.folder.root, copy)
    with Studio.open(copy) as found:
        assert found.foreign
        assert found.history().works[0].title == "Harbour"
        assert found.verifier_key is None
        with pytest.raises(ForeignStudioError, match="provgen init"):
            found.new_work("Another")
        with pytest.raises(LedgerError, match="key"):
            found.ledger.checkpoint()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1, 2]",
        "studio: 3",
        "format: 1\nstudio: ../../etc\norigin: o\nledger_key: k\n",
        "format: 99\nstudio: st0123456789abcdef\norigin: o\nledger_key: k\n",
        "!!python/object/apply:os.system ['true']",
        "a: &a [*a]",
    ],
)
def test_hostile_description(studio: Studio, text: str) -> None:
    """A studio's description from anybody is refused in our own words."""
    studio.folder.file.write_text(text)
    with pytest.raises(SettingsError):
        Studio.open(studio.folder.root)


def test_hostile_ledger(studio: Studio) -> None:
    """A ledger that is none is refused in our own words."""
    studio.close()
    for file in studio.folder.data.glob("ledger.db*"):
        file.unlink()
    (studio.folder.data / "ledger.db").write_bytes(b"SQLite format 3\x00" + b"\xff" * 4000)
    with pytest.raises(LedgerError):
        Studio.open(studio.folder.root)


def test_a_failed_init_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the keys cannot be written there is no half-made studio."""
    blocked = tmp_path / "config"
    blocked.write_text("a file where a folder is wanted")
    monkeypatch.setenv(settings.CONFIG_VARIABLE, str(blocked))
    for root in (tmp_path / "art", tmp_path / "new" / "art"):
        with pytest.raises(StorageError, match=settings.CONFIG_VARIABLE):
            Studio.init(root)
    assert [path.name for path in tmp_path.iterdir()] == ["config"]


def test_a_failed_init_leaves_the_folders_that_were_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Empty or not, whoever made them wants them."""
    (tmp_path / "config").touch()
    monkeypatch.setenv(settings.CONFIG_VARIABLE, str(tmp_path / "config"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(StorageError):
        Studio.init(tmp_path / "empty")
    with pytest.raises(StorageError):
        Studio.init(tmp_path / "empty" / "deep" / "art")
    assert list((tmp_path / "empty").iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from provenance_gen import Studio
left = 0
def watch(event, arguments):
    global left
    if event == "os.rename":
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
for number in range(1, 100):
    root = Path(sys.argv[1], str(number))
    child = os.fork()
    if child == 0:
        left = number
        Studio.init(root).close()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(status, flush=True)
    if status == 0:
        break
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="SKIPPED: kills a forked process")
def test_a_killed_init_leaves_a_whole_studio_or_none(tmp_path: Path) -> None:
    """Killed at any renaming, there is none and the next init clears up, or there is all of it."""
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    statuses = done.stdout.split()
    assert statuses[-1] == "0"
    assert len(statuses) > 5
    whole = []
    for root in (tmp_path / str(number) for number in range(1, len(statuses) + 1)):
        left = [path.name for path in root.iterdir()] if root.exists() else []
        whole.append(left == [".provgen"])
        if not whole[-1]:
            assert all(name.startswith(".provgen-new-") for name in left)
            with pytest.raises(StudioNotFoundError):
                Studio.open(root)
            Studio.init(root).close()
            assert [path.name for path in root.iterdir()] == [".provgen"]
        with Studio.open(root) as studio:
            assert studio.audit().passed
            assert not studio.foreign
            studio.new_work("goes on")
            studio.ledger.checkpoint()
    # Killed before its last renaming, after it, and not at all.
    assert whole == sorted(whole)
    assert not whole[0]
    assert whole[-1]


def test_works_by_number_title_and_identifier(studio: Studio) -> None:
    """A work answers to its number, its title and the beginning of its identifier."""
    first, second = studio.new_work("One"), studio.new_work("Two")
    assert studio.work().id == second.id
    assert studio.work("1").id == studio.work("One").id == studio.work(first.id).id == first.id
    with pytest.raises(UnknownReferenceError, match="Two"):
        studio.work("Three")


def test_actor_is_recorded(tmp_path: Path) -> None:
    """A script is a program, whatever it calls."""
    with Studio.init(tmp_path / "art") as studio:
        work = studio.new_work("x")
        assert work.history().citation.actor is ActorKind.PROGRAM


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks a process")
def test_a_fork_refuses_what_was_opened_before_it(studio: Studio) -> None:
    """In a forked process an open studio raises one sentence; opened again there, it works."""
    program = """
        import os, sys
        from provenance_gen import Studio
        from provenance_gen.errors import UsageError
        from tests.fakes import FakePipeline

        studio = Studio.open(sys.argv[1])
        work = studio.new_work("Before")
        pipe = work.record(FakePipeline())
        pipe("in the process that opened it")  # its thread that finishes attempts runs from here on
        child = os.fork()
        if child == 0:
            refused = 0
            for forbidden in (pipe, lambda prompt: work.history(), studio.new_work):
                try:
                    forbidden("in the fork")
                except UsageError as error:
                    refused += "open it again" in str(error)
            studio.close()
            with Studio.open(sys.argv[1]) as again:
                again.work().record(FakePipeline())("opened in the fork")
            os._exit(refused)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        pipe("afterwards")
        print(status, [attempt.prompt for attempt in work.history().attempts])
        studio.close()
    """
    command = [sys.executable, "-c", textwrap.dedent(program), str(studio.folder.root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.split(" ", 1) == [
        "3",
        "['in the process that opened it', 'opened in the fork', 'afterwards']\n",
    ], done.stderr
    assert studio.audit().passed
