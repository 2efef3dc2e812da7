"""Many files in several processes: in order, each once, and no faster than they are asked for."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from provenance_gen.studio import pool as pools
from provenance_gen.studio.child import Limits
from provenance_gen.studio.driver import Job
from provenance_gen.studio.pool import Pool, Task
from provenance_gen.studio.sources import ahead, source
from tests.unit.credentials import samples
from tests.unit.studio.workers import ECHO, children, each_way, run

if TYPE_CHECKING:
    from collections.abc import Iterator


@each_way
def test_every_file_gets_one_answer_in_order_if_asked(*, forking: bool) -> None:
    """A slow file holds back those after it only where order is asked for."""
    names = ["sleep0.8", *(f"{number}" for number in range(300))]
    asked = {"workers": 2, "forking": forking}
    assert [name for name, *_ in run(names, ordered=True, **asked)] == names
    found = [name for name, *_ in run(names, **asked)]
    assert sorted(found) == sorted(names)
    assert found[0] != "sleep0.8"


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
def test_long_names_and_long_answers_do_not_wait_for_each_other(*, forking: bool) -> None:
    """Neither side writes what does not fit into a pipe while the other does."""
    deep = Path("/".join(["x" * 200] * 30))
    names = [str(deep / ("loud" if number % 40 == 39 else str(number))) for number in range(320)]
    found = run(names, workers=1, forking=forking, limits=Limits(seconds=8), ordered=True)
    assert all(readable for _, readable, _ in found)


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
def test_forked_processes_share_what_is_loaded() -> None:
    """Several processes serve, and one alone was started."""
    before, slow = children(), [f"sleep0.{number}" for number in range(1, 9)]
    with Pool(command=("-c", ECHO), workers=3, forking=True) as pool:
        (waiting,) = children() - before
        found = list(pool.each(Job(Path(name)) for name in slow * 5))
        assert children() - before <= {waiting}
    assert len({(one.reason or "").split()[0] for _, one in found}) == 3
