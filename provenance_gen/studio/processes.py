"""Processes that read untrusted files, each started by itself; and what can be done with any.

What they are asked and what they answer is ``studio.child``'s. Where the system allows it, one
process forks the others instead (``studio.forked``).
"""

from __future__ import annotations

import contextlib
import mmap
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, cast

from provenance_gen.environment import without_secrets
from provenance_gen.studio import serve

if TYPE_CHECKING:
    import io
    from collections.abc import Sequence

ENTRY: Final = ("-m", "provenance_gen.studio.serve")
PATIENCE: Final = 2.0
"""Seconds in which a process that has nothing left to do ends by itself."""
_ONE_THREAD: Final = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "TOKIO_WORKER_THREADS",
    "MALLOC_ARENA_MAX",
)
_KEPT: Final = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(64 << 20)}
"""Bytes up to which glibc keeps what was freed: one file after the other needs it again, and to
have it taken and given anew, page by page, is a tenth of the work."""
_LEAST: Final = 3 << 10
"""Bytes that a pipe of any system holds, and holds one after the other."""


class Running(Protocol):
    """A process that was started to read files."""

    @property
    def pid(self) -> int | None:
        """Its process identifier, where it is our own child."""
        ...

    @property
    def requests(self) -> io.FileIO:
        """What it reads; once that is closed, it ends by itself."""
        ...

    @property
    def answers(self) -> io.FileIO:
        """What it writes."""
        ...

    def wait(self, seconds: float) -> int | None:
        """Return its exit status; negative is the number of a signal, None that it still runs."""
        ...

    def kill(self) -> None:
        """End it and what it forked, at once; nothing happens to one that has ended."""
        ...

    def close(self) -> None:
        """Give what belongs to it back, once it has ended."""
        ...


class Source(Protocol):
    """Starts processes; several threads may ask it."""

    def start(self, common: bytes) -> Running:
        """Start one.

        Args:
            common: what all that it will be asked has in common.

        Raises:
            OSError: the system has no room for it.
        """
        ...

    def close(self) -> None:
        """End what was started ahead, and wait until it has ended."""
        ...


class Spawned:
    """A process that loads the parsers for itself."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it; it loads and waits."""
        self._process = popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.pid = self._process.pid
        self.requests = cast("io.FileIO", self._process.stdin)
        self.answers = cast("io.FileIO", self._process.stdout)

    def wait(self, seconds: float) -> int | None:
        """Return its exit status; see ``Running``."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None

    def kill(self) -> None:
        """End it and what it forked, at once."""
        kill(self._process)

    def close(self) -> None:
        """Give its pipes back."""
        close(self.requests, self.answers)


class Spawning:
    """Starts each process by itself, the first one ahead of time."""

    def __init__(self, command: Sequence[str] = ENTRY) -> None:
        """Start the first, which loads while the caller goes on."""
        self._command = command
        self._lock = threading.Lock()
        self._first: Spawned | None = Spawned(command)

    def start(self, common: bytes) -> Running:
        """Take the one that was started ahead, or start another."""
        running = self._taken() or Spawned(self._command)
        with contextlib.suppress(OSError):  # one that is gone is noticed when its answer is read
            serve.send(running.requests.fileno(), common)
        return running

    def close(self) -> None:
        """End the one that nobody took."""
        if (first := self._taken()) is not None:
            first.kill()
            first.wait(PATIENCE)
            first.close()

    def _taken(self) -> Spawned | None:
        with self._lock:
            first, self._first = self._first, None
        return first


def capacity(pipe: io.FileIO) -> int:
    """Return how many bytes a pipe holds, as far as that can be known."""
    if sys.platform != "linux":
        return _LEAST
    import fcntl  # noqa: PLC0415 - there is none on Windows

    return fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ)


def room(pipe: io.FileIO) -> int:
    """Return how many bytes may lie in a pipe without a writer ever waiting.

    Linux keeps them in pages and begins a new one where a message does not fit into the last, so
    that each two pages hold more than one page of bytes and no more is certain (``pipe_write`` in
    ``fs/pipe.c``). A user of many pipes gets small ones (``pipe-user-pages-soft``, pipe(7)).
    """
    if sys.platform != "linux":
        return _LEAST
    return capacity(pipe) // mmap.PAGESIZE // 2 * mmap.PAGESIZE


def environment() -> dict[str, str]:
    """Return a child's environment: ours, with the package importable and few threads."""
    environment = without_secrets()
    # Each thread reserves address space, of which the child has little on a machine of many cores.
    environment |= dict.fromkeys(_ONE_THREAD, "1") | _KEPT
    root = Path(__file__).resolve().parents[2]
    if root.name not in ("site-packages", "dist-packages"):
        # A checkout; installed packages are found by the interpreter itself.
        paths = [str(root), environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    return environment


def popen(
    command: Sequence[str],
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
    passed: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start a Python program in a session of its own; ``passed`` is a descriptor it shall have."""
    # -P keeps the current folder, which may be a stranger's, off the path of imports. A session of
    # its own keeps the keyboard's Ctrl-C away, and lets its children end with it.
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
        [sys.executable, "-P", *command],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        env=environment(),
        start_new_session=os.name == "posix",
        pass_fds=() if passed is None else (passed,),
        bufsize=0,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a program and what it forked, at once, if it still runs."""
    if process.poll() is None:
        with contextlib.suppress(OSError):
            if sys.platform != "win32":
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()


def close(*files: io.FileIO) -> None:
    """Close pipes, whether or not anybody is at their other end."""
    for file in files:
        with contextlib.suppress(OSError):
            file.close()
