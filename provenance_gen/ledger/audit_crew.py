"""Audit a ledger with more than one processor at once, where all is well with it.

The database looks through its file in a thread, for which it needs no interpreter. Events are read
meanwhile, those of a large ledger by several processes: each reads parts of them, and here the
parts are joined: the chain at their borders, the tree, and what events say of files and clocks, in
the order of the events. All see one state of the database: nothing was committed between the
moment in which the first of them began to look and the moment in which the caller did. Where the
file or any part is not as it should be, no answer is given, and the caller looks through the file
and reads everything by itself, one after the other; so what is wrong is named in one way only.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sqlite3
import sys
from bisect import bisect_right
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from provenance_gen.errors import LedgerError, StorageError
from provenance_gen.ledger.audit_join import NotWholeError
from provenance_gen.ledger.audit_part import Part, Reader
from provenance_gen.ledger.audit_process import Process
from provenance_gen.ledger.audit_tables import rows_of
from provenance_gen.ledger.database import reading
from provenance_gen.ledger.tables import HEAD
from provenance_gen.ledger.unwritable import read_only_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from sqlalchemy import Connection, Engine

    from provenance_gen.ledger.audit_join import Joined
    from provenance_gen.ledger.audit_part import Found
    from provenance_gen.ledger.audit_process import Reads

_TRIES: Final = 5
"""How often one state is looked for while others write."""
_HIGHEST: Final = "SELECT max(rowid) FROM subject"
_ROW: Final = "SELECT seq FROM subject WHERE rowid >= ? ORDER BY rowid LIMIT 1"
_Answer = TypeVar("_Answer")
_AHEAD: Final = 2
"""Parts that are asked of each process before the first answer is taken."""


@dataclass(frozen=True)
class Sharing:
    """When and how several threads and processes read a ledger."""

    beside: int = 1000
    """In ledgers of more events the file is looked through while they are read."""
    above: int = 20_000
    """Ledgers of fewer events are read by one: to start another takes as long."""
    length: int = 1 << 12
    """Events in each part; a power of 16."""
    processes: int = 0
    """How many; 0 means as many as there are processors for this one."""
    reader: Callable[[str, str], Reads] = Process
    """What reads in another process, made from the file's URI and the name of the log."""


USUAL: Final = Sharing()
ALONE: Final = Sharing(beside=2**63, above=2**63)
"""One thing is done after the other, however large the ledger is."""


@contextlib.contextmanager
def together(
    engine: Engine, origin: str, sharing: Sharing
) -> Iterator[tuple[Connection, Crew | None]]:
    """Give a connection that sees one state, and a crew that sees the same where it is worth it.

    Raises:
        LedgerError: the file is no ledger, is damaged, or cannot be opened.
    """
    with contextlib.ExitStack() as stack:
        file, size = _known(engine)
        if size <= min(sharing.beside, sharing.above):
            yield stack.enter_context(reading(engine)), None
            return
        try:
            uri, clear = read_only_uri(Path(file))
            stack.callback(clear)
            helpers = _helpers(uri, origin, sharing, stack) if size > sharing.above else []
            own = Reader(uri, origin)
        except (LedgerError, StorageError):
            yield stack.enter_context(reading(engine)), None
            return
        stack.callback(own.close)
        version = stack.enter_context(_version(engine))
        for _ in range(_TRIES):
            before = version()
            if not all(map(_looks, (own, *helpers))):
                break
            with reading(engine) as connection:
                seen = connection.execute(select(HEAD.c.size)).scalar()
                if version() == before and isinstance(seen, int):
                    yield connection, Crew(own, helpers, seen, sharing.length)
                    return
        yield stack.enter_context(reading(engine)), None


def _known(engine: Engine) -> tuple[str, int]:
    """Return the file that is read, and how many events it says it has; 0 where there is none."""
    if engine.dialect.name != "sqlite":
        return "", 0
    with contextlib.suppress(LedgerError), reading(engine) as connection:
        size = connection.execute(select(HEAD.c.size)).scalar()
        file = connection.exec_driver_sql("PRAGMA database_list").all()[0][2]
        return str(file), size if isinstance(size, int) else 0
    return "", 0


def _looks(reader: Reads) -> bool:
    """Let a reader look again; tell whether it can."""
    try:
        reader.look()
    except LedgerError:
        return False
    return True


@contextlib.contextmanager
def _version(engine: Engine) -> Iterator[Callable[[], object]]:
    """Give what tells whether others have committed anything since it was asked before."""
    raw = engine.raw_connection()
    try:
        yield lambda: raw.cursor().execute("PRAGMA data_version").fetchall()
    finally:
        raw.close()


def _helpers(uri: str, origin: str, sharing: Sharing, stack: contextlib.ExitStack) -> list[Reads]:
    """Start what reads; nothing where any cannot be had, or one would be alone."""
    if sys.platform == "linux":
        processors = len(os.sched_getaffinity(0))
    else:
        processors = os.cpu_count() or 1
    count = sharing.processes or processors
    helpers: list[Reads] = []
    # In a program that was frozen into one file there is no interpreter to start.
    if count > 1 and sys.executable and not getattr(sys, "frozen", False):
        try:
            for _ in range(count):
                helpers.append(sharing.reader(uri, origin))
                stack.callback(helpers[-1].close)
        except (OSError, LedgerError):
            return []
    return helpers


class Crew:
    """Readers that see the same state of a ledger.

    Attributes:
        readers: those that read parts of it; where there are none, the caller reads all of it.
    """

    def __init__(self, own: Reader, helpers: list[Reads], size: int, length: int) -> None:
        """Take them, one for this process, the number of events, and how many each part has."""
        self._own = own
        self.readers = helpers
        self._size = size
        self._length = length
        self._idle: queue.SimpleQueue[Reads] = queue.SimpleQueue()
        for reader in helpers or [own]:
            self._idle.put(reader)

    def walk(
        self,
        connection: Connection,
        joined: Joined,
        moved: Callable[[int], None],
        *,
        noded: bool,
    ) -> None:
        """Do what ``Pass.walk_all`` and ``damage`` do, where all is well with the file.

        Raises:
            NotWholeError: the file is damaged, something in a part is not as it should be, or a
                process has ended; what the arguments have gathered is of no use.
        """
        with ThreadPoolExecutor(len(self.readers) + 1) as pool:
            try:
                # The file is looked through meanwhile, first since it takes longest: by one of the
                # processes, or by a thread of this one, since SQLite needs no interpreter.
                damaged = pool.submit(self._ask, _look_through)
                if self.readers:
                    self._walk_parts(pool, connection, joined, moved)
                else:
                    joined.seen.walk_all(rows_of(connection), joined.texts, moved, noded=noded)
                if damaged.result():
                    raise NotWholeError
            except (LedgerError, DBAPIError, sqlite3.Error) as error:
                raise NotWholeError from error
            finally:
                # Where it did not come to its end, nobody waits for what is still being done.
                for reader in (self._own, *self.readers):
                    reader.close()

    def _ask(self, question: Callable[[Reads], _Answer]) -> _Answer:
        """Ask the first that has nothing else to do."""
        reader = self._idle.get()
        try:
            return question(reader)
        finally:
            self._idle.put(reader)

    def _walk_parts(
        self,
        pool: ThreadPoolExecutor,
        connection: Connection,
        joined: Joined,
        moved: Callable[[int], None],
    ) -> None:
        """Let the readers read, and join what they find."""
        joined.begin()
        waiting: deque[tuple[Part, Future[Found | None]]] = deque()

        def join() -> None:
            part, future = waiting.popleft()
            joined.add(part, future.result())
            moved(part.end)

        try:
            for part in self._parts(connection, joined):
                waiting.append((part, pool.submit(self._ask, _read(part))))
                if len(waiting) > _AHEAD * len(self.readers):
                    join()
            while waiting:
                join()
        finally:
            for _, future in waiting:
                future.cancel()
        joined.finish(connection, self._size)

    def _parts(self, connection: Connection, joined: Joined) -> Iterator[Part]:
        """Part the events, and the rows of the index where the first row of a part's events is."""
        sizes = sorted(size for size in set(joined.seen.sizes) if 0 < size <= self._size)
        driver: Any = connection.connection.driver_connection
        highest = driver.execute(_HIGHEST).fetchone()[0] or 0
        clocked, row = joined.anchors.clocked, -(2**63)
        for first in range(0, self._size, self._length):
            end = min(first + self._length, self._size)
            last_row = _first_row(driver, end, row, highest) if end < self._size else 2**63 - 1
            wanted = tuple(sizes[bisect_right(sizes, first) : bisect_right(sizes, end)])
            yield Part(first, end, self._length, (row, last_row), wanted, clocked)
            row = last_row


def _look_through(reader: Reads) -> bool:
    return reader.damage()


def _read(part: Part) -> Callable[[Reads], Found | None]:
    return lambda reader: reader.read(part)


def _first_row(driver: sqlite3.Connection, number: int, low: int, highest: int) -> int:
    """Find the first row of the index of subjects that is of an event or a later one.

    In an index whose rows are not in the order of events any row may come out, and the parts will
    not agree with it.

    Args:
        driver: the file.
        number: the event's.
        low: a row that is not behind it.
        highest: the last row.
    """
    low, high = max(low, 1), highest + 1
    while low < high:
        middle = (low + high) // 2
        (seq,) = driver.execute(_ROW, (middle,)).fetchone()
        if isinstance(seq, int) and seq < number:
            low = middle + 1
        else:
            high = middle
    return low
