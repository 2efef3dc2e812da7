"""Processes that read untrusted files, forked by one that has loaded the parsers (``nursery``).

Only Linux is known to keep loaded libraries sound over a fork. Each process has three pipes: what
it is asked, what it answers, and its exit status, which whoever forked it tells.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import select
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Final

from provenance_gen.studio import nursery
from provenance_gen.studio.processes import ENTRY, PATIENCE, close, kill, popen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.studio.processes import Running

if sys.platform != "linux":
    raise ImportError("only Linux keeps loaded libraries sound over a fork")

_WIDE: Final = 1 << 19
"""Bytes."""


class Forked:
    """A process that a nursery forked; it ends as its requests do, or by the nursery's hand."""

    pid: int | None = None

    def __init__(self, forking: Forking, common: bytes) -> None:
        """Have it forked.

        Raises:
            OSError: the nursery is gone.
        """
        with contextlib.ExitStack() as theirs, contextlib.ExitStack() as ours:
            reads, self.requests = _pipe(theirs, ours)
            self.answers, writes = _pipe(ours, theirs)
            _widen(writes)
            self._status, tells = _pipe(ours, theirs)
            given = [reads.fileno(), writes.fileno(), tells.fileno()]
            self._control, self._number = forking.ask(given, common)
            ours.pop_all()
        self._forking = forking
        self._code: int | None = None

    def wait(self, seconds: float) -> int | None:
        """Return its exit status; see ``Running``."""
        if self._code is None and select.select([self._status], [], [], seconds)[0]:
            told = self._status.read(nursery.NUMBER)
            # A nursery that died says nothing, and what became of those it forked is not known.
            self._code = int.from_bytes(told, "big", signed=True) if told else 1
        return self._code

    def kill(self) -> None:
        """Have it ended, and what it forked."""
        self._forking.end(self._control, self._number)

    def close(self) -> None:
        """Give its pipes back."""
        close(self.requests, self.answers, self._status)


class Forking:
    """Starts one process that loads the parsers ahead of time, and has it fork all others."""

    def __init__(self, command: Sequence[str] = ENTRY) -> None:
        """Start it; it loads while the caller goes on."""
        self._command = command
        self._lock = threading.Lock()
        self._spawn()

    def start(self, common: bytes) -> Running:
        """Have one forked; where the process that forks is gone, it is started again."""
        control = self._control
        try:
            return Forked(self, common)
        except ConnectionError:
            with self._lock:
                if self._control is control:  # else another thread did it
                    self._finish()
                    self._spawn()
            return Forked(self, common)

    def ask(self, descriptors: Sequence[int], common: bytes) -> tuple[socket.socket, int]:
        """Hand over what a new process shall have; return what to end it by.

        Raises:
            OSError: the process that forks is gone.
        """
        size = len(common).to_bytes(nursery.NUMBER, "big")
        with self._lock:
            socket.send_fds(self._control, [nursery.START], descriptors)
            self._control.sendall(size + common)
            self._born += 1
            return self._control, self._born - 1

    def end(self, control: socket.socket, number: int) -> None:
        """End a process, if it has not ended and whoever forked it is there."""
        with self._lock, contextlib.suppress(OSError):
            control.sendall(nursery.END + number.to_bytes(nursery.NUMBER, "big"))

    def close(self) -> None:
        """Let it end with the last process that it forked."""
        with self._lock:
            self._finish()

    @property
    def pid(self) -> int:
        """Process identifier of the one that forks."""
        return self._process.pid

    def _spawn(self) -> None:
        self._control, theirs = socket.socketpair()
        self._born = 0
        with theirs:
            self._process = popen((*self._command, str(theirs.fileno())), passed=theirs.fileno())

    def _finish(self) -> None:
        self._control.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            kill(self._process)
            self._process.wait()


def _pipe(
    reader: contextlib.ExitStack, writer: contextlib.ExitStack
) -> tuple[io.FileIO, io.FileIO]:
    reads, writes = os.pipe()
    return (
        reader.enter_context(io.FileIO(reads, "rb")),
        writer.enter_context(io.FileIO(writes, "wb")),
    )


def _widen(pipe: io.FileIO) -> None:
    """Let a pipe hold as many answers as a process may owe us: each takes a page or more of it."""
    with contextlib.suppress(OSError):  # the user has many pipes already: it holds fewer
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _WIDE)
