"""How the database is opened: pragmas, transactions, and errors in our own words."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError

from provenance_gen.errors import LedgerBrokenError, LedgerError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

_WAIT_SECONDS: Final = 60
"""How long a writer waits for another before it gives up."""


def open_engine(path: Path, *, read_only: bool) -> Engine:
    """Open the SQLite file of a ledger; it is made on the first write.

    WAL lets readers go on while one process writes; ``synchronous=FULL`` makes a commit survive a
    loss of power, without which a checkpoint already given away could look like tampering
    (https://www.sqlite.org/pragma.html#pragma_synchronous).
    """
    uri = path.absolute().as_uri()
    if read_only:
        # A folder that cannot be written cannot hold the WAL's index; then nobody writes either.
        uri += "?mode=ro" if os.access(path.parent, os.W_OK) else "?immutable=1"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            uri, uri=True, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
        if not read_only:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            # Deleted texts are overwritten with zeros, so that they cannot be read from free pages.
            connection.execute("PRAGMA secure_delete=ON")
        return connection

    engine = create_engine("sqlite://", creator=connect)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # The driver would begin late and without the write lock, and two writers would then
        # meet SQLITE_BUSY in the middle of a transaction.
        options = connection.get_execution_options()
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")

    return engine


@contextlib.contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees one state of the database.

    Raises:
        LedgerError: the file is no ledger, is damaged, or cannot be opened.
    """
    with _our_errors(), engine.begin() as connection:
        yield connection


@contextlib.contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection that holds the write lock; commits at the end, or changes nothing.

    Raises:
        StorageError: the disk is full or the file cannot be written.
        LedgerError: the file is no ledger, is damaged, or stayed locked.
    """
    with (
        _our_errors(),
        engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        yield connection


@contextlib.contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise _operational(error) from error
    except DatabaseError as error:
        raise LedgerBrokenError(f"the database is damaged ({error.orig})") from error


def _operational(error: OperationalError) -> Exception:
    cause: Any = error.orig
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR):
        return StorageError(f"the ledger cannot be written ({cause})")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LedgerError(f"another process has kept the ledger locked for {_WAIT_SECONDS} s")
    return LedgerError(f"the ledger cannot be opened ({cause})")
