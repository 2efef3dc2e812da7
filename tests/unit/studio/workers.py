"""Worker processes of the real kind that read nothing: what tests of the pool look into."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from provenance_gen.studio.driver import Job
from provenance_gen.studio.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Iterator

ECHO = """
import os, time
from provenance_gen.studio import inspect, serve
from provenance_gen.credentials.report import Inspection
def inspect_file(path, anchors, **asked):
    if path.name.startswith("sleep"):
        time.sleep(float(path.name[5:]))
    if path.name.startswith("kill"):
        os.kill(os.getpid(), 9)
    if path.name.startswith("spin"):
        while True: pass
    if path.name.startswith("eat"):
        kept = b"x" * (200 << 20)
        time.sleep(30)
    if path.name.startswith("loud"):
        return Inspection(readable=True, reason="x" * (1 << 19))
    return Inspection(readable=True, reason=f"{os.getpid()} {path.name}")
inspect.inspect_file = inspect_file
raise SystemExit(serve.main())
"""
"""A worker of the real kind that reads nothing and says who it is."""

each_way = pytest.mark.parametrize(
    "forking",
    [
        False,
        pytest.param(True, marks=pytest.mark.skipif(sys.platform != "linux", reason="not used")),
    ],
)
"""Each process started by itself, as on macOS and Windows; or all forked by one, as on Linux."""


def run(names: Iterator[str] | list[str], **asked: object) -> list[tuple[str, bool, str]]:
    """Run the echoing workers over names."""
    ordered = bool(asked.pop("ordered", False))
    with Pool(command=("-c", ECHO), **asked) as pool:  # type: ignore[arg-type]
        found = pool.each((Job(Path(name)) for name in names), ordered=ordered)
        return [(job.path.name, one.readable, one.reason or "") for job, one in found]


def children() -> set[int]:
    """Return this process's children; other tests may have left some that still end."""
    return {one.pid for one in psutil.Process().children()}
