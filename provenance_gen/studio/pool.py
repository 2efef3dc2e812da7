"""Read any number of untrusted files in several processes, and survive whatever becomes of them.

A process that dies, hangs or talks nonsense costs the file it was at its answer, with the reason,
and nothing more: the files after it go to a new process. Files are taken from their source only as
fast as answers are taken away, so that memory stays flat over any number of them.

Each process is driven by a thread of its own (``driver``), which mostly waits; one more thread
takes files from the source, and one watches the clock.
"""

from __future__ import annotations

import dataclasses
import json
import os
import queue
import sys
import threading
import time
from typing import TYPE_CHECKING, Final, Self

from provenance_gen.studio import sources, watch
from provenance_gen.studio.child import Child, Limits
from provenance_gen.studio.driver import Answer, Driver, EndError, Job
from provenance_gen.studio.processes import ENTRY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from provenance_gen.credentials.report import Inspection
    from provenance_gen.credentials.trust import Anchors

_BLOCK: Final = 32
_WINDOW: Final = 8 * _BLOCK
"""Files taken from the source whose answers were not yet taken away."""
_BACKLOG: Final = 8
"""Waiting files for each process that make another one worth its start."""
_PIPES: Final = 3
_OWN_FILES: Final = 64
"""Files that may be open at once beside the pipes of each process."""
_NO_BOUND: Final = 1 << 16
_TICK: Final = 0.05
_LONG: Final = 0.3


@dataclasses.dataclass(frozen=True)
class Task:
    """What is asked of every file."""

    anchors: Anchors = ()
    """Lists of trusted certificates."""
    pixels: bool = True
    """Whether the pixels are decoded."""
    marks: bool = False
    """Whether marks on AI outside the credentials are looked for."""


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _affordable() -> int:
    """Return how many processes we can have without running out of files that may be open."""
    if sys.platform == "win32":
        return _NO_BOUND
    import resource  # noqa: PLC0415 - there is none on Windows

    may, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _NO_BOUND if may == resource.RLIM_INFINITY else (may - _OWN_FILES) // _PIPES


class Pool:
    """Processes that read untrusted files; use it in a ``with`` block, for one run of files."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        workers: int | None = None,
        command: Sequence[str] = ENTRY,
        forking: bool | None = None,
    ) -> None:
        """Start the first process, which loads its parsers while the caller goes on.

        Args:
            limits: what one process may use.
            workers: the most processes at once; by default one for each processor.
            command: arguments for the Python interpreter; tests put other programs here.
            forking: whether one process loads and forks the others; by default on Linux.
        """
        self.limits = limits or Limits()
        self._most = max(1, min(workers or cores(), _affordable()))
        self._jobs: queue.SimpleQueue[tuple[int, Job] | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Sequence[Answer] | int | Exception] = queue.SimpleQueue()
        self._room = threading.Semaphore(_WINDOW // _BLOCK)
        self._over = threading.Event()
        self._source = sources.source(tuple(command), forking=forking)
        self._drivers: list[Driver] = []
        self._growing = threading.RLock()
        self.request = b""

    def __enter__(self) -> Self:
        """Use the pool."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """End every process, at once where files are still at work."""
        self.stop()

    def each(
        self, jobs: Iterable[Job], task: Task | None = None, *, ordered: bool = False
    ) -> Iterator[tuple[Job, Inspection]]:
        """Yield an answer for each file as it comes; it never raises for a file.

        Args:
            jobs: the files; taken as they are needed, in a thread.
            task: what is asked of each.
            ordered: give the answers in the order of the files.

        Raises:
            Exception: whatever the source of the files raises.
        """
        task = task or Task()
        self.request = json.dumps(
            {
                "anchors": [dataclasses.asdict(anchor) for anchor in task.anchors],
                "pixels": task.pixels,
                "marks": task.marks,
                "memory": self.limits.memory,
                "seconds": self.limits.seconds,
                "files": self.limits.files,
            }
        ).encode()
        self._grow()
        for run in (self._feed, self._watch):
            threading.Thread(target=run, args=(jobs,), daemon=True).start()
        answers = _in_order(self._taken()) if ordered else self._taken()
        try:
            for given, (_, job, found) in enumerate(answers, 1):
                if given % _BLOCK == 0:
                    self._room.release()  # in blocks, since each wakes the thread that feeds
                yield job, found
        finally:
            self.stop()

    def stop(self) -> None:
        """End every process, and the threads as soon as they notice."""
        with self._growing:  # from here on there is no further driver, and none half begun
            self._over.set()
        self._room.release()
        self._jobs.put(None)
        try:
            for driver in self._drivers:
                driver.end()
            for driver in self._drivers:
                if driver.is_alive():  # it is not where even its start was interrupted
                    driver.join()
        finally:  # whoever is interrupted here leaves no process behind
            self._source.close()

    @property
    def over(self) -> bool:
        """Whether the run has ended, by itself or by whoever asked for it."""
        return self._over.is_set()

    def take(self, *, wait: bool) -> tuple[int, Job] | None:
        """Return the next file; None where there is none, or none yet.

        Raises:
            EndError: there are no more.
        """
        try:
            job = self._jobs.get(block=wait)
        except queue.Empty:
            return None
        if job is None or self.over:
            self._jobs.put(None)  # the other drivers shall see it too
            raise EndError
        return job

    def give(self, answers: Sequence[Answer] | Exception) -> None:
        """Hand answers over."""
        self._answers.put(answers)

    def rest(self, seconds: float) -> None:
        """Let a driver wait while its process works; shorter where the run is over."""
        self._over.wait(seconds)

    def start(self) -> Child | None:
        """Start a process, or take the one that is waiting; None once the run is over."""
        return None if self.over else Child(self.limits, self._source.start(self.request))

    def left_to_others(self, driver: Driver, jobs: Sequence[tuple[int, Job]]) -> bool:
        """Put files back that a driver has no process for; false where no other has one."""
        if all(one is driver or one.child is None for one in self._drivers):
            return False
        for job in jobs:
            self._jobs.put(job)
        return True

    def _feed(self, jobs: Iterable[Job]) -> None:
        count = 0
        try:
            for job in jobs:
                if count % _BLOCK == 0:
                    self._room.acquire()
                if self.over:
                    return
                self._jobs.put((count, job))
                count += 1
        except Exception as error:  # noqa: BLE001 - raised again where the answers are taken
            self._answers.put(error)
        self._answers.put(count)

    def _watch(self, _jobs: Iterable[Job]) -> None:
        tick = min(_TICK, self.limits.seconds)
        since = time.monotonic()
        while not self._over.wait(tick):
            now = time.monotonic()
            for driver in self._drivers:
                if (child := driver.child) is not None:
                    child.end_if_overdue(now)
                    if self.limits.watched and (why := watch.beyond(child.pid, self.limits)):
                        child.kill(why)
            waiting = self._jobs.qsize()
            if waiting >= _BACKLOG * len(self._drivers) or (waiting and now - since > _LONG):
                self._grow()
                since = now

    def _grow(self) -> None:
        with self._growing:
            if len(self._drivers) < self._most and not self.over:
                self._drivers.append(Driver(self))
                self._drivers[-1].start()

    def _taken(self) -> Iterator[Answer]:
        given, of = 0, None
        while given != of:
            try:
                # Waiting in pieces, since Windows does not interrupt a wait without end.
                answers = self._answers.get(timeout=0.2)
            except queue.Empty:
                continue
            if isinstance(answers, Exception):
                raise answers
            if isinstance(answers, int):
                of = answers
                continue
            given += len(answers)
            yield from answers


def _in_order(answers: Iterator[Answer]) -> Iterator[Answer]:
    """Hold answers back until those before them were given; the window bounds how many."""
    early: dict[int, Answer] = {}
    due = 0
    for answer in answers:
        early[answer[0]] = answer
        while due in early:
            yield early.pop(due)
            due += 1
