"""Durable files for content-addressed folders: names, folders, whole files, one kind of error.

Nothing is written or deleted through a folder that is a link: in a studio that somebody else has
had in hand, it could lead to any file of the user's. What the files hold is left to ``store``.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from provenance_gen.digests import file_digest, patiently, write_atomic
from provenance_gen.errors import ImageError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.records.base import Digest

__all__ = [
    "demand_no_links",
    "digest_of",
    "has_bytes",
    "is_link",
    "make_folder",
    "place",
    "remove",
    "storage_error",
    "write",
]

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_JUNCTION: Final = 0xA0000003
"""``IO_REPARSE_TAG_MOUNT_POINT``: the links of Windows that ``S_ISLNK`` does not know."""
_LEVELS: Final = 2
"""Folders of a store above each file: its kind, and the first two characters of its digest."""


def place(kind: str, digest: Digest, suffix: str = "") -> PurePosixPath:
    """Return the name of a file in a store, such as ``images/ab/<digest>.png``.

    Raises:
        ImageError: this is no digest. Digests come from ledgers and files that others made, and
            are never a path.
    """
    if not _DIGEST.fullmatch(digest):
        raise ImageError("a digest is 64 lowercase hexadecimal characters")
    return PurePosixPath(kind, digest[:2], digest + suffix)


def demand_no_links(path: Path) -> None:
    """Demand that the store's own folders above a file are folders, not links elsewhere.

    Raises:
        StorageError: one is a link.
    """
    for folder in list(path.parents)[:_LEVELS]:
        if is_link(folder):
            raise StorageError(
                f"{folder} is a link to somewhere else, where nothing is written or deleted;"
                " put a folder in its place"
            )


def is_link(path: Path) -> bool:
    """Tell whether a path is a link, of whatever kind the system has."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISLNK(found.st_mode) or getattr(found, "st_reparse_tag", 0) == _JUNCTION


def digest_of(path: Path) -> Digest:
    """Return the SHA-256 of a file that was just written.

    Raises:
        StorageError: it cannot be read.
    """
    try:
        return patiently(lambda: file_digest(path))
    except OSError as error:
        raise storage_error(path, error) from error


def has_bytes(path: Path, digest: Digest) -> bool:
    """Tell whether there is a file whose bytes have this SHA-256."""
    try:
        return path.is_file() and file_digest(path) == digest
    except OSError:
        return False


def write(path: Path, data: bytes) -> None:
    """Write a whole file and the folders above it; after a crash it is there whole or not at all.

    Raises:
        StorageError: the disk is full, or a folder cannot be written or is a link.
    """
    demand_no_links(path)
    try:
        make_folder(path.parent)
        write_atomic(path, data)
    except OSError as error:
        raise storage_error(path, error) from error


def remove(*paths: Path) -> None:
    """Delete files; one that is not there is no error.

    Raises:
        StorageError: one cannot be deleted, or lies behind a link.
    """
    for path in paths:
        demand_no_links(path)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else type(error).__name__
            raise StorageError(f"cannot delete {path}: {reason}") from error


def make_folder(folder: Path) -> None:
    """Create a folder durably: each new name is flushed in the folder above it.

    Raises:
        OSError: the folder cannot be made.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    if os.name == "posix":
        handle = os.open(folder.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def storage_error(path: Path, error: OSError) -> StorageError:
    """Return our error for a file that could not be written."""
    reason = os.strerror(error.errno) if error.errno else type(error).__name__
    return StorageError(f"cannot write {path}: {reason}")
