"""One thread that keeps one process at work, and replaces it where it gave way or failed."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provenance_gen.credentials.report import Inspection
from provenance_gen.studio.serve import HEAD

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.studio.child import Child
    from provenance_gen.studio.pool import Pool

_LEAST, _MOST = 2, 64
"""Files at a process: one at work and one waiting, so that it never idles; more of small files."""
_COVER: Final = 0.5
"""Seconds of work that shall lie at a process. Handing over less would wake us for each file, and
to judge one by itself takes thrice as long as among others: nothing of it is at hand any more."""
_QUICKEST: Final = 1e-4
_NAP: Final = 0.05
"""Most seconds that we let a process work unseen, should a file take less than is thought."""
_SEVERAL: Final = 4
"""Files at a process from which on their answers are taken together."""


@dataclass(frozen=True)
class Job:
    """One file to read."""

    path: Path
    manifest: Path | None = None
    """A manifest store that lies elsewhere and was fetched for this file."""


Answer = tuple[int, Job, Inspection]
"""Number of the file in its source, the file, and what was found."""


class EndError(Exception):
    """There are no more files."""


class Driver(threading.Thread):
    """Takes files from a pool, has them read, and gives the answers back."""

    def __init__(self, pool: Pool) -> None:
        """Belong to a pool."""
        super().__init__(daemon=True)
        self.child: Child | None = None
        self._pool = pool
        self._held: deque[tuple[int, Job]] = deque()
        """Files at the process or meant for it; the first is at work."""
        self._sent: deque[int] = deque()
        """Lengths of the requests at the process, with their heads, in bytes."""
        self._pace = _COVER
        """Seconds that a file took of late."""
        self._useless = False
        """Whether there was no room for a process of ours."""

    def run(self) -> None:
        """Work until the pool has no more files."""
        try:
            while not self._useless and self._filled():
                self._exchange()
        except Exception as error:  # noqa: BLE001 - raised again where the answers are taken
            self._pool.give(error)
        finally:
            self._drop()

    def end(self) -> None:
        """End a process that is at work; one that is not ends by itself, as this thread does."""
        if self._held and (child := self.child) is not None:
            child.kill("no longer needed")

    def _filled(self) -> bool:
        """Take files as far as they are there; wait for one where none is held."""
        with contextlib.suppress(EndError):
            ahead = min(_MOST, max(_LEAST, int(_COVER / self._pace)))
            if len(self._held) > ahead // 2:
                return True
            while len(self._held) < ahead:
                job = self._pool.take(wait=not self._held)
                if job is None:
                    break
                self._held.append(job)
        return bool(self._held)

    def _exchange(self) -> None:
        """Send what was not sent, and take the answers that are there: one at least."""
        if self.child is None:
            self.child = self._process()
            self._sent.clear()
        child = self.child
        if child is None:
            self._held.clear()
            return
        if self._pool.over:
            self.end()  # whoever ended the run may have looked before there was a process
        if not self._sent:
            child.begin()
        child.send(*self._fitting(child.room))
        begun = time.monotonic()
        if (several := min(len(self._sent), child.holds)) >= _SEVERAL:
            # Else each answer would wake us, which costs a good part of what it takes to find.
            self._pool.rest(min(_NAP, self._pace * several / 2))
        answers = self._answers(child)
        took = (time.monotonic() - begun) / max(1, len(answers))
        self._pace = learned(self._pace, took, busy=bool(self._sent))
        self._pool.give(answers)

    def _process(self) -> Child | None:
        """Start a process; None once the run is over, or where the others have to do without it.

        Raises:
            OSError: the system has no room for it, and there is no other.
        """
        try:
            return self._pool.start()
        except OSError:
            # Such as one file too many that is open.
            if not self._pool.left_to_others(self, list(self._held)):
                raise
            self._useless = True
            return None

    def _fitting(self, room: int) -> list[bytes]:
        """Return the requests that may go to the process now, and count them as sent.

        To send them never waits for a process that itself waits to be rid of a long answer; one
        that has nothing to do takes any.
        """
        found: list[bytes] = []
        for _, job in list(self._held)[len(self._sent) :]:
            request = _request(job)
            size = HEAD + len(request)
            if self._sent and sum(self._sent) + size > room:
                break
            self._sent.append(size)
            found.append(request)
        return found

    def _answers(self, child: Child) -> list[Answer]:
        """Take answers from a process: wait for the first, go on while more were read with it."""
        found: list[Answer] = []
        while not found or (self._sent and child.answered()):
            answer = child.receive()
            if answer is None:
                self._drop()
                return found
            index, job = self._held.popleft()
            if isinstance(answer, str):
                child.kill(answer)
                self._drop()
                return [*found, (index, job, Inspection(readable=False, reason=answer))]
            self._sent.popleft()
            found.append((index, job, answer))
        # The next file is at work already, or the process waits for one.
        child.begin() if self._sent else child.rest()
        return found

    def _drop(self) -> None:
        if self.child is not None:
            child, self.child = self.child, None
            child.close()


def learned(pace: float, took: float, *, busy: bool) -> float:
    """Return the seconds that a file is thought to take, which were ``pace``.

    Args:
        pace: what was thought.
        took: what each of the last answers took.
        busy: whether the process has something left. One that has not may have waited for us for
            most of the time, so that it is known only to be no slower.
    """
    if not busy:
        return max(_QUICKEST, min(took, pace) / 8)
    # What is thought too slow lets the process idle, and shows itself later than the reverse.
    return max(_QUICKEST, pace + (took - pace) / (2 if took < pace else 4))


def _request(job: Job) -> bytes:
    return json.dumps({"path": _name(job.path), "manifest": _name(job.manifest)}).encode()


def _name(path: Path | None) -> str | None:
    return None if path is None else os.fspath(path.absolute())
