"""Writers killed in the middle, system calls that fail, a disk that is full: nothing is lost."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from provenance_gen.errors import StorageError
from provenance_gen.ledger.audit import audit
from provenance_gen.ledger.store import Ledger
from tests import crashing
from tests.unit.ledger.events import intent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs fork and kill -9")

PROGRAM = [sys.executable, "-m", "tests.crashing"]


def killed(folder: Path, loops: int) -> str:
    """Run the loops in a fresh process, which may fork, unlike that of the tests."""
    done = subprocess.run(
        [*PROGRAM, "loops", str(folder), str(loops)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_killed_writers(tmp_path: Path) -> None:
    """Two writers, killed 15 times: no acknowledged event is lost and every checkpoint stands."""
    assert "15 loops" in killed(tmp_path, 15)


@pytest.mark.slow
def test_writers_killed_often(tmp_path: Path) -> None:
    """The same 300 times."""
    assert "300 loops" in killed(tmp_path, 300)


CALLS = ("pwrite64", "write", "fsync", "fdatasync", "rename", "ftruncate", "unlink")
FAULTS = ("signal=KILL", "error=EIO", "error=ENOSPC")


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_failing_system_calls(tmp_path: Path, call: str, fault: str) -> None:
    """Each call of the job fails in its turn, in each way; the ledger holds and goes on."""
    if shutil.which("strace") is None:
        pytest.skip("NOT CHECKED: strace is not installed, so no system call can be made to fail")
    place = 0
    reached = True
    while reached:
        place += 1
        folder = tmp_path / str(place)
        folder.mkdir()
        crashing.make(folder)
        reached, told = faulty(folder, f"inject={call}:{fault}:when={place}")
        size = crashing.check(folder, told)
        ledger = Ledger(folder, key=crashing.KEY)
        ledger.append(intent("afterwards"))
        ledger.checkpoint()
        ledger.close()
        assert crashing.check(folder, told) == size + 1
        shutil.rmtree(folder)
    # ftruncate and unlink are only made on some ways through SQLite.
    assert place > 1 or call in {"ftruncate", "unlink", "fsync", "rename"}


def faulty(folder: Path, fault: str) -> tuple[bool, str]:
    """Run the short job with one system call failing; say whether it came to that."""
    report = folder.parent / "strace.txt"
    call = fault.removeprefix("inject=").partition(":")[0]
    strace = ["strace", "-f", "-qq", "-o", str(report), "-e", f"trace={call}", "-e", fault]
    done = subprocess.run(
        [*strace, *PROGRAM, "some", str(folder)], capture_output=True, text=True, check=False
    )
    killed_ = done.returncode < 0
    ours = {0, crashing.OUR_ERROR, crashing.UNHEARD}
    assert killed_ or done.returncode in ours, done.stderr
    return killed_ or "INJECTED" in report.read_text(), done.stdout


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a file system of 1 MiB in memory, where that is allowed."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    try:
        made = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("NOT CHECKED: there is no mount command, so that no disk can be filled")
    if made.returncode:
        pytest.skip(f"NOT CHECKED: no disk can be filled here ({made.stderr.strip()})")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_full_small_disk(tmp_path: Path) -> None:
    """On a full disk each append fails in our words; what was acknowledged stays."""
    with small_disk(tmp_path / "disk") as disk:
        crashing.make(disk)
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(300_000))
        ledger = Ledger(disk, key=crashing.KEY)
        told: list[str] = []

        def fill() -> None:
            for number in range(10_000):
                receipt = ledger.append(intent(f"{number} {'x' * 2000}"))
                told.append(f"event {receipt.sequence} {receipt.leaf}\n")

        with pytest.raises(StorageError):
            fill()
        assert len(told) > 10
        with pytest.raises(StorageError):
            ledger.append(intent("x" * 50_000))
        found = audit(ledger, verifier_key=crashing.VERIFIER)
        assert (found.problems, found.size) == ((), len(told))
        ballast.unlink()
        ledger.append(intent("there is room again"))
        ledger.checkpoint()
        ledger.close()
        assert crashing.check(disk, "".join(told)) == len(told) + 1
