"""How far something that lasts has come: a bar on a terminal, now and then a line elsewhere.

A job that is done within a few seconds prints no line, so that scripts stay quiet.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from provenance_gen.records.show import visible

if TYPE_CHECKING:
    from rich.progress import Progress

_EVERY: Final = 10.0
"""Seconds between two lines about one job."""

_LONG: Final = 3.0
"""Seconds after which each finished job of several is worth a line."""


class Lines:
    """Writes plain lines: for logs, pipes and screen readers."""

    def __init__(
        self,
        label: str,
        write: Callable[[str], None],
        *,
        then: str | None = None,
        jobs: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Tell of one or several jobs.

        Args:
            label: what goes on; from the first step on, ``then``.
            write: prints a line.
            then: see above.
            jobs: how many there are.
            clock: seconds.
        """
        self._label, self._then, self._jobs = label, then, jobs
        self._write, self._clock = write, clock
        self._begun = self._told = clock()
        self._first: tuple[float, int] | None = None
        self._done = 0

    def __call__(self, done: int, of: int) -> None:
        """Take in how far the present job has come; 0 of them where their number is not known."""
        now = self._clock()
        if self._first is None or done <= self._first[1]:
            # The time before the first step, when a model is loaded, tells nothing of the rest.
            self._first, self._told = (now, done), now
        if now - self._told < _EVERY:
            return
        self._told = now
        began, at = self._first
        left = ""
        if of and done > at:
            left = f", about {(now - began) / (done - at) * (of - done):.0f} s left"
        several = f" {self._done + 1} of {self._jobs}" if self._jobs > 1 else ""
        self._write(f"{self._then or self._label}{several}: {done} of {of or '?'}{left}")

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Keep still while the block talks to a person."""
        yield

    def finished(self, name: str) -> None:
        """Take in that one of the jobs is done."""
        self._done += 1
        self._first = None
        if self._jobs > 1 and self._clock() - self._begun >= _LONG:
            self._told = self._clock()
            self._write(f"{name} done, {self._done} of {self._jobs}")


class Bar:
    """Moves a bar with an estimate of the time that is left."""

    def __init__(self, shown: Progress, label: str, *, then: str | None, jobs: int) -> None:
        """Draw into ``shown``; see ``Lines`` for the rest."""
        self._shown, self._label, self._then, self._jobs = shown, label, then, jobs
        self._done = 0
        self._task = shown.add_task(visible(label), total=None)

    def __call__(self, done: int, of: int) -> None:
        """Take in how far the present job has come."""
        several = f" {self._done + 1} of {self._jobs}" if self._jobs > 1 else ""
        said = visible(f"{self._then or self._label}{several}")
        self._shown.update(self._task, description=said, completed=done, total=of or None)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Take the bar off the terminal while the block talks to a person."""
        self._shown.stop()
        try:
            yield
        finally:
            self._shown.start()

    def finished(self, name: str) -> None:  # noqa: ARG002 - the bar itself says so
        """Take in that one of the jobs is done."""
        self._done += 1
        self._shown.reset(self._task, description=visible(self._then or self._label))
