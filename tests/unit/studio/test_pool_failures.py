"""Processes that die while they read files: each death costs one verdict, wherever it falls."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from provenance_gen.records.verdict import VerdictKind
from provenance_gen.studio.driver import Job
from provenance_gen.studio.pool import Pool
from provenance_gen.studio.processes import PATIENCE
from provenance_gen.studio.verify import verify_each
from tests.unit.credentials import samples
from tests.unit.studio.workers import ECHO, each_way, run

if sys.platform == "linux":
    from provenance_gen.studio.forked import Forking

if TYPE_CHECKING:
    from collections.abc import Iterator


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


@pytest.mark.skipif(sys.platform != "linux", reason="used on Linux")
class TestForked:
    """Processes that one forks which has loaded the parsers, and that one itself."""

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
