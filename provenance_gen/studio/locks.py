"""Locks that tell a running attempt from one whose process died, and a studio from a fork's copy.

The operating system frees a lock when its process ends, however it ends. So a started attempt
whose lock is free was interrupted.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from provenance_gen.errors import StorageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Opener:
    """The process that opened a studio.

    A fork of it inherits neither the thread that finishes attempts, for which it would wait
    without end, nor a database that two processes may use (SQLite, "How To Corrupt", 2.6).
    """

    def __init__(self) -> None:
        """Remember this process."""
        self._process = os.getpid()

    @property
    def here(self) -> bool:
        """Whether this process is it, and not a fork."""
        return os.getpid() == self._process

    def demand(self) -> None:
        """Refuse to go on in a fork.

        Raises:
            UsageError: this process was forked from the one that opened the studio.
        """
        if not self.here:
            raise UsageError(
                "this studio was opened before this process was forked: open it again here, with"
                " Studio.open"
            )


@contextlib.contextmanager
def held(folder: Path, name: str) -> Iterator[None]:
    """Hold the lock of a name while the block runs.

    Raises:
        StorageError: the folder cannot be written.
    """
    path = folder / f"{name}.lock"
    try:
        folder.mkdir(exist_ok=True)
        # An attempt may be finished by another thread than the one that began it.
        lock = FileLock(path, thread_local=False)
        lock.acquire()
    except OSError as error:
        raise StorageError(f"cannot lock {path.name}: {error.strerror}") from error
    try:
        yield
    finally:
        # Removed while it is still held, so that no name outlives its attempt.
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        lock.release()


def is_held(folder: Path, name: str) -> bool:
    """Tell whether a live process holds the lock of a name."""
    path = folder / f"{name}.lock"
    if not path.exists():
        return False
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False
