"""Copy a log while other processes write to it.

SQLite's online backup reads one state of the database inside one read transaction: writers go on,
and the copy is exactly what the log was at that moment (https://www.sqlite.org/backup.html). The
files beside the database (checkpoints, time-stamps) are written anew from the copy's own tables,
since those in the folder may be of a later moment. Which folders a studio has, and its images, are
the studio's business.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
from typing import TYPE_CHECKING, Final

from provenance_gen.errors import LedgerBrokenError, LedgerError, StorageError
from provenance_gen.ledger.anchor import SUFFIX
from provenance_gen.ledger.unwritable import read_only_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_PAGES: Final = 256
"""Pages between two calls of ``progress``."""
_WAIT_SECONDS: Final = 60
_NAME: Final = re.compile(r"\d{12,19}\.(note|[a-z0-9-]{1,40}\.tsr)")
_DATABASE: Final = "ledger.db"


def copy_log(
    folder: Path,
    destination: Path,
    *,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> int:
    """Copy a log's database, and write the files beside it anew from the copy.

    Args:
        folder: holds ``ledger.db``.
        destination: an empty folder.
        progress: called with the number of pages done and their total.

    Returns:
        The number of events in the copy.

    Raises:
        StorageError: the disk is full.
        LedgerError: the database cannot be read.
    """
    size = _copy_database(folder / _DATABASE, destination / _DATABASE, progress)
    notes = destination / "checkpoints"
    try:
        notes.mkdir()
        for name, data in _mirrors(destination / _DATABASE):
            # A database from anybody may name its authorities as it likes: never a path.
            if _NAME.fullmatch(name):
                (notes / name).write_bytes(data)
    except OSError as error:
        raise StorageError(f"cannot write {notes}: {error.strerror}") from error
    return size


def _mirrors(database: Path) -> Iterator[tuple[str, bytes]]:
    """Give the files that belong beside a database, by its own tables."""
    uri = database.absolute().as_uri() + "?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            for size, note in connection.execute("SELECT size, note FROM checkpoint"):
                yield f"{size:012d}.note", note.encode()
            for size, kind, token in connection.execute("SELECT size, kind, token FROM anchor"):
                yield f"{size:012d}.{kind}{SUFFIX}", bytes(token)
    except sqlite3.DatabaseError as error:
        raise _ours(error) from error
    except (AttributeError, TypeError, ValueError) as error:
        raise LedgerBrokenError("a checkpoint or time-stamp in it cannot be read") from error


def files_under(folder: Path) -> Iterator[Path]:
    """Walk the finished files of a folder, in order; links are passed over.

    A studio that somebody else made could link to any file of the user's.
    """
    if folder.is_symlink() or not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or path.name.startswith(".provgen-"):
            continue
        if path.is_dir():
            yield from files_under(path)
        elif path.is_file():
            yield path


def copy_file(source: Path, destination: Path) -> None:
    """Copy one file, with the folders that it needs.

    Raises:
        StorageError: it cannot be read or written.
    """
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, destination)
    except OSError as error:
        raise StorageError(f"cannot copy {source.name}: {error.strerror}") from error


def _copy_database(source: Path, destination: Path, progress: Callable[[int, int], None]) -> int:
    uri, clear = read_only_uri(source)
    try:
        with (
            contextlib.closing(
                sqlite3.connect(uri, uri=True, timeout=_WAIT_SECONDS, isolation_level=None)
            ) as original,
            contextlib.closing(sqlite3.connect(destination, isolation_level=None)) as copy,
        ):
            # The first read of the transaction fixes the state; without it, the copying would
            # begin anew whenever another process has written.
            original.execute("BEGIN")
            (size,) = original.execute("SELECT size FROM head").fetchone()
            original.backup(
                copy, pages=_PAGES, progress=lambda _, left, of: progress(of - left, of)
            )
            original.execute("ROLLBACK")
            # One file that needs nothing beside it; the first writer turns it back.
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as error:
        raise _ours(error) from error
    except (TypeError, ValueError) as error:
        raise LedgerBrokenError("the ledger has no head") from error
    finally:
        clear()
    if not isinstance(size, int):
        raise LedgerBrokenError("the ledger's head holds no size")
    return size


def _ours(error: sqlite3.DatabaseError) -> Exception:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY):
        return StorageError(f"the backup cannot be written ({error})")
    return LedgerError(f"the ledger cannot be read ({error})")
