"""Time and memory of the processes that read files: bounded, watched, and kept from growing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from provenance_gen.studio import processes, watch
from provenance_gen.studio.child import Limits
from provenance_gen.studio.driver import Job
from provenance_gen.studio.pool import Pool
from provenance_gen.studio.verify import verify_each
from tests.unit.credentials import samples
from tests.unit.studio.workers import ECHO, each_way, run

if TYPE_CHECKING:
    from collections.abc import Iterator

HUNGRY = ECHO.replace(
    "inspect.inspect_file =", "serve.limit = lambda memory: None\ninspect.inspect_file ="
)
"""The same on a platform that bounds no memory."""


@each_way
def test_time_is_given_to_each_file_anew(*, forking: bool) -> None:
    """Many files that take together more than the limit pass; one that hangs does not."""
    names = ["sleep0.4", "sleep0.4", "sleep0.4", "sleep0.4", "sleep60", "x"]
    begun = time.monotonic()
    found = run(names, workers=1, limits=Limits(seconds=1.5), ordered=True, forking=forking)
    assert [readable for _, readable, _ in found] == [True, True, True, True, False, True]
    assert "longer than 1.5 s" in found[4][2]
    assert time.monotonic() - begun < 20


@pytest.mark.skipif(sys.platform == "win32", reason="Windows bounds no processor time")
def test_the_processes_time_is_bounded_where_nobody_watches() -> None:
    """A process whose parent is gone still ends: by its processor time, or by its own alarm."""
    request = samples.requests("spin", seconds=0.2)
    done = subprocess.run(
        [sys.executable, "-c", ECHO],
        input=request,
        cwd=Path(__file__).parents[3],
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert -done.returncode in (24, 14)  # SIGXCPU, SIGALRM


def test_a_process_may_wait_longer_than_a_file_may_take() -> None:
    """A list may be long in coming; only a file at work has its time counted."""

    def slow() -> Iterator[Job]:
        yield Job(Path("a"))
        time.sleep(1.5)
        yield Job(Path("b"))

    impatient = ECHO.replace("inspect.inspect_file =", "serve._GRACE = 0\ninspect.inspect_file =")
    with Pool(Limits(seconds=1), workers=1, command=("-c", impatient)) as pool:
        found = [one for _, one in pool.each(slow(), ordered=True)]
    assert [one.readable for one in found] == [True, True]
    assert (found[0].reason or "").split()[0] == (found[1].reason or "").split()[0]


def test_memory_is_watched_where_it_is_not_bounded() -> None:
    """As on macOS and Windows: the process and its children are looked at from outside."""
    program = "kept = b'x' * (80 << 20); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        why = watch.beyond(process.pid, Limits(memory=40 << 20))
        assert why == "reading it took more than 40 MiB of memory and was stopped"
        assert watch.beyond(process.pid, Limits(memory=1 << 30)) is None
        process.kill()
    assert watch.beyond(process.pid, Limits(memory=40 << 20)) is None


def test_a_pool_watches_its_processes() -> None:
    """The file at which one outgrew its limit is told so; the next goes to a new process."""
    limits = Limits(memory=120 << 20, watched=True, seconds=30)
    with Pool(limits, command=("-c", HUNGRY), workers=1) as pool:
        found = [one for _, one in pool.each([Job(Path(name)) for name in ("a", "eat", "b")])]
    assert [one.readable for one in found] == [True, False, True]
    assert "more than 120 MiB of memory" in (found[1].reason or "")


@pytest.mark.skipif(sys.platform != "linux", reason="a setting of glibc")
def test_memory_of_one_file_serves_the_next() -> None:
    """A worker takes its memory from the system once, and not for each file anew."""
    script = """
import resource
def take():
    held = [bytes(300_000) for _ in range(3)]
    held.clear()
take()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(100):
    take()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
    own, kept = (
        int(subprocess.check_output([sys.executable, "-c", script], env=one))
        for one in (os.environ, processes.environment())
    )
    if own < 1_000:
        pytest.skip("this C library keeps memory by itself")
    assert kept < own / 10


@pytest.mark.slow
def test_memory_stays_flat_over_many_files(tmp_path: Path) -> None:
    """One hundred thousand verdicts: this process grows by less than 40 MB after the first."""
    path = tmp_path / "a.png"
    path.write_bytes(samples.encoded(size=8))
    process, first = psutil.Process(), 0
    for number, verdict in enumerate(verify_each(path for _ in range(100_000))):
        assert verdict.verdict == "unsigned"
        if number == 5_000:
            first = process.memory_info().rss
    assert process.memory_info().rss - first < 40 << 20
