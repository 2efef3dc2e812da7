"""The part of the audit that reads a span of events, so that several processes can read one ledger.

``main`` is such a process: it takes requests on standard input and answers on standard output, both
as pickles, since both ends are this program. Whatever is not as it should be, or not
in the order in which it was written, it answers with None: what is wrong is then found and named
by one process that reads all of it. It loads no database layer, and so is there at once.
"""

from __future__ import annotations

import contextlib
import gc
import pickle
import signal
import sqlite3
import sys
import threading
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from provenance_gen.errors import LedgerError, ProvenanceError
from provenance_gen.ledger import sqlite_file
from provenance_gen.ledger.audit_events import Pass, check_nodes, is_read
from provenance_gen.ledger.audit_given import GIVES
from provenance_gen.ledger.audit_page import names_files
from provenance_gen.ledger.audit_rows import Problems, Subjects
from provenance_gen.ledger.audit_source import FileRows
from provenance_gen.ledger.audit_texts import Texts
from provenance_gen.ledger.shapes import Shapes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance_gen.ledger.audit_page import Image
    from provenance_gen.ledger.shape import Stored

LOOK: Final = "look"
DAMAGE: Final = "damage"
"""Requests beside parts."""

HEAD: Final = "SELECT size FROM head"
SIZE: Final = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
_MAPPED: Final = 1 << 40
_UNREADABLE: Final = (ProvenanceError, sqlite3.Error, UnicodeDecodeError)
"""The last comes from SQLite's words about damage, where they quote the damaged bytes."""
LEAF: Final = "SELECT leaf FROM event WHERE seq = ?"


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


Named = tuple["list[Image]", str, dict[str, Any], int]
"""Stored images that events name, and then an event that names other files or gives an identifier:
its type, payload and number; the last with no type."""


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
    files: list[Named]
    """What is to be told of files, in order; images once, until one is withdrawn."""


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
        self._known: dict[str, str] = {}
        self._images: list[Image] = []
        self._found: list[Named] = []

    def see_images(self, images: Iterable[Image]) -> None:
        for image in images:
            _, file, _, pixels, _ = image
            if self._known.get(pixels) != file:
                self._known[pixels] = file
                self._images.append(image)

    def see(
        self, type_: str, payload: dict[str, Any], number: int, images: Iterable[Stored]
    ) -> None:
        self.see_images([(number, *stored) for stored in images])
        if type_ in GIVES or names_files(type_, payload):
            self._found.append((self._images, type_, payload, number))
            self._images = []
            if type_ == "image.withdrawn":
                self._known.clear()

    def found(self) -> list[Named]:
        return [*self._found, (self._images, "", {}, 0)]


class Reader:
    """Reads parts of one state of a ledger."""

    def __init__(self, uri: str, origin: str, *, mapped: bool = False) -> None:
        """Prepare to read.

        Args:
            uri: the database as SQLite names files.
            origin: name of the log.
            mapped: whether to read the file from memory, which is quicker. Where somebody makes
                the file shorter meanwhile, that ends the process.

        Raises:
            LedgerError: it cannot be opened.
        """
        try:
            self._connection = sqlite_file.connect(uri)
            self._connection.execute("PRAGMA query_only=ON")
            if mapped:
                self._connection.execute(f"PRAGMA mmap_size={_MAPPED}")
        except sqlite3.Error as error:
            raise LedgerError(f"the ledger cannot be opened ({error})") from error
        self._origin = origin
        self._shapes = Shapes(is_read)
        self._busy = threading.Lock()
        self._looked = False

    def look(self) -> int:
        """From now on, see the ledger as it is now; return the size of its file in bytes.

        Raises:
            LedgerError: it cannot be read.
        """
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._connection.execute("BEGIN")
            # SQLite begins to see a state with the first row that is read of it.
            self._connection.execute(HEAD).fetchall()
            ((size,),) = self._connection.execute(SIZE).fetchall()
        except sqlite3.Error as error:
            raise LedgerError(f"the ledger cannot be read ({error})") from error
        self._looked = True
        return int(size)

    def read(self, part: Part) -> Found | None:
        """Read a part; None where anything is not as it should be."""
        with self._busy, contextlib.suppress(*_UNREADABLE):
            return self._read(part) if self._looked else None
        return None

    def _read(self, part: Part) -> Found | None:
        span = range(part.first, part.end)
        previous = self._leaf(part.first - 1) if part.first else b""
        problems, moments, files = Problems(), _Moments(clocked=part.clocked), _Files()
        seen = Pass(
            self._origin,
            files,
            problems,
            sizes=[size - part.first for size in part.sizes],
            last=previous,
            next_number=part.first,
            anchors=moments,
            shapes=self._shapes,
        )
        rows = FileRows(self._connection)
        texts = Texts(rows, problems, span)
        subjects = Subjects(rows, range(*part.rows))
        seen.walk(rows, texts, subjects, lambda _: None, span)
        check_nodes(rows, seen, range(part.first, part.first + part.length))
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
            files.found(),
        )

    def _leaf(self, number: int) -> bytes:
        """Return the leaf of an event as it is stored; nothing where it is no hash."""
        found = self._connection.execute(LEAF, (number,)).fetchone()
        return found[0] if found and isinstance(found[0], bytes) else b""

    def damage(self) -> bool:
        """Tell whether the database is damaged as a file, or cannot be looked through."""
        with self._busy, contextlib.suppress(*_UNREADABLE):
            return not self._looked or sqlite_file.damage(self._connection) is not None
        return True

    def close(self) -> None:
        """Read no more; what is being read is given up."""
        self._looked = False
        # Where it is closed already there is nothing to give up.
        with contextlib.suppress(sqlite3.Error):
            self._connection.interrupt()
        with self._busy:
            self._connection.close()


def main() -> None:
    """Answer requests until there are no more; the first names the file and the log."""
    # Ctrl-C reaches every process of a terminal; the one that asks ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What is made here for each event has no cycles.
    gc.disable()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    with contextlib.suppress(EOFError, BrokenPipeError):
        reader = Reader(*pickle.load(requests), mapped=True)  # noqa: S301  # from who started it
        with contextlib.closing(reader):
            while True:
                asked = pickle.load(requests)  # noqa: S301  # from who started this process
                pickle.dump(_answer(reader, asked), answers)
                answers.flush()


def _answer(reader: Reader, asked: Any) -> Found | int | None:
    if asked == LOOK:
        return reader.look()
    return reader.damage() if asked == DAMAGE else reader.read(asked)
