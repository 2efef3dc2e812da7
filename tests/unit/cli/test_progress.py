"""How far something has come, told in plain lines by a clock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from provenance_gen.cli.progress import Lines

if TYPE_CHECKING:
    from pathlib import Path


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_a_long_job_tells_now_and_then() -> None:
    """Every ten seconds a line with an estimate; the time before the first step is left out."""
    said: list[str] = []
    clock = Clock()
    moved = Lines("loading", said.append, then="generating", clock=clock)
    for second in range(60, 121, 2):
        clock.now = second
        moved((second - 58) // 2, 50)
    assert said[0] == "generating: 6 of 50, about 88 s left"
    assert len(said) == 6


def test_short_jobs_are_silent() -> None:
    """What is done at once prints nothing; of many jobs each is told once it has taken a while."""
    said: list[str] = []
    clock = Clock()
    moved = Lines("loading", said.append, jobs=4, clock=clock)
    for job in range(1, 5):
        clock.now += 1
        moved(1, 2)
        moved.finished(f"attempt {job}")
    assert said == ["attempt 3 done, 3 of 4", "attempt 4 done, 4 of 4"]


def test_unknown_length() -> None:
    """Where the number of steps is not known, none is invented."""
    said: list[str] = []
    clock = Clock()
    moved = Lines("reading", said.append, clock=clock)
    moved(1, 0)
    clock.now = 11
    moved(2, 0)
    assert said == ["reading: 2 of ?"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
def test_what_is_printed_beside_a_bar_goes_where_it_was_sent(tmp_path: Path) -> None:
    """The bar is on the terminal; the facts are in the file or pipe, whole and alone."""
    for name in ("a.png", "b.png"):
        Image.new("RGB", (8, 8), "teal").save(tmp_path / name)
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "provenance_gen.cli", "verify", "a.png", "b.png", "--json"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm"},
        check=False,
    )
    os.close(theirs)
    shown = os.read(ours, 1 << 16)
    os.close(ours)
    assert [json.loads(line)["verdict"] for line in done.stdout.splitlines()] == ["unsigned"] * 2
    assert b"checking files" in shown
    assert b"unsigned" not in shown
