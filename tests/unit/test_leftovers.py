"""What killed processes left unfinished is swept; what is in use, or is not ours, is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from provenance_gen import leftovers
from provenance_gen.digests import atomic_file, write_atomic

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    os.name != "posix", reason="SKIPPED: there are no such locks on Windows, and nothing is swept"
)
OURS = ".provgen-0123456789abcdef-"
WRITER = """
import sys, time
from pathlib import Path
from provenance_gen import leftovers
from provenance_gen.digests import atomic_file
folder = Path(sys.argv[1])
with leftovers.new_folder(folder, "backup-") as made, atomic_file(folder / "out.png") as file:
    (made / "ledger.db").write_bytes(b"half")
    file.write_bytes(b"half")
    file.with_suffix(".c2pa").write_bytes(b"beside it")
    print("ready", flush=True)
    time.sleep(600)
"""


def names(folder: Path) -> list[str]:
    """Return what lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_what_a_killed_process_left(tmp_path: Path) -> None:
    """While the process lives its files stay, also the one beside; when it was killed they go."""
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        before = names(tmp_path)
        assert len(before) == 3
        leftovers.sweep(tmp_path)
        assert names(tmp_path) == before
        writer.send_signal(signal.SIGKILL)
    assert names(tmp_path) == before
    leftovers.sweep(tmp_path)
    assert names(tmp_path) == []


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    """Other names, links, and files of other users are left alone."""
    kept = [
        ".provgen",
        ".provgen-backup",
        ".provgen-my_notes",
        ".provgen-document.txt",
        ".provgen-Abcdefgh.png",
        f"x{OURS}abcdefgh.png",
    ]
    for name in kept:
        (tmp_path / name).write_bytes(b"kept")
    (tmp_path / f"{OURS}aaaaaaaa.png").symlink_to(tmp_path / ".provgen")
    os.mkfifo(tmp_path / f"{OURS}bbbbbbbb.png")
    kept += [f"{OURS}aaaaaaaa.png", f"{OURS}bbbbbbbb.png"]
    if os.geteuid() == 0:
        (tmp_path / f"{OURS}cccccccc.png").write_bytes(b"another user's")
        os.chown(tmp_path / f"{OURS}cccccccc.png", 65534, 65534)
        kept.append(f"{OURS}cccccccc.png")
    (tmp_path / f"{OURS}dddddddd.png").write_bytes(b"left")
    (tmp_path / f"{OURS.replace('provgen-', 'provgen-new-')}eeeeeeee").mkdir()
    leftovers.sweep(tmp_path)
    assert names(tmp_path) == sorted(kept)
    leftovers.sweep(tmp_path / "missing")


def test_a_file_that_is_being_written(tmp_path: Path) -> None:
    """Sweeping in the middle of a writing takes nothing from it, in one process or in many."""
    with atomic_file(tmp_path / "out.png") as temporary:
        temporary.write_bytes(b"new")
        leftovers.sweep(tmp_path)
        assert temporary.read_bytes() == b"new"
    write_atomic(tmp_path / "other.png", b"other")
    assert names(tmp_path) == ["other.png", "out.png"]
    with leftovers.new_folder(tmp_path) as made:
        leftovers.sweep(tmp_path)
        made.rename(tmp_path / "whole")
    assert names(tmp_path) == ["other.png", "out.png", "whole"]
