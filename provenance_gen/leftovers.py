"""Unfinished files and folders: how they are named and held, and how those of the dead are swept.

Whatever is to appear whole is put together under a name that begins with ``.provgen-`` and then
renamed. The process holds it with a lock that ends when the process does, however it ends. So what
has such a name and is held by nobody was left by a killed process. On Windows and on file systems
without such locks nothing is swept.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import stat
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

if sys.platform != "win32":
    import fcntl

_PREFIX: Final = ".provgen-"
_OURS: Final = re.compile(
    r"(\.provgen-(?:backup-|new-)?[0-9a-f]{16}-[a-z0-9_]{8})(?:\.[A-Za-z0-9]{1,10})?"
)
"""Names that are given here: long enough that nobody gives one to a file of their own. Those with
the same first group belong together."""


def new_file(folder: Path, suffix: str) -> tuple[int | None, Path]:
    """Make an empty file that its owner alone may read (0600).

    Returns:
        The handle that holds it, to be closed when it has its final name or is gone; None on
        Windows, where an open file cannot be renamed. And its path.

    Raises:
        OSError: it cannot be made.
    """
    while True:
        handle, name = tempfile.mkstemp(prefix=_prefix(), suffix=suffix, dir=folder)
        if sys.platform != "win32":
            if _hold(handle):
                return handle, Path(name)
            os.close(handle)
        else:
            os.close(handle)
            return None, Path(name)


@contextlib.contextmanager
def new_folder(parent: Path, kind: str = "") -> Iterator[Path]:
    """Give a new folder; what still has its name at the end is removed.

    Args:
        parent: where it is made.
        kind: ``backup-``, ``new-`` or nothing; a part of its name.

    Raises:
        OSError: it cannot be made.
    """
    handle = None
    while True:
        made = Path(tempfile.mkdtemp(prefix=_prefix(kind), dir=parent))
        if sys.platform != "win32":
            with contextlib.suppress(FileNotFoundError):
                handle = os.open(made, os.O_RDONLY)
                if _hold(handle):
                    break
                os.close(handle)
        else:
            break
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        if handle is not None:
            os.close(handle)


def _prefix(kind: str = "") -> str:
    return f"{_PREFIX}{kind}{secrets.token_hex(8)}-"


def sweep(folder: Path) -> None:
    """Delete what killed processes left unfinished in a folder: this user's, held by nobody."""
    if sys.platform != "win32":
        _sweep(folder)


if sys.platform != "win32":

    def _sweep(folder: Path) -> None:
        left: dict[str, list[Path]] = {}
        with contextlib.suppress(OSError):
            for name in os.listdir(folder):  # noqa: PTH208 - an export's folder may hold thousands
                if named := _OURS.fullmatch(name):
                    left.setdefault(named[1], []).append(folder / name)
        for paths in left.values():
            with contextlib.suppress(OSError), contextlib.ExitStack() as opened:
                # All or none: what a process keeps beside its file has no lock of its own.
                modes = [_take(path, opened) for path in paths]
                for path, mode in zip(paths, modes, strict=True):
                    if stat.S_ISDIR(mode):
                        shutil.rmtree(path, ignore_errors=True)
                    else:
                        path.unlink(missing_ok=True)

    def _take(path: Path, opened: contextlib.ExitStack) -> int:
        """Lock a leftover until ``opened`` is closed, and return its mode.

        Raises:
            OSError: a process holds it, or it is another user's, a link, or something odd.
        """
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        opened.callback(os.close, handle)
        found = os.fstat(handle)
        plain = stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)
        if not plain or found.st_uid != os.geteuid():
            raise OSError(errno.EPERM, "not ours", path.name)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return found.st_mode

    def _hold(handle: int) -> bool:
        """Lock something new; False where another process took it for a leftover and swept it."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            # A file system without locks: then nobody can take it from us either.
            return True
        return os.fstat(handle).st_nlink > 0
