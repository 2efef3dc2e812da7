"""Read a ledger with the standard library alone, for what a verification asks.

To load the database layer takes longer than to check a picture, and most pictures are of no ledger
at hand: one look into its index of subjects says so. The schema is that of ``tables``, which the
tests hold these statements up to. Nothing is written or migrated here; a ledger that is not as
usual (older, holding a trigger, a later log of a studio, with a redaction to complete) is refused,
and left to ``store``.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.errors import LedgerError
from provenance_gen.ledger import body, sqlite_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from provenance_gen.records.event import Event

PENDING: Final = "purge-pending"
"""File beside a ledger whose redacted words may still stand in its database."""

APPLIED: Final = {"m001_tables", "m002_nodes"}
"""Migrations of a ledger whose tables are those of the statements below."""

_PAGE: Final = 500

FOREIGN_OBJECTS: Final = "SELECT count(*) FROM sqlite_master WHERE type NOT IN ('table', 'index')"
MIGRATED: Final = "SELECT name FROM migration"
HEAD: Final = "SELECT origin, size FROM head"
FIRST: Final = "SELECT type FROM event WHERE seq = 0"
KNOWN: Final = "SELECT 1 FROM subject WHERE kind = ? AND key = ? LIMIT 1"
LEAF: Final = "SELECT leaf FROM event WHERE seq = ?"
EVENTS: Final = "SELECT seq, body, leaf FROM event WHERE seq >= ? AND seq < ? ORDER BY seq"
TEXTS: Final = "SELECT seq, path, disclosure FROM secret WHERE seq >= ? AND seq < ?"

_OTHER_LOGS: Final = "log.resumed"


class UnusualError(LedgerError):
    """The ledger is one that only ``store`` reads."""


class PlainLedger:
    """A ledger opened for a few questions.

    Attributes:
        origin: name of the log.
    """

    def __init__(self, folder: Path) -> None:
        """Open the ledger in a folder that can be written, as SQLite's readers need.

        Raises:
            UnusualError: it is not as usual, or cannot be opened.
        """
        path = folder / "ledger.db"
        if not (path.is_file() and os.access(folder, os.W_OK)) or (folder / PENDING).exists():
            raise UnusualError("not a ledger that can be read like this")
        try:
            self._connection = sqlite_file.connect(f"{path.absolute().as_uri()}?mode=rw")
        except sqlite3.Error as error:
            raise UnusualError(f"the ledger cannot be opened ({error})") from error
        try:
            self._connection.execute("PRAGMA query_only=ON")
            self.origin = self._demand_usual()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close it."""
        self._connection.close()

    def knows(self, kind: str, key: str) -> bool:
        """Tell whether any event speaks of a subject, such as ``("image", pixel_digest)``.

        Raises:
            LedgerError: the ledger cannot be read.
        """
        return bool(self._rows(KNOWN, kind, key))

    def leaf_at(self, sequence: int) -> str | None:
        """Return the leaf of an event in hexadecimal, or None where there is no such event.

        Raises:
            LedgerError: the ledger cannot be read.
        """
        rows = self._rows(LEAF, sequence) if 0 <= sequence < self._size() else []
        return rows[0][0].hex() if rows and isinstance(rows[0][0], bytes) else None

    def events(self) -> Iterator[Event]:
        """Read all events in order; each has to follow the one before it.

        Raises:
            LedgerError: an event cannot be read, or its bytes are not those that were hashed.
        """
        return body.chained(self._events(self._size()))

    def _events(self, end: int) -> Iterator[Event]:
        for start in range(0, end, _PAGE):
            bounds = start, min(start + _PAGE, end)
            texts: dict[int, dict[str, str]] = {}
            with self._one_state():
                rows = self._rows(EVENTS, *bounds)
                for number, path, disclosure in self._rows(TEXTS, *bounds):
                    texts.setdefault(number, {})[path] = disclosure
            if len(rows) != bounds[1] - bounds[0]:
                raise LedgerError(f"events are missing after event {start + len(rows) - 1}")
            for number, data, leaf in rows:
                yield body.decode(data, leaf, texts.get(number, {}))

    @contextlib.contextmanager
    def _one_state(self) -> Iterator[None]:
        """Keep a redaction from coming between an event and its texts."""
        self._rows("BEGIN")
        try:
            yield
        finally:
            self._rows("COMMIT")

    def _size(self) -> int:
        size: int = self._rows(HEAD)[0][1]
        return size

    def _demand_usual(self) -> str:
        try:
            foreign = self._rows(FOREIGN_OBJECTS) != [(0,)]
            migrated = {name for (name,) in self._rows(MIGRATED)}
            heads = self._rows(HEAD)
            first = self._rows(FIRST)
        except LedgerError as error:
            raise UnusualError(str(error)) from error
        if foreign or migrated != APPLIED or first == [(_OTHER_LOGS,)]:
            raise UnusualError("the ledger is not as usual")
        match heads:
            case [(str(origin), int())]:
                return origin
            case _:
                raise UnusualError("the ledger's head cannot be understood")

    def _rows(self, statement: str, *values: object) -> list[Sequence[Any]]:
        try:
            return self._connection.execute(statement, values).fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise LedgerError(f"the ledger cannot be read ({error})") from error
