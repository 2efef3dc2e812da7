"""One process that reads untrusted files, seen from outside: asked, timed, ended.

A native parser can abort on hostile input, or take minutes or gigabytes over it. Whatever becomes
of the process is told in words here; that it costs one file its answer and nothing more is seen to
by ``studio.pool``. The process bounds its own memory and processor time where the platform can
(``studio.serve``); the clock is watched here.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provenance_gen.studio import serve
from provenance_gen.studio.processes import PATIENCE, capacity, close, room

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from provenance_gen.credentials.report import Inspection
    from provenance_gen.studio.processes import Running

_NONSENSE: Final = "the worker that read the file gave an answer that makes no sense"
_LAST: Final = 30.0
"""Seconds in which the system ends a process for good."""
_LOOKS: Final = 3
"""How often in a row a process must be found late, since whoever takes its answers may be late too:
the program was stopped (Ctrl-Z), or had no turn."""
_PIECE: Final = 1 << 19
"""Bytes: as many as a pipe of answers holds, so that none stays there unseen."""


@dataclass(frozen=True)
class Limits:
    """What a process that reads untrusted files may use."""

    seconds: float = 60.0
    """Wall clock for each file, and processor time where the platform can bound it."""
    memory: int = 4 << 30
    """Bytes: of address space on Linux, of resident memory where that must be watched."""
    files: int = 200
    """Files after which the process gives way to a new one."""
    watched: bool = sys.platform != "linux"
    """Whether memory is watched from outside, since the platform does not bound it."""


class Child:
    """One process, used by one thread; ``kill`` may come from any."""

    def __init__(self, limits: Limits, running: Running) -> None:
        """Watch a process that was started and told what its requests have in common."""
        self.limits = limits
        self.stopped: str | None = None
        """Why it was ended from outside."""
        self._running = running
        self._deadline = float("inf")
        self._late = (self._deadline, 0)
        """A deadline that was found to have passed, and how often."""
        self._answers = 0
        self._length = 1
        """Bytes of an answer, as long as those of late."""
        self._read = bytearray()
        """What it has written and nobody took yet."""
        self._ending = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Its process identifier, where it is our own child."""
        return self._running.pid

    @property
    def room(self) -> int:
        """Bytes of requests, with their heads, that it need not take for us to be rid of them."""
        return room(self._running.requests)

    @property
    def holds(self) -> int:
        """About how many answers, as long as those of late, fit into its pipe before it waits."""
        return capacity(self._running.answers) // self._length

    def send(self, *messages: bytes) -> None:
        """Send requests; a process that is gone is noticed when its answer is read."""
        with contextlib.suppress(OSError):
            serve.send(self._running.requests.fileno(), *messages)

    def begin(self) -> None:
        """Start the clock for the file at work."""
        self._deadline = time.monotonic() + self.limits.seconds

    def rest(self) -> None:
        """Stop the clock: no file is at work."""
        self._deadline = float("inf")

    def receive(self) -> Inspection | str | None:
        """Return the next answer; or in words why there is none; None where it gave way."""
        adapter = _adapter()  # loaded while the process is at work
        try:
            if (found := self._next()) is not None:
                self._answers += 1
                return adapter.validate_json(found)
        except ValueError:
            return self.stopped or _NONSENSE
        # Its output ended, so it is ending; one that lives on is ended.
        code = self._running.wait(PATIENCE)
        if code is None:
            self.kill(_NONSENSE)
            code = self._running.wait(_LAST)
        if self.stopped:
            return self.stopped
        if code == serve.AGAIN and self._answers:
            return None
        return fault(code, self.limits)

    def answered(self) -> bool:
        """Tell whether an answer that was read already waits to be received."""
        try:
            return serve.whole(self._read) is not None
        except ValueError:
            return True  # and it makes no sense

    def _next(self) -> bytes | None:
        """Return the next message; what lies behind it is read as well, and kept.

        Raises:
            ValueError: the message is too long.
        """
        while (end := serve.whole(self._read)) is None:
            part = os.read(self._running.answers.fileno(), _PIECE)
            if not part:
                return None
            self._read += part
        found = bytes(self._read[serve.HEAD : end])
        del self._read[:end]
        self._length = max(end, self._length - self._length // 8)
        return found

    def end_if_overdue(self, now: float) -> None:
        """End it where the file at work has taken longer than it may; asked again and again."""
        deadline, (known, times) = self._deadline, self._late
        if now <= deadline:
            return
        self._late = (deadline, times + 1 if known == deadline else 1)
        if self._late[1] >= _LOOKS:
            self.kill(fault(None, self.limits))

    def kill(self, why: str) -> None:
        """End it and the children it forked, at once; the first reason given counts."""
        with self._ending:
            self.stopped = self.stopped or why
            self._running.kill()

    def close(self) -> None:
        """Let it end by itself if it will, and wait until it has."""
        close(self._running.requests)
        if self._running.wait(0 if self.stopped else PATIENCE) is None:
            self.kill("no longer needed")
            self._running.wait(_LAST)
        self._running.close()


def fault(code: int | None, limits: Limits) -> str:
    """Say why a process gave no answer, by its exit status; None where its time was over."""
    if code is None or -code == getattr(signal, "SIGALRM", None):
        return f"reading it took longer than {limits.seconds:g} s and was stopped"
    if code < 0:
        if -code == getattr(signal, "SIGXCPU", None):
            return f"reading it took more than {limits.seconds:g} s of the processor's time"
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        return (
            f"the worker that read the file died ({name}); a native parser can abort on hostile "
            "input, and this file is judged no further"
        )
    if code:
        return (
            f"the worker that read the file failed (exit status {code}), which is a fault of this"
            " program or of the machine and says nothing about the file"
        )
    return "the worker that read the file gave no answer"


@functools.cache
def _adapter() -> TypeAdapter[Inspection]:
    # Loaded while the process loads its parsers.
    from pydantic import TypeAdapter  # noqa: PLC0415

    from provenance_gen.credentials.report import Inspection  # noqa: PLC0415

    return TypeAdapter(Inspection)
