"""Read a ledger in a folder that cannot be written.

SQLite keeps the newest commits in a write-ahead log beside the database, and an index of it that
every reader must be able to write. On a read-only medium that index may be missing; opened as
*immutable* the database then reads as it was before those commits, and nothing says so. So where a
write-ahead log with content lies there and cannot be used in place, both files are read from a
copy.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from provenance_gen.errors import LedgerError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable


def read_only_uri(path: Path) -> tuple[str, Callable[[], None]]:
    """Return the URI that reads a database as it stands, and what clears up after the last use.

    Raises:
        StorageError: a copy is needed and there is no room for it.
        LedgerError: the files cannot be read.
    """
    plain = path.absolute().as_uri()
    if os.access(path.parent, os.W_OK):
        return f"{plain}?mode=ro", _nothing
    log = path.with_name(f"{path.name}-wal")
    try:
        newer = log.is_file() and log.stat().st_size > 0
    except OSError as error:
        raise LedgerError(f"the ledger cannot be read ({error.strerror})") from error
    if not newer:
        # The folder cannot hold the index; then nobody writes either.
        return f"{plain}?immutable=1", _nothing
    if _opens(f"{plain}?mode=ro"):
        return f"{plain}?mode=ro", _nothing
    return _copied(path, log)


def _copied(path: Path, log: Path) -> tuple[str, Callable[[], None]]:
    try:
        folder = Path(tempfile.mkdtemp(prefix="provgen-"))
    except OSError as error:
        raise StorageError(f"no copy of the ledger can be made ({error.strerror})") from error

    def clear() -> None:
        shutil.rmtree(folder, ignore_errors=True)

    try:
        for file in (path, log):
            shutil.copyfile(file, folder / file.name)
    except OSError as error:
        clear()
        raise StorageError(f"no copy of the ledger can be made ({error.strerror})") from error
    return f"{(folder / path.name).as_uri()}?mode=ro", clear


def _opens(uri: str) -> bool:
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.execute("SELECT name FROM sqlite_master LIMIT 1").fetchall()
    except sqlite3.DatabaseError:
        return False
    return True


def _nothing() -> None:
    """Clear up nothing."""
