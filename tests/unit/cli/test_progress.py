"""How far something has come, told in plain lines by a clock."""

from __future__ import annotations

from provenance_gen.cli.progress import Lines


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
