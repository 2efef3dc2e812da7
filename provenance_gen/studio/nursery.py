"""A process that has loaded the parsers and never sees a file: it forks those that do.

Run on Linux by ``studio.processes`` through ``studio.serve``, with one end of a socket. To load the
parsers takes as long as to read a hundred small files, so that it is done once however many
processes read, and they share what is loaded. Over the socket come the descriptors of a process
that shall serve, or the number of one that shall be ended; only whoever forked a process can end
it without fear that its identifier belongs to another by now. Elsewhere than on Linux a library
that was loaded may not survive a fork, and each process loads its own.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

if sys.platform != "linux":
    raise ImportError("only Linux keeps loaded libraries sound over a fork")

START: Final = b"S"
"""Followed by three descriptors (requests, answers, status) and what all requests have in common,
after its length in four bytes."""
END: Final = b"K"
"""Followed by the number of the process, counted from 0, in four bytes."""
NUMBER: Final = 4
"""Bytes of a number or a length."""


@dataclass
class _Served:
    """One that answers requests: one process after the other, with the same descriptors."""

    common: bytes
    requests: int
    answers: int
    status: int
    """Where its exit status is told, as a signed number of four bytes."""
    pid: int = 0
    ended: bool = False
    """Whether it was ended on demand."""

    def close(self) -> None:
        """Give the descriptors back; whoever reads the answers sees their end."""
        for descriptor in (self.status, self.requests, self.answers):
            os.close(descriptor)


class Nursery:
    """Forks processes as it is told, and tells what became of them."""

    def __init__(self, control: int, serve: Callable[[bytes, int, int], int], again: int) -> None:
        """Listen on a socket.

        Args:
            control: the socket's descriptor.
            serve: answers requests and returns an exit status.
            again: the exit status of one that did its share and is followed by another.
        """
        self._control = socket.socket(fileno=control)
        self._serve = serve
        self._again = again
        self._born = 0
        self._served: dict[int, _Served] = {}
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # else nothing would be written there

    def tend(self) -> int:
        """Do as told until the socket is closed and the last process has ended."""
        told = [self._woken, self._control.fileno()]
        while self._served or len(told) > 1:
            ready, _, _ = select.select(told, [], [])
            if self._woken in ready:
                os.read(self._woken, 1 << 12)
                self._bury()
            if self._control.fileno() in ready and not self._listen():
                told.pop()
        return 0

    def _listen(self) -> bool:
        """Do what is told next; false where nothing more will be."""
        what, descriptors, _, _ = socket.recv_fds(self._control, 1, 3)
        number = self._exactly(NUMBER)
        if what == START and number is not None:
            common = self._exactly(int.from_bytes(number, "big"))
            if common is not None and len(descriptors) == 3:  # noqa: PLR2004 - see START
                requests, answers, status = descriptors
                one = _Served(common, requests, answers, status)
                self._served[self._born] = one
                self._born += 1
                self._fork(one)
                return True
        elif what == END and number is not None:
            found = self._served.get(int.from_bytes(number, "big"))
            if found is not None:
                found.ended = True
                _end(found.pid)
            return True
        return False

    def _exactly(self, size: int) -> bytes | None:
        found = bytearray()
        while len(found) < size:
            part = self._control.recv(size - len(found))
            if not part:
                return None
            found += part
        return bytes(found)

    def _fork(self, one: _Served) -> None:
        one.pid = os.fork()
        if one.pid:
            with contextlib.suppress(OSError):  # by whichever of the two comes first
                os.setpgid(one.pid, one.pid)
            return
        try:
            code = self._begin(one)
        except BaseException:  # noqa: BLE001 - nothing of the parent's may run on here
            traceback.print_exc()
            code = 1
        os._exit(code)

    def _begin(self, one: _Served) -> int:
        """Serve, in the new process, which keeps nothing of what belongs to the others."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
        for other in self._served.values():
            if other is not one:
                other.close()
        for descriptor in (one.status, self._woken, self._wake):
            os.close(descriptor)
        self._control.close()
        return self._serve(one.common, one.requests, one.answers)

    def _bury(self) -> None:
        """Let a process that did its share be followed by another; tell of any other's end."""
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                code = os.waitstatus_to_exitcode(found[1])
                number, one = next(item for item in self._served.items() if item[1].pid == found[0])
                if code == self._again and not one.ended:
                    self._fork(one)
                    continue
                del self._served[number]
                with contextlib.suppress(OSError):  # nobody may wait for it any more
                    os.write(one.status, code.to_bytes(NUMBER, "big", signed=True))
                one.close()


def _end(pid: int) -> None:
    """End a process of ours that was not waited for yet, and what it forked."""
    for end in (os.killpg, os.kill):
        with contextlib.suppress(OSError):
            end(pid, signal.SIGKILL)
