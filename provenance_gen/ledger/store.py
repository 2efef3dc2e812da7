"""Append to the ledger and read it back.

One append is one transaction: read the head, write the canonical body, hash it into the chain and
the Merkle frontier, store the texts beside it, update the head, commit. Checking what is stored
is the audit's business.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select, update

from provenance_gen.digests import new_id, write_atomic
from provenance_gen.errors import LedgerBrokenError, LedgerError
from provenance_gen.ledger import body, checkpoint, disclosure, merkle, migrations
from provenance_gen.ledger.database import open_engine, reading, writing
from provenance_gen.ledger.tables import CHECKPOINT, EVENT, HEAD, SECRET, SUBJECT
from provenance_gen.records.event import Draft, Event, Receipt, split

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from sqlalchemy import Connection

    from provenance_gen.ledger.checkpoint import Checkpoint

_PAGE: Final = 500


@dataclass(frozen=True)
class Head:
    """Where a log stands."""

    origin: str
    size: int
    last: bytes
    """Leaf hash of the newest event; empty before the first."""
    frontier: tuple[bytes, ...]
    anchor: bytes = b""
    """SHA-256 of the newest time-stamp that no event has cited yet."""

    @property
    def root(self) -> bytes:
        """Root of the Merkle tree, 32 bytes."""
        return merkle.frontier_root(self.frontier)


class Ledger:
    """An append-only log of events in a folder.

    Safe for several threads and several processes at once: SQLite's write lock puts their events
    in one order.

    Attributes:
        origin: random name of the log.
        engine: the database, for the other modules of this room only.
        notes: folder in which checkpoints are kept outside the database.
    """

    def __init__(
        self, folder: Path, *, key: Ed25519PrivateKey | None = None, read_only: bool = False
    ) -> None:
        """Open the ledger in a folder.

        Args:
            folder: holds ``ledger.db`` and ``checkpoints/``.
            key: signs checkpoints; without it none can be made.
            read_only: nothing is written, not even what SQLite needs for itself.

        Raises:
            LedgerError: there is no ledger, or it cannot be opened.
            LedgerVersionError: it was written by a newer version.
        """
        self._path = folder / "ledger.db"
        self.notes = folder / "checkpoints"
        self._key = key
        self._session = new_id("s")
        if not self._path.is_file():
            raise LedgerError(f"no ledger in {folder}")
        self.engine = open_engine(self._path, read_only=read_only)
        with reading(self.engine) as connection:
            waiting = migrations.missing(connection)
        for migration in waiting:
            if read_only:
                raise LedgerError("the ledger is of an older version and opened for reading only")
            with writing(self.engine) as connection:
                migrations.apply(connection, migration, _now())
        self.origin = self.head().origin

    @classmethod
    def create(cls, folder: Path, *, origin: str, key: Ed25519PrivateKey) -> Ledger:
        """Make an empty ledger in a folder and open it.

        Raises:
            LedgerError: the folder holds one already.
            StorageError: the disk is full or cannot be written.
        """
        path = folder / "ledger.db"
        if path.exists():
            raise LedgerError(f"{folder} holds a ledger already")
        (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
        engine = open_engine(path, read_only=False)
        with writing(engine) as connection:
            for migration in migrations.missing(connection):
                migrations.apply(connection, migration, _now())
            connection.execute(
                insert(HEAD).values(id=1, origin=origin, size=0, last=b"", frontier=b"", anchor=b"")
            )
        engine.dispose()
        return cls(folder, key=key)

    def close(self) -> None:
        """Close every connection; the ledger cannot be used afterwards."""
        self.engine.dispose()

    def head(self) -> Head:
        """Return where the log stands now."""
        with reading(self.engine) as connection:
            return _head(connection)

    def append(self, draft: Draft) -> Receipt:
        """Append one event; when this returns, it is on the disk.

        Raises:
            CanonicalFormError: the payload holds what bodies must not hold.
            StorageError: the disk is full; nothing was changed.
        """
        return self.append_many([draft])[0]

    def append_many(self, drafts: Sequence[Draft]) -> tuple[Receipt, ...]:
        """Append events in one transaction: all of them, in order, or none.

        Raises:
            CanonicalFormError: a payload holds what bodies must not hold.
            StorageError: the disk is full; nothing was changed.
        """
        parts = [split(draft.payload) for draft in drafts]
        receipts = []
        with writing(self.engine) as connection:
            head = _head(connection)
            for draft, (payload, texts) in zip(drafts, parts, strict=True):
                head, receipt = self._insert(connection, head, draft, payload, texts)
                receipts.append(receipt)
            connection.execute(
                update(HEAD).values(
                    size=head.size,
                    last=head.last,
                    frontier=b"".join(head.frontier),
                    anchor=head.anchor,
                )
            )
        return tuple(receipts)

    def _insert(
        self,
        connection: Connection,
        head: Head,
        draft: Draft,
        payload: dict[str, Any],
        texts: dict[str, str],
    ) -> tuple[Head, Receipt]:
        hidden = {path: disclosure.conceal(path, text) for path, text in texts.items()}
        now = _now()
        data = body.encode(
            draft,
            payload,
            {path: committed for path, (_, committed) in hidden.items()},
            log=head.origin,
            sequence=head.size,
            previous=head.last,
            session=self._session,
            timestamp=now,
            anchor=head.anchor,
        )
        leaf = merkle.leaf_hash(data)
        connection.execute(
            insert(EVENT).values(
                seq=head.size,
                session_id=self._session,
                type=draft.payload.event_type,
                body=data,
                leaf=leaf,
            )
        )
        if hidden:
            rows = [
                {"seq": head.size, "path": path, "disclosure": words}
                for path, (words, _) in hidden.items()
            ]
            connection.execute(insert(SECRET), rows)
        if subjects := body.subjects_of(payload):
            rows = [{"kind": kind, "key": key, "seq": head.size} for kind, key in subjects]
            connection.execute(insert(SUBJECT), rows)
        grown = Head(
            head.origin, head.size + 1, leaf, merkle.extend(head.frontier, head.size, leaf)
        )
        return grown, Receipt(sequence=head.size, leaf=leaf.hex(), timestamp=now)

    def events(self, *, until: int | None = None) -> Iterator[Event]:
        """Read the events in order, up to a tree size.

        Events are immutable, so they are read in pages and no writer waits for a slow reader.

        Raises:
            LedgerError: an event cannot be read; ``audit`` names what is wrong.
        """
        end = self.head().size if until is None else until
        for start in range(0, end, _PAGE):
            with reading(self.engine) as connection:
                page = _read(connection, range(start, min(start + _PAGE, end)))
            yield from page

    def find(self, kind: str, key: str) -> tuple[Event, ...]:
        """Read the events that speak of a subject, such as ``("image", pixel_digest)``."""
        wanted = select(SUBJECT.c.seq).where(SUBJECT.c.kind == kind, SUBJECT.c.key == key)
        with reading(self.engine) as connection:
            numbers = sorted(connection.execute(wanted).scalars())
            return tuple(e for n in numbers for e in _read(connection, range(n, n + 1)))

    def leaves(self, size: int | None = None) -> tuple[bytes, ...]:
        """Read the leaf hashes of the first ``size`` events, or of all."""
        query = select(EVENT.c.leaf).order_by(EVENT.c.seq)
        if size is not None:
            query = query.where(EVENT.c.seq < size)
        with reading(self.engine) as connection:
            return tuple(connection.execute(query).scalars())

    def checkpoint(self) -> Checkpoint:
        """Sign the present tree head, and keep the note in the database and as a file.

        The file is what a rolled-back database is noticed by.

        Raises:
            LedgerError: this ledger was opened without its key.
            StorageError: the disk is full.
        """
        if self._key is None:
            raise LedgerError("checkpoints need the ledger's key, which is not here")
        # Events are committed before their checkpoint is signed, never the other way round.
        head = self.head()
        signed = checkpoint.write(head.origin, head.size, head.root, self._key)
        with writing(self.engine) as connection:
            known = connection.execute(
                select(CHECKPOINT.c.note).where(CHECKPOINT.c.size == head.size)
            ).scalar()
            if known is None:
                connection.execute(insert(CHECKPOINT).values(size=head.size, note=signed.note))
        file = self.notes / f"{head.size:012d}.note"
        if not file.exists():
            write_atomic(file, signed.note.encode())
        return signed

    def prove(self, sequence: int, size: int) -> tuple[str, ...]:
        """Return the inclusion proof of an event in the tree of a given size, in hexadecimal."""
        return tuple(h.hex() for h in merkle.inclusion_proof(self.leaves(size), sequence))


def _head(connection: Connection) -> Head:
    columns = (HEAD.c.origin, HEAD.c.size, HEAD.c.last, HEAD.c.frontier, HEAD.c.anchor)
    row = connection.execute(select(*columns)).one_or_none()
    if row is None:
        raise LedgerBrokenError("the ledger has no head")
    nodes = row.frontier
    frontier = tuple(nodes[i : i + 32] for i in range(0, len(nodes), 32))
    return Head(row.origin, row.size, row.last, frontier, row.anchor)


def _read(connection: Connection, numbers: range) -> list[Event]:
    within = (EVENT.c.seq >= numbers.start, EVENT.c.seq < numbers.stop)
    rows = connection.execute(
        select(EVENT.c.seq, EVENT.c.body, EVENT.c.leaf).where(*within).order_by(EVENT.c.seq)
    ).all()
    texts: dict[int, dict[str, str]] = {}
    for secret in connection.execute(
        select(SECRET.c.seq, SECRET.c.path, SECRET.c.disclosure).where(
            SECRET.c.seq >= numbers.start, SECRET.c.seq < numbers.stop
        )
    ):
        texts.setdefault(secret.seq, {})[secret.path] = secret.disclosure
    return [body.decode(row.body, row.leaf, texts.get(row.seq, {})) for row in rows]


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
