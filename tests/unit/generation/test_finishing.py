"""Finished attempts are stored beside the next call: in order, bounded, and nothing is lost."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from provenance_gen import Studio
from provenance_gen.errors import StorageError
from provenance_gen.generation.finishing import WAITING, Finisher
from provenance_gen.images.pixels import pixel_digest
from provenance_gen.records.work import Outcome
from tests.fakes import FakePipeline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def finisher() -> Iterator[Finisher]:
    """Return a finisher that is closed afterwards."""
    made = Finisher()
    yield made
    made.close()


def test_in_order_and_settled(finisher: Finisher) -> None:
    """Jobs are done in the order in which they came; settling waits for all."""
    done: list[int] = []
    for number in range(20):
        finisher.submit(lambda number=number: done.append(number))  # type: ignore[misc]
    finisher.settle()
    assert done == list(range(20))


def test_back_pressure(finisher: Finisher) -> None:
    """Who is faster than the disk waits: no more than a few jobs are held."""
    gate, given = threading.Event(), []

    def job() -> None:
        gate.wait()

    def submit() -> None:
        for number in range(10):
            finisher.submit(job)
            given.append(number)

    maker = threading.Thread(target=submit)
    maker.start()
    maker.join(0.5)
    assert len(given) <= WAITING + 1
    gate.set()
    maker.join()
    finisher.settle()
    assert len(given) == 10


def test_failures_are_told_and_stop_nothing(finisher: Finisher) -> None:
    """A failed job is told at the next chance, once; those after it are done."""
    done = []

    def fail() -> None:
        raise StorageError("the disk is full")

    finisher.submit(fail)
    with pytest.raises(StorageError):
        finisher.settle()
    finisher.submit(lambda: done.append(1))
    finisher.settle()
    assert done == [1]


def test_pictures_are_the_callers_from_then_on(tmp_path: Path) -> None:
    """What is stored is what the pipeline gave, whatever its owner draws on it at once."""
    with Studio.init(tmp_path / "art") as studio:
        work = studio.new_work("x")
        images = work.record(FakePipeline())("a boat").images
        digest = pixel_digest(images[0])
        images[0].paste("black", (0, 0, 16, 16))
        assert work.history().images[0].ref.pixel_digest == digest


def test_full_disk(tmp_path: Path) -> None:
    """A picture that cannot be stored makes its attempt a failed one, and is told."""
    with Studio.init(tmp_path / "art") as studio:
        work = studio.new_work("x")
        (studio.folder.data / "images").write_text("in the way")
        work.record(FakePipeline())("a boat")
        with pytest.raises((StorageError, OSError)):
            work.settle()
        assert work.history().attempts[0].outcome is Outcome.FAILED


_SCRIPT = """
import sys
from provenance_gen import Studio
from tests.fakes import FakePipeline
work = Studio.open(sys.argv[1]).work()
pipe = work.record(FakePipeline())
for number in range(4):
    pipe(f"boat {number}")
"""


def test_program_that_ends_without_closing(tmp_path: Path) -> None:
    """A script that just ends loses nothing."""
    with Studio.init(tmp_path / "art") as studio:
        studio.new_work("x")
    subprocess.run([sys.executable, "-c", _SCRIPT, str(tmp_path / "art")], check=True)
    with Studio.open(tmp_path / "art") as studio:
        attempts = studio.work().history().attempts
    assert [attempt.outcome for attempt in attempts] == [Outcome.COMPLETED] * 4


class Oddities:
    """Gives back what a test wants."""

    def __init__(self, output: Any) -> None:
        self._output = output

    def __call__(self, prompt: str = "") -> Any:  # noqa: ARG002 - as pipelines have it
        """Return it."""
        return self._output


@pytest.mark.parametrize(
    ("output", "images", "arrays", "missing"),
    [
        ({"images": [Image.new("RGB", (4, 4))]}, 1, 0, ()),
        (([[Image.new("RGB", (4, 4))] * 3] * 2, None), 0, 2, ()),
        ([[Image.new("RGB", (4, 4)), Image.new("RGB", (5, 5))]], 0, 0, ("output.images",)),
        ({"images": Image.new("F", (4, 4))}, 0, 1, ()),
        ({"text": "a boat", "images": object()}, 0, 0, ("output.images",)),
        (None, 0, 0, ()),
    ],
)
def test_any_output(
    tmp_path: Path, output: Any, images: int, arrays: int, missing: tuple[str, ...]
) -> None:
    """Mappings, tuples, videos, odd modes: kept, or named as not captured."""
    with Studio.init(tmp_path / "art") as studio:
        work = studio.new_work("x")
        assert work.record(Oddities(output))("a boat") is output
        attempt = work.history().attempts[0]
        completed = studio.ledger.find("attempt", attempt.id)[-1].payload
        assert (len(attempt.images), len(attempt.arrays)) == (images, arrays)
        assert tuple(completed["completeness"]) == (*missing, "steps_run")
