"""The part of the audit that reads a span of events, so that several processes can read one ledger.

``main`` is such a process: it takes requests on standard input and answers on standard output, both
as pickles, since both ends are this program. Whatever is not as it should be, or not
in the order in which it was written, it answers with None: what is wrong is then found and named
by one process that reads all of it.
"""

from __future__ import annotations

import contextlib
import gc
import pickle
import signal
import sqlite3
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from provenance_gen.errors import ProvenanceError
from provenance_gen.ledger.audit_events import Pass, check_nodes
from provenance_gen.ledger.audit_files import names_files
from provenance_gen.ledger.audit_rows import Problems, Subjects
from provenance_gen.ledger.audit_texts import Texts
from provenance_gen.ledger.database import damage, open_engine, reading
from provenance_gen.ledger.tables import EVENT, HEAD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from provenance_gen.ledger.shape import Stored


class Part(NamedTuple):
    """A span of events to be read, whose first number is a multiple of the usual length."""

    first: int
    end: int
    """Number after the last event."""
    length: int
    """Events of a part that is full: a power of two."""
    rows: tuple[int, int]
    """The rows of the index of subjects as SQLite numbers them: first, and after the last."""
    sizes: tuple[int, ...]
    """Tree sizes, beyond the first event, whose frontiers are wanted."""
    clocked: bool
    """Whether the local clock of each event is wanted."""


class Found(NamedTuple):
    """What was found in a part in which all is well."""

    previous: bytes
    """Leaf hash of the event before, as it is stored."""
    last: bytes
    frontier: tuple[bytes, ...]
    """Of the tree over the part's events."""
    frontiers: dict[int, tuple[bytes, ...]]
    """The same at the sizes that are wanted."""
    disclosed: int
    missing: list[tuple[int, bytes, str]]
    redacted: set[tuple[str, tuple[str, ...]]]
    subjects: int
    """Rows of the index."""
    nodes: int
    """Kept nodes."""
    moments: list[tuple[int, str, str]]
    """Number, time and citation of the events whose clock is wanted or that cite a time-stamp."""
    files: list[tuple[str, dict[str, Any], int, list[Stored]]]
    """What ``FileCheck.see`` is to be told: of stored images those that were not named before in
    this part, of payloads those that name other files."""


class _Moments:
    """Keeps what is to be told of clocks."""

    def __init__(self, *, clocked: bool) -> None:
        self.clocked = clocked
        self.found: list[tuple[int, str, str]] = []

    def see(self, sequence: int, timestamp: str, digest: str) -> None:
        if digest or self.clocked:
            self.found.append((sequence, timestamp, digest))


class _Files:
    """Keeps what is to be told of files; images once, until one is withdrawn."""

    def __init__(self) -> None:
        self._images: dict[str, Stored] = {}
        self.found: list[tuple[str, dict[str, Any], int, list[Stored]]] = []

    def see(
        self, type_: str, payload: dict[str, Any], number: int, images: Iterable[Stored]
    ) -> None:
        new = [stored for stored in images if self._images.get(stored[2]) != stored]
        for stored in new:
            self._images[stored[2]] = stored
        if names_files(type_, payload):
            self.found.append((type_, payload, number, new))
            if type_ == "image.withdrawn":
                self._images.clear()
        elif new:
            self.found.append(("", {}, number, new))


class Reader:
    """Reads parts of one state of a ledger."""

    def __init__(self, database: Path, origin: str) -> None:
        """Prepare to read.

        Raises:
            LedgerError: it cannot be opened.
        """
        self._engine = open_engine(database, read_only=True)
        self._origin = origin
        self._state = contextlib.ExitStack()
        self._busy = threading.Lock()
        self._connection: Connection | None = None

    def look(self) -> None:
        """From now on, see the ledger as it is now.

        Raises:
            LedgerError: it cannot be read.
        """
        self._state.close()
        connection = self._state.enter_context(reading(self._engine))
        connection.execute(select(HEAD.c.size)).all()
        self._connection = connection

    def read(self, part: Part) -> Found | None:
        """Read a part; None where anything is not as it should be."""
        with self._busy, contextlib.suppress(ProvenanceError, DBAPIError, sqlite3.Error):
            return None if self._connection is None else self._read(self._connection, part)
        return None

    def _read(self, connection: Connection, part: Part) -> Found | None:
        span = range(part.first, part.end)
        before = select(EVENT.c.leaf).where(EVENT.c.seq == part.first - 1)
        stored = connection.execute(before).scalar() if part.first else b""
        previous = stored if isinstance(stored, bytes) else b""
        problems, moments, files = Problems(), _Moments(clocked=part.clocked), _Files()
        seen = Pass(
            self._origin,
            files,
            problems,
            sizes=[size - part.first for size in part.sizes],
            last=previous,
            next_number=part.first,
            anchors=moments,
        )
        texts = Texts(connection, problems, span)
        subjects = Subjects(connection, range(*part.rows))
        seen.walk(connection, texts, subjects, lambda _: None, span)
        check_nodes(connection, seen, range(part.first, part.first + part.length))
        if problems.named or seen.tree.size != len(span) or not subjects.agree():
            return None
        return Found(
            previous,
            seen.last,
            seen.tree.frontier,
            {size + part.first: frontier for size, frontier in seen.frontiers.items()},
            texts.disclosed,
            texts.missing,
            seen.redacted,
            subjects.count,
            seen.kept.count,
            moments.found,
            files.found,
        )

    def damage(self) -> bool:
        """Tell whether the database is damaged as a file, or cannot be looked through."""
        with self._busy, contextlib.suppress(DBAPIError, sqlite3.Error):
            return self._connection is None or damage(self._connection) is not None
        return True

    def close(self) -> None:
        """Read no more; what is being read is given up."""
        connection, self._connection = self._connection, None
        if connection is not None and (driver := connection.connection.driver_connection):
            driver.interrupt()
        with self._busy:
            self._state.close()
            self._engine.dispose()


def main() -> None:
    """Answer requests until there are no more: None to look again, a part to read it."""
    # Ctrl-C reaches every process of a terminal; the one that asks ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What is made here for each event has no cycles.
    gc.disable()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    reader = Reader(Path(sys.argv[1]), sys.argv[2])
    with contextlib.closing(reader), contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            part = pickle.load(requests)  # noqa: S301  # from the process that started this one
            found = None
            if part is None:
                reader.look()
            else:
                found = reader.read(part)
            pickle.dump(found, answers)
            answers.flush()
