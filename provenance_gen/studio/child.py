"""One process that reads untrusted files, seen from outside: started, asked, timed, ended.

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
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provenance_gen.environment import without_secrets
from provenance_gen.studio import serve

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import TypeAdapter

    from provenance_gen.credentials.report import Inspection

ENTRY: Final = ("-m", "provenance_gen.studio.serve")

_NONSENSE: Final = "the worker that read the file gave an answer that makes no sense"
_PATIENCE: Final = 2.0
_PIECE: Final = 1 << 17
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
    """One process, started at once and used by one thread; ``kill`` may come from any."""

    def __init__(self, limits: Limits, command: Sequence[str] = ENTRY) -> None:
        """Start it; it loads the parsers and waits."""
        self.limits = limits
        self.stopped: str | None = None
        """Why it was ended from outside."""
        self._deadline = float("inf")
        self._answers = 0
        self._read = bytearray()
        """What it has written and nobody took yet."""
        self._ending = threading.Lock()
        # -P keeps the current folder, which may be a stranger's, off the path of imports. A
        # session of its own keeps the keyboard's Ctrl-C away, and lets its children end with it.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
            [sys.executable, "-P", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
            start_new_session=os.name == "posix",
            bufsize=0,
        )

    @property
    def pid(self) -> int:
        """Its process identifier."""
        return self._process.pid

    @classmethod
    def first(cls, limits: Limits, command: Sequence[str]) -> Child:
        """Take the process that was started ahead, if there is one; else start one."""
        if command == ENTRY and _AHEAD:
            child = _AHEAD.pop()
            child.limits = limits
            return child
        return cls(limits, command)

    def send(self, *messages: bytes) -> None:
        """Send requests; a process that is gone is noticed when its answer is read."""
        with contextlib.suppress(OSError):
            serve.send(self._process.stdin.fileno(), *messages)  # type: ignore[union-attr]

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
        try:
            code = self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill(_NONSENSE)
            code = self._process.wait()
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
            part = os.read(self._process.stdout.fileno(), _PIECE)  # type: ignore[union-attr]
            if not part:
                return None
            self._read += part
        found = bytes(self._read[serve.HEAD : end])
        del self._read[:end]
        return found

    def end_if_overdue(self, now: float) -> None:
        """End it where the file at work has taken longer than it may."""
        if now > self._deadline:
            self.kill(fault(None, self.limits))

    def kill(self, why: str) -> None:
        """End it and the children it forked, at once; the first reason given counts."""
        with self._ending:
            self.stopped = self.stopped or why
            if self._process.poll() is None:
                with contextlib.suppress(OSError):
                    if os.name == "posix":
                        os.killpg(self._process.pid, signal.SIGKILL)
                    else:
                        self._process.kill()

    def close(self) -> None:
        """Let it end by itself if it will, and wait until it has."""
        with contextlib.suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]
        try:
            self._process.wait(0 if self.stopped else _PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill("no longer needed")
            self._process.wait()
        self._process.stdout.close()  # type: ignore[union-attr]


_AHEAD: Final[list[Child]] = []


@contextlib.contextmanager
def ahead() -> Iterator[None]:
    """Start a process before it is known what it is to read: it loads while the caller does.

    The first pool made in the ``with`` block takes it; if none does, it is ended.
    """
    child = Child(Limits())
    _AHEAD.append(child)
    try:
        yield
    finally:
        if child in _AHEAD:
            _AHEAD.remove(child)
            child.kill("no longer needed")
            child.close()


def fault(code: int | None, limits: Limits) -> str:
    """Say why a process gave no answer, by its exit status; None where its time was over."""
    if code is None:
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
        return f"the worker that read the file failed (exit status {code})"
    return "the worker that read the file gave no answer"


def environment() -> dict[str, str]:
    """Return the child's environment: ours, with the package importable and few threads."""
    environment = without_secrets()
    # Each thread reserves address space, of which the child has little on a machine of many cores.
    environment |= dict.fromkeys(_ONE_THREAD, "1") | _KEPT
    root = Path(__file__).resolve().parents[2]
    if root.name not in ("site-packages", "dist-packages"):
        # A checkout; installed packages are found by the interpreter itself.
        paths = [str(root), environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    return environment


@functools.cache
def _adapter() -> TypeAdapter[Inspection]:
    # Loaded while the process loads its parsers.
    from pydantic import TypeAdapter  # noqa: PLC0415

    from provenance_gen.credentials.report import Inspection  # noqa: PLC0415

    return TypeAdapter(Inspection)
