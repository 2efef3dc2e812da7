"""Durable files for content-addressed folders: folders, whole files, and one kind of error.

What the files are named after and hold is left to ``store``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from provenance_gen.digests import file_digest, write_atomic
from provenance_gen.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.records.base import Digest

__all__ = ["has_bytes", "make_folder", "remove", "storage_error", "write"]


def has_bytes(path: Path, digest: Digest) -> bool:
    """Tell whether there is a file whose bytes have this SHA-256."""
    try:
        return path.is_file() and file_digest(path) == digest
    except OSError:
        return False


def write(path: Path, data: bytes) -> None:
    """Write a whole file and the folders above it; after a crash it is there whole or not at all.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
    """
    try:
        make_folder(path.parent)
        write_atomic(path, data)
    except OSError as error:
        raise storage_error(path, error) from error


def remove(*paths: Path) -> None:
    """Delete files; one that is not there is no error.

    Raises:
        StorageError: one cannot be deleted.
    """
    for path in paths:
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
