"""A killed process and a full disk: the ledger stays whole, and nothing is half written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from provenance_gen import Studio
from provenance_gen.errors import StorageError
from provenance_gen.records.work import Outcome
from tests.unit.studio.conftest import generate

if TYPE_CHECKING:
    from pathlib import Path

PROVGEN = [sys.executable, "-m", "provenance_gen.cli"]


def provgen(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder."""
    return subprocess.run(
        [*PROVGEN, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_killed_while_generating(tmp_path: Path) -> None:
    """``kill -9`` in the middle of an attempt: the audit passes, the attempt is interrupted."""
    with Studio.init(tmp_path / "art") as studio:
        work = studio.new_work("Harbour")
        command = [*PROVGEN, "generate", "a boat on the sea", "--steps", "1000"]
        with subprocess.Popen(command, cwd=tmp_path / "art") as process:
            deadline = time.monotonic() + 120
            while not work.history().attempts:
                assert process.poll() is None, "the command ended by itself"
                assert time.monotonic() < deadline, "the attempt never started"
                time.sleep(0.05)
            assert work.history().attempts[0].outcome is Outcome.RUNNING
            process.kill()
        assert work.history().attempts[0].outcome is Outcome.INTERRUPTED
    shown = provgen("show", cwd=tmp_path / "art")
    assert "interrupted" in shown.stdout
    audited = provgen("ledger", "audit", "--json", cwd=tmp_path / "art")
    assert (audited.returncode, json.loads(audited.stdout)["passed"]) == (0, True)


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on the size of files")
def test_full_disk(tmp_path: Path) -> None:
    """When no file can grow, each verb fails in our words and the ledger stays whole."""
    resource = pytest.importorskip("resource")
    with Studio.init(tmp_path / "art") as studio:
        work = studio.new_work("Harbour")
        generate(work, "a boat", count=1)
        before = studio.ledger.head().size
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))
        try:
            with pytest.raises(StorageError):
                work.select("1.1", reason="x" * 5000)
            with pytest.raises(StorageError):
                work.export("1.1", tmp_path / "x.png")
            with pytest.raises(StorageError):
                work.report(tmp_path / "x.html")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        assert sorted(path.name for path in tmp_path.iterdir()) == ["art"]
        found = studio.audit()
        assert (found.size, found.problems) == (before, ())
        work.select("1.1", reason="there is room again")
        assert studio.ledger.head().size == before + 1
