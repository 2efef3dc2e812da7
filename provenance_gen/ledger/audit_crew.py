"""Audit a large ledger by several processes at once, where all is well with it.

Each process reads parts of the events; here the parts are joined: the chain at their borders, the
tree, and what events say of files and clocks, in the order of the events. All see one state of the
database: nothing was committed between the moment in which the first of them began to look and the
moment in which the caller did. Where any part is not as it should be, no answer is given, and the
caller reads everything by itself; so what is wrong is named in one way only.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import sqlite3
import subprocess
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from provenance_gen.errors import LedgerError
from provenance_gen.ledger.audit_join import NotWholeError
from provenance_gen.ledger.audit_part import Part, Reader
from provenance_gen.ledger.audit_rows import ROWID
from provenance_gen.ledger.database import reading
from provenance_gen.ledger.tables import HEAD, SUBJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from sqlalchemy import Connection, Engine

    from provenance_gen.ledger.audit_join import Joined
    from provenance_gen.ledger.audit_part import Found

_TRIES: Final = 5
"""How often one state is looked for while others write."""
_AHEAD: Final = 2
"""Parts that are asked of each process before the first answer is taken."""


class Reads(Protocol):
    """Reads parts of one state of a ledger, as ``audit_part.Reader`` does."""

    def look(self) -> None:
        """From now on, see the ledger as it is now."""
        ...

    def read(self, part: Part) -> Found | None:
        """Read a part; None where anything is not as it should be."""
        ...

    def close(self) -> None:
        """Read no more."""
        ...


class Process:
    """A process that reads; it ends with this object, and when the program that made it ends."""

    def __init__(self, database: Path, origin: str) -> None:
        """Start it.

        Raises:
            OSError: it cannot be started.
        """
        entry = "from provenance_gen.ledger.audit_part import main; main()"
        self._process = subprocess.Popen(  # noqa: S603  # this program
            [sys.executable, "-P", "-c", entry, os.fspath(database), origin],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def look(self) -> None:
        """From now on, see the ledger as it is now; LedgerError where the process is gone."""
        self._ask(None)

    def read(self, part: Part) -> Found | None:
        """Read a part; None where anything is not as it should be. Raises as ``look`` does."""
        found: Found | None = self._ask(part)
        return found

    def _ask(self, request: Part | None) -> Any:
        try:
            pickle.dump(request, self._process.stdin)  # type: ignore[arg-type]
            self._process.stdin.flush()  # type: ignore[union-attr]
            return pickle.load(self._process.stdout)  # type: ignore[arg-type] # noqa: S301 # ours
        except (OSError, EOFError, ValueError, pickle.UnpicklingError) as error:
            raise LedgerError("a process that helped to audit has ended") from error

    def close(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]


@dataclass(frozen=True)
class Sharing:
    """When and how several processes read a ledger."""

    above: int = 150_000
    """Ledgers of fewer events are read by one: to start another takes as long."""
    length: int = 1 << 16
    """Events in each part; a power of 16."""
    processes: int = 0
    """How many; 0 means as many as there are processors for this one."""
    reader: Callable[[Path, str], Reads] = Process


USUAL: Final = Sharing()
ALONE: Final = Sharing(above=2**63)
"""One process reads everything, however large it is."""


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
        readers = _readers(file, origin, sharing, stack) if size > sharing.above else []
        if not readers:
            yield stack.enter_context(reading(engine)), None
            return
        own = Reader(file, origin)
        stack.callback(own.close)
        version = stack.enter_context(_version(engine))
        for _ in range(_TRIES):
            before = version()
            if not all(map(_looks, (own, *readers))):
                break
            with reading(engine) as connection:
                seen = connection.execute(select(HEAD.c.size)).scalar()
                if version() == before and isinstance(seen, int):
                    yield connection, Crew(own, readers, seen, sharing.length)
                    return
        yield stack.enter_context(reading(engine)), None


def _known(engine: Engine) -> tuple[Path, int]:
    """Return the file that is read, and how many events it says it has; 0 where there is none."""
    if engine.dialect.name != "sqlite":
        return Path(), 0
    with contextlib.suppress(LedgerError), reading(engine) as connection:
        size = connection.execute(select(HEAD.c.size)).scalar()
        file = connection.exec_driver_sql("PRAGMA database_list").all()[0][2]
        return Path(file), size if isinstance(size, int) else 0
    return Path(), 0


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


def _readers(file: Path, origin: str, sharing: Sharing, stack: contextlib.ExitStack) -> list[Reads]:
    """Start what reads; no reader where any cannot be had, or one would be alone."""
    if sys.platform == "linux":
        processors = len(os.sched_getaffinity(0))
    else:
        processors = os.cpu_count() or 1
    count = sharing.processes or processors
    readers: list[Reads] = []
    if count > 1 and sys.executable:
        try:
            for _ in range(count):
                readers.append(sharing.reader(file, origin))
                stack.callback(readers[-1].close)
        except (OSError, LedgerError):
            return []
    return readers


class Crew:
    """Readers that see the same state of a ledger."""

    def __init__(self, own: Reader, readers: list[Reads], size: int, length: int) -> None:
        """Take them, one for this process, the number of events, and how many each part has."""
        self._own = own
        self._readers = readers
        self._size = size
        self._length = length

    def walk(
        self,
        connection: Connection,
        joined: Joined,
        moved: Callable[[int], None],
    ) -> None:
        """Do what ``Pass.walk``, the comparison of indexes and ``damage`` do, where all is well.

        Raises:
            NotWholeError: something is not as it should be, or a process has ended; what the
                arguments have gathered is of no use.
        """
        with ThreadPoolExecutor(len(self._readers) + 1) as pool:
            try:
                parts = list(self._parts(connection, joined))
                # The file is looked through meanwhile by a thread; SQLite needs no interpreter.
                damaged = pool.submit(self._own.damage)
                for part, found in zip(parts, self._read(pool, parts), strict=True):
                    joined.add(part, found)
                    moved(part.end)
                if damaged.result():
                    raise NotWholeError
                joined.finish(connection, self._size)
            except (LedgerError, DBAPIError, sqlite3.Error) as error:
                raise NotWholeError from error
            finally:
                # Where it did not come to its end, nobody waits for what is still being done.
                for reader in (self._own, *self._readers):
                    reader.close()

    def _read(self, pool: ThreadPoolExecutor, parts: list[Part]) -> Iterator[Found | None]:
        """Give what is found in parts, in order, and ask for a few of them ahead."""
        idle: queue.SimpleQueue[Reads] = queue.SimpleQueue()
        for reader in self._readers:
            idle.put(reader)

        def ask(part: Part) -> Found | None:
            reader = idle.get()
            try:
                return reader.read(part)
            finally:
                idle.put(reader)

        asked: deque[Future[Found | None]] = deque()
        try:
            for part in parts:
                asked.append(pool.submit(ask, part))
                if len(asked) > _AHEAD * len(self._readers):
                    yield asked.popleft().result()
            while asked:
                yield asked.popleft().result()
        finally:
            for future in asked:
                future.cancel()

    def _parts(self, connection: Connection, joined: Joined) -> Iterator[Part]:
        """Part the events, and the rows of the index where the first row of a part's events is."""
        sizes = sorted(size for size in set(joined.seen.sizes) if 0 < size <= self._size)
        highest = connection.execute(select(func.max(ROWID)).select_from(SUBJECT)).scalar() or 0
        clocked, row = joined.anchors.clocked, -(2**63)
        for first in range(0, self._size, self._length):
            end = min(first + self._length, self._size)
            last_row = _first_row(connection, end, highest) if end < self._size else 2**63 - 1
            wanted = tuple(size for size in sizes if first < size <= end)
            yield Part(first, end, self._length, (row, last_row), wanted, clocked)
            row = last_row


def _first_row(connection: Connection, number: int, highest: int) -> int:
    """Find the first row of the index of subjects that is of an event or a later one.

    In an index whose rows are not in the order of events any row may come out, and the parts will
    not agree with it.
    """
    low, high = 1, highest + 1
    query = select(SUBJECT.c.seq).order_by(ROWID).limit(1)
    while low < high:
        middle = (low + high) // 2
        seq = connection.execute(query.where(middle <= ROWID)).scalar()
        if isinstance(seq, int) and seq < number:
            low = middle + 1
        else:
            high = middle
    return low
