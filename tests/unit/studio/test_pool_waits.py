"""Nobody waits in vain: full pipes, a program that was stopped, answers that nobody took yet."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from provenance_gen.studio.child import Child, Limits
from provenance_gen.studio.driver import Job
from provenance_gen.studio.pool import Pool
from provenance_gen.studio.processes import Spawned, room
from tests.unit.studio.workers import ECHO, each_way

if sys.platform == "linux":
    import fcntl

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what a pipe holds")

NARROW = """
import fcntl, mmap, sys, time
from provenance_gen.studio import inspect, serve
from provenance_gen.credentials.report import Inspection
for pipe in (0, 1):
    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, NUMBER * mmap.PAGESIZE)
def inspect_file(path, anchors, **asked):
    time.sleep(SECONDS)
    return Inspection(readable=True, reason="x" * 3_000)
inspect.inspect_file = inspect_file
raise SystemExit(serve.main())
"""
"""A worker of the real kind whose pipes are those of a user who has many (pipe(7))."""

STOPPED = """
import sys
from pathlib import Path
from provenance_gen.studio.child import Limits
from provenance_gen.studio.driver import Job
from provenance_gen.studio.pool import Pool
with Pool(Limits(seconds=2), command=("-c", sys.argv[1]), workers=1, forking=False) as pool:
    jobs = (Job(Path(str(number))) for number in range(100))
    for given, (_, found) in enumerate(pool.each(jobs), 1):
        print(given, found.readable, flush=True)
"""


def narrow(pages: int, seconds: float = 0) -> tuple[str, str]:
    """Return the worker's command."""
    return "-c", NARROW.replace("NUMBER", str(pages)).replace("SECONDS", str(seconds))


@linux
@pytest.mark.parametrize("pages", [1, 2, 3, 16])
def test_what_may_lie_in_a_pipe_always_fits(pages: int) -> None:
    """However long the messages are, and wherever whoever reads them stands."""
    import mmap  # noqa: PLC0415

    chance = random.Random(pages)
    for _ in range(40):
        reads, writes = os.pipe()
        with os.fdopen(reads, "rb", 0) as reader, os.fdopen(writes, "wb", 0) as writer:
            fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, pages * mmap.PAGESIZE)
            os.set_blocking(writes, False)
            may, lies = room(writer), 0
            assert (may > 0) == (pages > 1)
            longest = chance.choice((100, 2_100, mmap.PAGESIZE + 50, may or 1))
            for _ in range(200):
                size = chance.randint(1, longest)
                if lies + size <= may:
                    assert writer.write(b"x" * size) == size
                    lies += size
                elif lies:
                    lies -= len(reader.read(chance.randint(1, lies)))


@linux
def test_narrow_pipes_cost_no_file_its_answer() -> None:
    """A process that waits to be rid of an answer is not sent what it has no room for."""
    jobs = [Job(Path("x" * 200) / str(number)) for number in range(100)]
    with Pool(Limits(seconds=5), command=narrow(1), workers=1, forking=False) as pool:
        found = [one.readable for _, one in pool.each(jobs)]
    assert found == [True] * 100


@linux
def test_a_process_is_not_left_alone_with_a_full_pipe() -> None:
    """We sleep no longer than its answers fit; else 300 files would take eight seconds."""
    jobs = [Job(Path(str(number))) for number in range(300)]
    with Pool(command=narrow(2), workers=1, forking=False) as pool:
        answers = pool.each(jobs)
        next(answers)
        begun = time.monotonic()
        assert len(list(answers)) == 299
    assert time.monotonic() - begun < 5


def test_only_a_process_that_is_late_again_and_again_is_ended() -> None:
    """Its answer may be there already, and whoever takes it have had no turn."""
    command = ("-c", "import sys; sys.stdin.read()")
    child = Child(Limits(seconds=1), Spawned(command))
    try:
        for _ in range(3):
            child.begin()
            for _ in range(2):
                child.end_if_overdue(time.monotonic() + 10)
        assert child.stopped is None
        child.rest()
        child.end_if_overdue(time.monotonic() + 1e9)
        assert child.stopped is None
        child.begin()
        for _ in range(3):
            child.end_if_overdue(time.monotonic() + 10)
        assert child.stopped == "reading it took longer than 1 s and was stopped"
    finally:
        child.close()


@linux
@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on() -> None:
    """After Ctrl-Z for longer than a file may take, each file has its answer all the same."""
    program = [sys.executable, "-c", STOPPED, narrow(4, 0.01)[1]]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(10)]
        process.send_signal(signal.SIGSTOP)
        time.sleep(9)  # longer than the process gives itself, too
        process.send_signal(signal.SIGCONT)
        said += process.stdout.readlines()
    assert said == [f"{number} True\n" for number in range(1, 101)]


FEW = """
import os, resource, sys
from pathlib import Path
from provenance_gen.studio.driver import Job
from provenance_gen.studio.pool import Pool

def read(pool, number):
    jobs = [Job(Path(f"sleep0.00{number}")) for number in range(number)]
    found = sorted(job.path.name for job, one in pool.each(jobs) if one.readable)
    assert found == sorted(job.path.name for job in jobs)
    return len(pool._drivers)

asked = {"command": ("-c", sys.argv[1]), "forking": bool(int(sys.argv[2]))}
def bound(more):
    may = len(os.listdir("/proc/self/fd")) + more
    resource.setrlimit(resource.RLIMIT_NOFILE, (may, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
bound(66)
with Pool(workers=20, **asked) as pool:
    print(read(pool, 60) < 5)
bound(500)
with Pool(workers=20, **asked) as pool:
    bound(12)
    print(read(pool, 150) > 3)
"""
"""More processes are asked for than files may be open: that is known at first, or comes later."""


@linux
@each_way
def test_where_no_further_process_can_be_started_the_others_do_its_work(*, forking: bool) -> None:
    """No file is lost over that, and nobody told."""
    program = [sys.executable, "-c", FEW, ECHO, str(int(forking))]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True\nTrue\n", "")


def test_a_run_ends_while_processes_are_added() -> None:
    """Whoever ends it waits for every thread there is, and none is begun afterwards."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads change places as often as on many processors
    try:
        for _ in range(40):
            pool = Pool(workers=40, command=("-S", "-c", ""), forking=False)
            growing = threading.Thread(target=lambda pool=pool: [pool._grow() for _ in range(40)])
            growing.start()
            pool.stop()
            growing.join()
            assert not any(driver.is_alive() for driver in pool._drivers)
    finally:
        sys.setswitchinterval(usual)
