"""Group commit: threads that wait for the disk at the same time share one wait.

Each thread hands in its own piece of work. One of them leads: it does all the pieces that lie
there, wakes their threads, and makes the first that came meanwhile the next leader. So a commit
serves as many threads as arrived during the one before it; a single thread pays nothing but a lock.
What the work is, and that it is acknowledged only after the commit, is decided by the function that
does it.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from provenance_gen.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Work = TypeVar("Work")
Result = TypeVar("Result")

_AT_ONCE: Final = 256
"""Pieces of work in one commit, so that the first of them does not wait for ever."""


class Job(Generic[Work, Result]):
    """One caller's piece of work, and what became of it."""

    __slots__ = ("error", "leads", "result", "woken", "work")

    def __init__(self, work: Work) -> None:
        """Wait with a piece of work."""
        self.work = work
        self.result: Result | None = None
        self.error: Exception | None = None
        self.leads = False
        self.woken = threading.Event()

    @property
    def done(self) -> bool:
        """Whether it was settled, well or badly."""
        return self.result is not None or self.error is not None


class Group(Generic[Work, Result]):
    """Does pieces of work together, in the order in which they were handed in."""

    def __init__(self, perform: Callable[[Sequence[Job[Work, Result]]], None]) -> None:
        """Take the function that settles several jobs in one commit.

        It sets each job's result or error; an error that it raises is that of all jobs which it
        left open.
        """
        self._perform = perform
        self._waiting: deque[Job[Work, Result]] = deque()
        self._led = False
        self._lock = threading.Lock()

    def do(self, work: Work) -> Result:
        """Hand in a piece of work and return its result when it is committed.

        Raises:
            Exception: what became of this piece of work, and of no other.
        """
        job: Job[Work, Result] = Job(work)
        with self._lock:
            self._waiting.append(job)
            job.leads, self._led = not self._led, True
        try:
            if not job.leads:
                job.woken.wait()
            if job.leads:
                self._perform_next()
        finally:
            self._leave(job)
        if job.error is not None:
            raise job.error
        assert job.result is not None  # noqa: S101  # done, and no error
        return job.result

    def _perform_next(self) -> None:
        with self._lock:
            jobs = [self._waiting.popleft() for _ in range(min(len(self._waiting), _AT_ONCE))]
        try:
            self._perform(jobs)
        except Exception as error:  # noqa: BLE001  # it belongs to the callers, not to this thread
            _fail(jobs, error)
        finally:
            # Left open only where this thread was interrupted, perhaps after the commit.
            _fail(jobs, LedgerError("interrupted; whether the event is stored is not known"))
            for job in jobs:
                job.woken.set()

    def _leave(self, job: Job[Work, Result]) -> None:
        """Pass the lead on; or, interrupted while waiting, take the work back."""
        with self._lock:
            if not job.done and job in self._waiting:
                self._waiting.remove(job)
            if not job.leads:
                return
            self._led = bool(self._waiting)
            if self._led:
                self._waiting[0].leads = True
                self._waiting[0].woken.set()


def _fail(jobs: Sequence[Job[Work, Result]], error: Exception) -> None:
    for job in jobs:
        if not job.done:
            job.error = error
