"""A process that is killed while a new log is begun leaves the old state or the new one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from provenance_gen import Studio, settings
from provenance_gen.studio import folder as folders
from provenance_gen.studio.standing import Place
from tests.unit.studio.lives import put_back, record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


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


def each_killed(root: Path, *arguments: object, look: Callable[[int], bool]) -> int:
    """Resume in one process after the other, each killed a little later than the one before.

    Args:
        root: the studio.
        arguments: what the program above is told: first and last call to be killed at, the step
            between two of them, and whether a new log is asked for.
        look: takes the status with which a process ended, and returns whether to go on.

    Returns:
        The number of processes.
    """
    command = [sys.executable, "-c", KILLED, str(root), *map(str, arguments)]
    runs = 0
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for line in child.stdout:
            runs += 1
            child.stdin.write("on\n" if look(int(line.split()[1])) else "stop\n")
            child.stdin.flush()
    return runs


def kill_points(art: Path, tmp_path: Path, first: int, step: int) -> int:
    """Kill ``resume`` at one call after another; each time the studio is the old or the new one."""
    copy = tmp_path / "copy"
    shutil.copytree(art, copy)
    with Studio.open(copy) as studio:
        old = studio.ledger.origin

    def look(status: int) -> bool:
        with Studio.open(copy) as studio:
            assert studio.history().works[0].images
            assert all(f.passed for f in (studio.audit(), *studio.audit_earlier()))
            if studio.ledger.origin == old:
                assert (studio.standing.place, status) == (Place.COPIED, 9)
                return True
            assert studio.standing.place is Place.HOME
            studio.new_work("goes on")
            return False

    return each_killed(copy, first, 500, step, look=look)


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

    def look(status: int) -> bool:
        in_force = folders.read(folders.StudioFolder(art)).origin != old
        met.add((status, in_force))
        if opened:
            record(art)  # whichever log is in force can be gone on with
        if in_force:
            put_back(tmp_path / "before" / art.name, art)
        with Studio.open(art) as studio:
            found = Place.BEHIND if in_force else Place.HOME
            assert (studio.standing.place, studio.ledger.origin) == (found, old), status
        for place in (art, config):
            shutil.rmtree(place)
            shutil.copytree(tmp_path / "before" / place.name, place)
        return status != 0

    each_killed(art, 8, 100, 1, "new-log", look=look)
    # Killed before, killed in between, and not killed.
    assert met == {(9, False), (9, True), (0, True)}


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")
def test_killed_at_every_call_while_resuming(art: Path, tmp_path: Path) -> None:
    """The same at every call that touches the disk."""
    assert kill_points(art, tmp_path, 1, 1) > 20
