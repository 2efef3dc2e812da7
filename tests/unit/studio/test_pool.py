"""Many files in several processes: order, flat memory, recycling, and failures that stay small."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from provenance_gen.records.verdict import VerdictKind
from provenance_gen.studio import pool as pools
from provenance_gen.studio import watch
from provenance_gen.studio.child import Limits
from provenance_gen.studio.driver import Job
from provenance_gen.studio.pool import Pool, Task
from provenance_gen.studio.processes import PATIENCE
from provenance_gen.studio.sources import ahead, source
from provenance_gen.studio.verify import verify_each
from tests.unit.credentials import samples

if sys.platform == "linux":
    from provenance_gen.studio.forked import Forking

if TYPE_CHECKING:
    from collections.abc import Iterator

ECHO = """
import json, os, sys, time
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

HUNGRY = ECHO.replace(
    "inspect.inspect_file =", "serve.limit = lambda memory: None\ninspect.inspect_file ="
)
"""The same on a platform that bounds no memory."""


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


@each_way
def test_every_file_gets_one_answer_in_order_if_asked(*, forking: bool) -> None:
    """A slow file holds back those after it only where order is asked for."""
    names = ["sleep0.8", *(f"{number}" for number in range(300))]
    asked = {"workers": 2, "forking": forking}
    assert [name for name, *_ in run(names, ordered=True, **asked)] == names
    found = [name for name, *_ in run(names, **asked)]
    assert sorted(found) == sorted(names)
    assert found[0] != "sleep0.8"


def children() -> set[int]:
    """Return this process's children; other tests may have left some that still end."""
    return {one.pid for one in psutil.Process().children()}


def test_a_process_that_was_started_ahead_is_taken_once(tmp_path: Path) -> None:
    """The first pool takes it, with limits of its own; the next one starts another."""
    file = tmp_path / "a.txt"
    file.write_text("no image")
    before = children()
    with ahead():
        (waiting,) = children() - before
        with Pool(Limits(seconds=7, files=3), workers=1) as pool:
            assert children() - before == {waiting}
            found = list(pool.each([Job(file)] * 5))
        assert [one.reason for _, one in found] == ["the file is no image of a kind we know"] * 5
        later = source()
        assert children() - before != {waiting}
        later.close()


def test_a_process_that_nobody_took_is_ended() -> None:
    """Such as where the arguments were wrong after all, or a test puts another program there."""
    before = children()
    with ahead():
        (waiting,) = map(psutil.Process, children() - before)
        assert run(["a"])[0][1]
        assert waiting.is_running()
    assert not waiting.is_running()


@each_way
def test_a_process_gives_way_to_a_new_one(*, forking: bool) -> None:
    """After its share of files, and without a file lost."""
    names = [f"{number}" for number in range(50)]
    found = run(names, workers=1, limits=Limits(files=20), forking=forking)
    shares: dict[str, int] = {}
    for _, readable, reason in found:
        assert readable
        shares[reason.split()[0]] = shares.get(reason.split()[0], 0) + 1
    assert sorted(shares.values()) == [10, 20, 20]


@each_way
def test_each_failure_costs_one_file(*, forking: bool) -> None:
    """Several that die among many; those that waited behind them are read by the next process."""
    names = [f"kill{number}" if number % 7 == 3 else f"{number}" for number in range(30)]
    found = run(names, ordered=True, workers=2, forking=forking)
    assert [name for name, *_ in found] == names
    assert [name for name, readable, _ in found if not readable] == [
        name for name in names if name.startswith("kill")
    ]
    assert all("SIGKILL" in reason for _, readable, reason in found if not readable)


DYING = """
import os
from provenance_gen.studio import inspect, serve
real = inspect.{step}
def dying(data, *more):
    if b"the deadly one" in data:
        os.kill(os.getpid(), 9)
    return real(data, *more)
inspect.{step} = dying
raise SystemExit(serve.main())
"""
"""A worker that reads files as ever, and is killed at one step of reading one of them."""


@each_way
@pytest.mark.parametrize("step", ["found_marks.read", "decoding.decode", "decoding.pixel_digest"])
def test_death_at_any_step_costs_one_verdict(step: str, tmp_path: Path, *, forking: bool) -> None:
    """While labels are looked for, and while pixels are taken to be matched with a ledger's."""
    paths = [tmp_path / f"{number}.png" for number in range(7)]
    for number, path in enumerate(paths):
        about = PngInfo()
        about.add_text("Description", "the deadly one" if number == 3 else "a picture")
        Image.new("RGB", (8, 8), (number, 0, 0)).save(path, pnginfo=about)
    program = DYING.format(step=step)
    if step.endswith("digest"):  # which is given the picture that was decoded
        program = program.replace("in data", "in str(data.info).encode()")
    marked: list[str] = []
    with Pool(command=("-c", program), workers=2, forking=forking) as pool:
        found = list(
            verify_each(
                paths,
                pool=pool,
                ordered=True,
                on_marks=lambda verdict, _: marked.append(verdict.file),
            )
        )
    assert [one.file for one in found] == [str(path) for path in paths]
    (lost,) = (one for one in found if one.verdict is VerdictKind.UNREADABLE)
    assert lost.file == str(paths[3])
    assert "the worker that read the file" in lost.summary
    assert lost.pixel_digest is None
    others = [one for one in found if one is not lost]
    assert len({one.pixel_digest for one in others} - {None}) == 6
    assert marked == [one.file for one in others]


@each_way
def test_long_names_and_long_answers_do_not_wait_for_each_other(*, forking: bool) -> None:
    """Neither side writes what does not fit into a pipe while the other does."""
    deep = Path("/".join(["x" * 200] * 30))
    names = [str(deep / ("loud" if number % 40 == 39 else str(number))) for number in range(320)]
    found = run(names, workers=1, forking=forking, limits=Limits(seconds=8), ordered=True)
    assert all(readable for _, readable, _ in found)


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


def test_files_are_taken_only_as_answers_are() -> None:
    """The source of a million names is not run ahead of, however slow the one who asks is."""
    taken = 0

    def names() -> Iterator[str]:
        nonlocal taken
        for number in range(1_000_000):
            taken += 1
            yield str(number)

    with Pool(command=("-c", ECHO), workers=2) as pool:
        answers = pool.each(Job(Path(name)) for name in names())
        for _ in range(100):
            next(answers)
        time.sleep(0.5)
        assert taken <= 100 + pools._WINDOW + pools._BLOCK
        begun = time.monotonic()
        answers.close()  # type: ignore[attr-defined]
        assert time.monotonic() - begun < 5


@each_way
def test_a_source_that_fails_is_heard_and_nothing_is_left_running(*, forking: bool) -> None:
    """The caller gets the source's own error; no process and no thread of ours stays."""

    def names() -> Iterator[str]:
        yield "a"
        raise ValueError("the list is broken")

    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with pytest.raises(ValueError, match="the list is broken"):
        run(names(), workers=2, forking=forking)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        left = {child.pid for child in psutil.Process().children(recursive=True)} - before
        if not left:
            break
        time.sleep(0.05)
    assert not left
    assert threading.active_count() < 20


def test_pixels_are_left_out_where_nobody_wants_them(tmp_path: Path) -> None:
    """The file is read and its credentials looked for, without a pixel digest."""
    path = tmp_path / "a.png"
    path.write_bytes(samples.encoded())
    with Pool() as pool:
        ((_, found),) = pool.each([Job(path)], Task(pixels=False))
    assert found.readable
    assert found.pixel_digest is None
    assert found.file_digest is not None


@pytest.mark.skipif(os.name != "posix", reason="a session is POSIX's")
@each_way
def test_workers_are_out_of_reach_of_the_keyboard(*, forking: bool) -> None:
    """They are in a session of their own, so that Ctrl-C is the parent's to deal with."""
    before = children()
    with Pool(command=("-c", ECHO), workers=1, forking=forking):
        (waiting,) = children() - before
        assert os.getsid(waiting) != os.getsid(0)


@pytest.mark.skipif(sys.platform != "linux", reason="used on Linux")
class TestForked:
    """Processes that one forks which has loaded the parsers."""

    def test_they_share_what_is_loaded(self) -> None:
        """Several processes serve, and one alone was started."""
        before, slow = children(), [f"sleep0.{number}" for number in range(1, 9)]
        with Pool(command=("-c", ECHO), workers=3, forking=True) as pool:
            (waiting,) = children() - before
            found = list(pool.each(Job(Path(name)) for name in slow * 5))
            assert children() - before <= {waiting}
        assert len({(one.reason or "").split()[0] for _, one in found}) == 3

    def test_one_that_dies_does_not_end_the_others(self) -> None:
        """Each is told of by its own number, whichever of them is ended or dies."""
        forking = Forking(("-c", ECHO))
        try:
            first, second, third = (forking.start(samples.requests()[4:]) for _ in range(3))
            second.kill()
            assert second.wait(PATIENCE) == -9
            assert second.wait(0) == -9
            second.kill()  # and nothing happens
            assert first.wait(0.2) is None
            first.requests.close()
            assert first.wait(PATIENCE) == 0
            assert third.wait(0) is None
            third.kill()
            assert third.wait(PATIENCE) == -9
            for one in (first, second, third):
                one.close()
        finally:
            forking.close()

    def test_the_one_that_forks_is_replaced(self) -> None:
        """Where it died, as for want of memory, a file may lose its answer; those after it not."""
        gone = threading.Event()

        def names() -> Iterator[Job]:
            yield Job(Path("a"))
            gone.wait(10)
            yield Job(Path("kill"))
            yield Job(Path("b"))

        with Pool(command=("-c", ECHO), workers=1, forking=True) as pool:
            source = pool._source
            assert isinstance(source, Forking)
            first = source.pid
            answers = pool.each(names(), ordered=True)
            assert next(answers)[1].readable
            psutil.Process(first).kill()
            gone.set()
            found = [one for _, one in answers]
        assert [one.readable for one in found] == [False, True]
        assert "exit status 1" in (found[0].reason or "")
        assert source.pid != first


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a setting of glibc")
def test_memory_of_one_file_serves_the_next() -> None:
    """A worker takes its memory from the system once, and not for each file anew."""
    script = """
import resource, sys
from provenance_gen.studio import serve
def taken():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(100):
        held = [bytes(300_000) for _ in range(3)]
        held.clear()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
without = taken()
serve._keep_memory()
taken()
print(without, taken())
"""
    without, kept = map(int, subprocess.check_output([sys.executable, "-c", script]).split())
    if without < 1_000:
        pytest.skip("this C library keeps memory by itself")
    assert kept < without / 10


@pytest.mark.slow
def test_memory_stays_flat_over_many_files(tmp_path: Path) -> None:
    """One hundred thousand verdicts: this process grows by less than 40 MB after the first."""
    from provenance_gen.studio.verify import verify_each  # noqa: PLC0415

    path = tmp_path / "a.png"
    path.write_bytes(samples.encoded(size=8))
    process, first = psutil.Process(), 0
    for number, verdict in enumerate(verify_each(path for _ in range(100_000))):
        assert verdict.verdict == "unsigned"
        if number == 5_000:
            first = process.memory_info().rss
    assert process.memory_info().rss - first < 40 << 20
