"""The newest head of a log that this user vouched for, noted outside the studio.

A checkpoint that was given away must never be contradicted by a later one. The studio's folder
cannot show that by itself: it may be put back to an earlier state as a whole, its checkpoint files
with it. So the newest ``(size, leaf)`` is noted in the user's own configuration, before anything
is signed. Where the note lies is the studio's business.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from filelock import FileLock
from sqlalchemy import select

from provenance_gen.digests import write_atomic
from provenance_gen.errors import LedgerError, LedgerForkError, StorageError
from provenance_gen.ledger.database import reading
from provenance_gen.ledger.store import Ledger
from provenance_gen.ledger.tables import EVENT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from provenance_gen.ledger.checkpoint import Checkpoint
    from provenance_gen.records.event import Draft, Receipt


@dataclass(frozen=True)
class NotedHead:
    """A head that was vouched for. The chain makes its last leaf stand for all before it."""

    origin: str
    size: int
    leaf: str
    """Leaf of event ``size - 1`` in hexadecimal; empty for a log without events."""


class HeadNote:
    """The file that holds the newest head of one log; it only ever moves forward."""

    def __init__(self, path: Path) -> None:
        """Name the file; it may not exist yet."""
        self._path = path

    def read(self) -> NotedHead | None:
        """Return the newest head, or None where none was noted.

        Raises:
            LedgerError: the note is damaged.
        """
        try:
            value = json.loads(self._path.read_text(encoding="utf-8"))
            return NotedHead(str(value["origin"]), int(value["size"]), str(value["leaf"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise LedgerError(f"{self._path}: not a noted head ({type(error).__name__})") from error

    def advance(self, ledger: Ledger) -> None:
        """Note the ledger's present head, after checking that it goes on from the noted one.

        Several processes may do so at once.

        Raises:
            LedgerForkError: the ledger does not hold the noted head.
            StorageError: the configuration folder cannot be written.
        """
        try:
            with FileLock(self._path.with_suffix(".lock")):
                noted = self.read()
                # Read only now: events of a head that another process noted were committed first.
                head = ledger.head()
                if what := contradiction(ledger, noted):
                    raise LedgerForkError(what)
                if noted is None or head.size > noted.size:
                    new = NotedHead(head.origin, head.size, head.last.hex())
                    write_atomic(self._path, json.dumps(asdict(new)).encode(), mode=0o600)
        except OSError as error:
            raise StorageError(f"cannot note the ledger's head: {error.strerror}") from error


class NotedLedger(Ledger):
    """A ledger that signs nothing before its head is noted, and nothing against the note."""

    def __init__(
        self,
        folder: Path,
        *,
        key: Ed25519PrivateKey | None = None,
        read_only: bool = False,
        note: HeadNote | None = None,
        demand_current: Callable[[], None] = lambda: None,
    ) -> None:
        """Open the ledger in a folder; see ``Ledger``.

        Args:
            folder: holds ``ledger.db`` and ``checkpoints/``.
            key: signs checkpoints; without it none can be made.
            read_only: nothing is written.
            note: where the newest head is noted.
            demand_current: raises an error when another process has begun a new log since.
        """
        super().__init__(folder, key=key, read_only=read_only)
        self._note = note
        self._demand_current = demand_current

    def append_many(self, drafts: Sequence[Draft]) -> tuple[Receipt, ...]:
        """Append events in one transaction; see ``Ledger.append_many``.

        Raises:
            FrozenStudioError: the studio goes on in another log by now.
        """
        self._demand_current()
        receipts = super().append_many(drafts)
        # Whoever begins a new log holds the write lock until it is in force. So events that came
        # too late to be cited are noticed here, and those that nobody notices are cited.
        self._demand_current()
        return receipts

    def note_head(self) -> None:
        """Note the present head without signing it.

        Raises:
            LedgerForkError: the ledger does not hold the head that was noted.
            StorageError: the configuration folder cannot be written.
        """
        if self._note is not None and self._path.is_file():
            self._note.advance(self)

    def checkpoint(self) -> Checkpoint:
        """Sign the present tree head; see ``Ledger.checkpoint``.

        Raises:
            LedgerForkError: the ledger does not hold the head that was noted.
        """
        if self._note is None or self._key is None:
            return super().checkpoint()
        self._note.advance(self)
        signed = super().checkpoint()
        # Another process may have appended since. What is signed is noted before it is given away.
        self._note.advance(self)
        return signed


def contradiction(ledger: Ledger, noted: NotedHead | None) -> str | None:
    """Say why a ledger cannot be the one whose head was noted; None where it goes on from it."""
    if noted is None:
        return None
    if noted.origin != ledger.origin:
        return "it is another log than the one that was kept here"
    size = ledger.head().size
    if noted.size > size:
        return f"it holds {size} events, and {noted.size} have been vouched for"
    if noted.size and leaf_at(ledger, noted.size - 1) != noted.leaf:
        return f"event {noted.size - 1} is another than the one that was vouched for"
    return None


def leaf_at(ledger: Ledger, sequence: int) -> str | None:
    """Return the leaf of an event in hexadecimal, or None where there is none."""
    with reading(ledger.engine) as connection:
        leaf = connection.execute(select(EVENT.c.leaf).where(EVENT.c.seq == sequence)).scalar()
    return leaf.hex() if isinstance(leaf, bytes) else None
