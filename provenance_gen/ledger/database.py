"""How the database is opened: pragmas, transactions, and errors in our own words.

The ledger is a SQLite file. What only SQLite knows stands in this module and asks for the dialect;
all other statements run on PostgreSQL as well, where the row of the head is the write lock.
"""

from __future__ import annotations

import contextlib
import sqlite3
import weakref
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, inspect, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from provenance_gen.errors import LedgerBrokenError, LedgerError, StorageError
from provenance_gen.ledger import sqlite_file
from provenance_gen.ledger.sqlite_file import WAIT_SECONDS
from provenance_gen.ledger.tables import HEAD
from provenance_gen.ledger.unwritable import read_only_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine


def open_engine(path: Path, *, read_only: bool) -> Engine:
    """Open the SQLite file of a ledger; it is made on the first write.

    WAL lets readers go on while one process writes; ``synchronous=FULL`` makes a commit survive a
    loss of power, without which a checkpoint already given away could look like tampering
    (https://www.sqlite.org/pragma.html#pragma_synchronous).
    """
    uri, clear = read_only_uri(path) if read_only else (path.absolute().as_uri(), None)

    def connect() -> sqlite3.Connection:
        connection = sqlite_file.connect(uri)
        if read_only:
            return connection
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            # Deleted texts are overwritten with zeros, so that they cannot be read from free pages.
            connection.execute("PRAGMA secure_delete=ON")
        except sqlite3.Error:
            connection.close()  # the file is no database, and nobody else has this to close
            raise
        return connection

    # Without this one thread would have one connection, which cannot read while it writes.
    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=4, max_overflow=-1
    )
    if clear is not None:
        weakref.finalize(engine, clear)

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
    with (
        _our_errors(_unreadable),
        engine.connect().execution_options(**_options(engine, "REPEATABLE READ")) as connection,
        connection.begin(),
    ):
        yield connection


@contextlib.contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection that holds the write lock; commits at the end, or changes nothing.

    Raises:
        StorageError: the disk is full or the file cannot be written.
        LedgerError: the file is no ledger, is damaged, or stayed locked.
    """
    options = _options(engine, "READ COMMITTED")
    with (
        _our_errors(_unwritable),
        engine.connect().execution_options(writes=True, **options) as connection,
        connection.begin(),
    ):
        _hold(connection)
        yield connection


def _options(engine: Engine, level: str) -> dict[str, Any]:
    """Return how isolated a transaction is to be; in SQLite each sees one state anyhow."""
    return {} if engine.dialect.name == "sqlite" else {"isolation_level": level}


def _hold(connection: Connection) -> None:
    """Wait for the write lock where beginning the transaction has not taken it."""
    if connection.dialect.name != "sqlite" and inspect(connection).has_table("head"):
        connection.execute(select(HEAD.c.id).with_for_update())


def demand_plain(connection: Connection) -> None:
    """Demand that nothing in the file acts by itself: no trigger, no view.

    A trigger could keep what a redaction deletes, and a view in a table's place could answer
    for ever. A ledger has neither.

    Raises:
        LedgerBrokenError: there is one.
    """
    if connection.dialect.name != "sqlite":
        return
    query = "SELECT count(*) FROM sqlite_master WHERE type NOT IN ('table', 'index')"
    if connection.exec_driver_sql(query).scalar():
        raise LedgerBrokenError("the database holds a trigger or a view, which no ledger has")


def damage(connection: Connection) -> str | None:
    """Say what is wrong with the database as a file; see ``sqlite_file.damage``."""
    if connection.dialect.name != "sqlite":
        return None
    driver: Any = connection.connection.driver_connection
    return sqlite_file.damage(driver)


def empty_log(engine: Engine, wait: float) -> bool:
    """Write the write-ahead log into the database and empty its file, so that no old page stays.

    Args:
        engine: a database opened for writing.
        wait: seconds to wait for readers of older states.

    Returns:
        False where somebody reads an older state still; then the file keeps its old pages.

    Raises:
        StorageError: the disk is full or the file cannot be written.
        LedgerError: the file is damaged.
    """
    if engine.dialect.name != "sqlite":
        return True
    options = {"isolation_level": "AUTOCOMMIT"}
    with (
        _our_errors(_unwritable),
        engine.connect().execution_options(**options) as connection,
    ):
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(wait * 1000)}")
        try:
            # Answers (busy, frames, frames moved); busy is 1 while older frames are read.
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}")
    return busy == 0


@contextlib.contextmanager
def _our_errors(operational: Callable[[int, object], Exception]) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise _named(error.orig, operational) from error
    except sqlite3.Error as error:
        raise _named(error, operational) from error
    except (SQLAlchemyError, UnicodeDecodeError) as error:
        # The second comes from SQLite's words about damage, where they quote the damaged bytes.
        raise LedgerBrokenError(f"the database is damaged ({type(error).__name__})") from error


def _named(cause: object, operational: Callable[[int, object], Exception]) -> Exception:
    code = int(getattr(cause, "sqlite_errorcode", None) or 0) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return LedgerError(f"another process has kept the ledger locked for {WAIT_SECONDS} s")
    if isinstance(cause, sqlite3.OperationalError) or not isinstance(cause, sqlite3.Error):
        return operational(code, cause)
    return LedgerBrokenError(f"the database is damaged ({cause})")


def _unreadable(_code: int, cause: object) -> Exception:
    return LedgerError(f"the ledger cannot be read ({cause})")


def _unwritable(code: int, cause: object) -> Exception:
    if code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR}:
        return StorageError(f"the ledger cannot be written ({cause})")
    return LedgerError(f"the ledger cannot be opened ({cause})")
