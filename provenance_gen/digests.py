"""SHA-256 digests, random identifiers and durable files.

Digests are lowercase hexadecimal strings of 64 characters wherever they travel. What is hashed
(pixels, events, files) is decided by the rooms above.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import os
import secrets
import stat
import sys
import time
from typing import TYPE_CHECKING, Final, TypeVar

from provenance_gen import leftovers
from provenance_gen.errors import StorageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_CHUNK: Final = 1 << 20
_UNWRITABLE: Final = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EROFS,
        errno.EACCES,
        errno.EPERM,
        errno.EIO,
    }
)
"""What a full or broken disk, a quota, or a folder without permission answer."""
_WAITS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds between two attempts at a file that others may have open."""
_T = TypeVar("_T")


def sha256_hex(data: bytes | bytearray | memoryview) -> str:
    """SHA-256 of bytes, as 64 lowercase hexadecimal characters (FIPS 180-4)."""
    return hashlib.sha256(data).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, read in pieces of 1 MiB.

    Raises:
        OSError: the file cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def read_small(path: Path, limit: int = 1 << 16) -> bytes:
    """Read a small file that anybody may have put there: no link, no pipe, no device.

    Args:
        path: the file.
        limit: most bytes.

    Raises:
        OSError: it cannot be read, is no plain file, or is larger.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
    with open(handle, "rb") as file:  # noqa: PTH123 - it is open already
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "not a plain file", path.name)
        data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(errno.EFBIG, "larger than expected", path.name)
    return data


def new_id(prefix: str) -> str:
    """Return a fresh random identifier: the prefix and 64 random bits in hexadecimal.

    Identifiers are random so that two exports cannot be linked by counting.
    """
    return f"{prefix}{secrets.token_hex(8)}"


@contextlib.contextmanager
def atomic_file(destination: Path, *, mode: int = 0o644) -> Iterator[Path]:
    """Give a temporary path beside ``destination``; rename it into place when the block succeeds.

    The file is flushed to the disk before the rename and the folder after it, so that after a
    crash the destination holds either the old bytes or all of the new ones.

    Args:
        destination: the path to fill.
        mode: permission bits of the new file, less the process's umask.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
    """
    try:
        handle, temporary = leftovers.new_file(destination.parent, destination.suffix)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise StorageError(f"cannot write {destination}: {reason}") from error
    try:
        yield temporary
        _set_mode(temporary, mode)
        flush(temporary)
        patiently(lambda: temporary.replace(destination))
        flush_folder(destination.parent)
    except OSError as error:
        if error.errno in _UNWRITABLE:
            raise StorageError(f"cannot write {destination}: {os.strerror(error.errno)}") from error
        raise
    finally:
        temporary.unlink(missing_ok=True)
        if handle is not None:
            os.close(handle)


def write_atomic(destination: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a whole file so that a crash leaves the old bytes or the new ones, never a part.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
    """
    with atomic_file(destination, mode=mode) as temporary:
        temporary.write_bytes(data)


def write_private(path: Path, data: bytes) -> None:
    """Write a new file that its owner alone may read, such as a private key.

    It is created so (mode 0600) and never takes the place of another (``O_EXCL``).

    Raises:
        UsageError: there is something at the path already.
        StorageError: the disk is full or the folder cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags, 0o600)
    except FileExistsError as error:
        raise UsageError(f"{path.name} exists already; private files are never overwritten") from (
            error
        )
    except OSError as error:
        raise StorageError(f"cannot write {path.name}: {error.strerror}") from error
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - it is open already
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        flush_folder(path.parent)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise StorageError(f"cannot write {path.name}: {error.strerror}") from error


@functools.cache
def _umask() -> int:
    # It can only be read by setting it, which is no business of a thread: so once.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def patiently(act: Callable[[], _T]) -> _T:
    """Do something with a file; where it is open elsewhere, try again for a while.

    Windows refuses a rename, or to open a file, while another thread or program (a virus scanner,
    an indexer) has hold of it, which is over in a moment. Other systems refuse nothing.

    Raises:
        OSError: it cannot be done.
    """
    if sys.platform == "win32":
        for wait in _WAITS:
            with contextlib.suppress(PermissionError):
                return act()
            time.sleep(wait)
    return act()


def _set_mode(path: Path, mode: int) -> None:
    if os.name == "posix":
        path.chmod(mode & ~_umask())


def flush(path: Path) -> None:
    """Make a file's bytes durable."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Make the names in a folder durable, such as after a rename.

    Windows cannot open folders; there the rename itself is all that can be had.
    """
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
