"""Append to the ledger and read it back.

One append is one transaction: read the head, write the canonical bodies, hash them into the chain
and the Merkle frontier, store the texts beside them, update the head, commit. Checking what is
stored is the audit's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, select

from provenance_gen.digests import new_id, write_atomic
from provenance_gen.errors import LedgerBrokenError, LedgerError, LedgerForkError
from provenance_gen.ledger import append, body, checkpoint, continuity, migrations, nodes
from provenance_gen.ledger import head as heads
from provenance_gen.ledger.database import demand_plain, open_engine, reading, writing
from provenance_gen.ledger.group import Group, Job
from provenance_gen.ledger.head import Head
from provenance_gen.ledger.tables import CHECKPOINT, EVENT, SECRET, SUBJECT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from sqlalchemy import Connection, Engine

    from provenance_gen.ledger.append import Prepared
    from provenance_gen.ledger.checkpoint import Checkpoint
    from provenance_gen.records.event import Draft, Event, Receipt

    _Job = Job[tuple[Prepared, ...], tuple[Receipt, ...]]

__all__ = ["Head", "Ledger"]

_PAGE: Final = 500


class Ledger:
    """An append-only log of events in a folder.

    Safe for several threads and several processes at once: SQLite's write lock puts their events
    in one order, and threads that append at the same time share one commit.

    Attributes:
        origin: random name of the log.
        engine: the database, for the other modules of this room only.
        notes: folder in which checkpoints are kept outside the database.
    """

    def __init__(
        self,
        folder: Path,
        *,
        key: Ed25519PrivateKey | None = None,
        read_only: bool = False,
        engine: Engine | None = None,
    ) -> None:
        """Open the ledger in a folder; one of an older version is audited and then migrated.

        Args:
            folder: holds ``ledger.db`` and ``checkpoints/``.
            key: signs checkpoints; without it none can be made.
            read_only: nothing is written, not even what SQLite needs for itself.
            engine: another database than ``ledger.db``, which then is not needed.

        Raises:
            LedgerError: there is no ledger, or it cannot be opened.
            LedgerVersionError: it was written by a newer version.
            LedgerBrokenError: it is of an older version and its audit fails.
        """
        self._path = folder / "ledger.db"
        self.notes = folder / "checkpoints"
        self._key = key
        self._recomputed = continuity.Recomputed()
        self._session = new_id("s")
        self._group: Group[tuple[Prepared, ...], tuple[Receipt, ...]] = Group(self._commit)
        if engine is None and not self._path.is_file():
            raise LedgerError(f"no ledger in {folder}")
        self.engine = engine or open_engine(self._path, read_only=read_only)
        try:
            self.origin = self._make_ready(read_only=read_only)
        except BaseException:
            self.engine.dispose()
            raise

    @classmethod
    def create(
        cls, folder: Path, *, origin: str, key: Ed25519PrivateKey, engine: Engine | None = None
    ) -> Ledger:
        """Make an empty ledger in a folder, or in another database, and open it.

        Raises:
            LedgerError: the folder holds one already.
            StorageError: the disk is full or cannot be written.
        """
        path = folder / "ledger.db"
        if path.exists():
            raise LedgerError(f"{folder} holds a ledger already")
        (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
        making = engine or open_engine(path, read_only=False)
        with writing(making) as connection:
            migrations.complete(connection, append.timestamp())
            heads.begin(connection, origin)
        making.dispose()
        return cls(folder, key=key, engine=engine)

    def _make_ready(self, *, read_only: bool) -> str:
        """Migrate a ledger of an older version; return the origin."""
        with reading(self.engine) as connection:
            demand_plain(connection)
            old = bool(migrations.missing(connection))
            self.origin = heads.read(connection).origin
        if old and read_only:
            raise LedgerError("the ledger is of an older version and opened for reading only")
        if old:
            self._migrate()
        return self.origin

    def _migrate(self) -> None:
        # Read before it is changed: what was broken before must not look broken by us, and
        # what is rebuilt from the events must come from events that hold.
        from provenance_gen.ledger.audit import audit  # noqa: PLC0415  # it reads this class

        signer = None
        if self._key is not None:
            signer = checkpoint.verifier_key(self.origin, self._key.public_key())
        for problem in audit(self, verifier_key=signer).problems[:1]:
            raise LedgerBrokenError(f"not migrated: {problem.what}", problem.sequence)
        waiting = True
        while waiting:
            with writing(self.engine) as connection:
                waiting = migrations.complete(connection, append.timestamp(), at_most=1)

    def close(self) -> None:
        """Close every connection; the ledger cannot be used afterwards."""
        self.engine.dispose()

    def head(self) -> Head:
        """Return where the log stands now.

        Raises:
            LedgerBrokenError: it cannot be told.
        """
        with reading(self.engine) as connection:
            return heads.read(connection)

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
        return self._group.do(tuple(append.prepare(draft) for draft in drafts))

    def _commit(self, jobs: Sequence[_Job]) -> None:
        """Append what several threads handed in, in one transaction."""
        receipts: list[tuple[_Job, tuple[Receipt, ...]]] = []
        with writing(self.engine) as connection:
            head = heads.read(connection)
            continuity.demand_last(connection, head)
            batch = append.Batch(head, self._session)
            for job in jobs:
                try:
                    receipts.append((job, batch.add(job.work)))
                except LedgerError as error:
                    job.error = error
            if batch.events:
                batch.insert(connection)
                heads.write(connection, batch.head)
        for job, received in receipts:
            job.result = received

    def events(self, *, until: int | None = None) -> Iterator[Event]:
        """Read the events in order, up to a tree size; each has to follow the one before it.

        Events are immutable, so they are read in pages and no writer waits for a slow reader.

        Raises:
            LedgerError: an event cannot be read, or its bytes are not those that were hashed;
                ``audit`` names what is wrong.
        """
        return body.chained(self._events(until))

    def _events(self, until: int | None) -> Iterator[Event]:
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
            LedgerBrokenError: the head is not that of the events.
            LedgerForkError: the events are not a continuation of the newest checkpoint that is
                kept outside; signing them would fork the log.
            StorageError: the disk is full.
        """
        if self._key is None:
            raise LedgerError("checkpoints need the ledger's key, which is not here")
        signer = checkpoint.verifier_key(self.origin, self._key.public_key())
        earlier = continuity.newest_note(self.notes, signer)
        # Events are committed before their checkpoint is signed, never the other way round.
        with reading(self.engine) as connection:
            head = heads.read(connection)
            # The head is a cache in a folder that others may write: what is signed is computed.
            self._recomputed.demand(connection, head)
            if earlier is not None:
                continuity.demand_continued(connection, head, earlier)
        signed = checkpoint.write(head.origin, head.size, head.root, self._key)
        with writing(self.engine) as connection:
            known = connection.execute(
                select(CHECKPOINT.c.note).where(CHECKPOINT.c.size == head.size)
            ).scalar()
            if known is not None and checkpoint.verify(known, signer).root != head.root:
                raise LedgerForkError(
                    f"a checkpoint over {head.size} events is of other events than these"
                )
            if known is None:
                connection.execute(insert(CHECKPOINT).values(size=head.size, note=signed.note))
        file = self.notes / f"{head.size:012d}.note"
        if not file.exists():
            write_atomic(file, signed.note.encode())
        return signed

    def prove(self, sequence: int, size: int) -> tuple[str, ...]:
        """Return the inclusion proof of an event in the tree of a given size, in hexadecimal.

        Raises:
            LedgerError: the tree of that size does not hold the event.
        """
        with reading(self.engine) as connection:
            return tuple(h.hex() for h in nodes.prove_inclusion(connection, sequence, size))

    def prove_consistency(self, old: int, new: int) -> tuple[str, ...]:
        """Return the proof that the log of one size is the beginning of another, in hexadecimal.

        Raises:
            LedgerError: the old size is 0 or beyond the new one, or that beyond the log.
        """
        with reading(self.engine) as connection:
            return tuple(h.hex() for h in nodes.prove_consistency(connection, old, new))

    def root(self, size: int) -> bytes:
        """Compute the root of the tree over the first ``size`` events, 32 bytes.

        Raises:
            LedgerError: there are not so many.
        """
        with reading(self.engine) as connection:
            return nodes.root(connection, size)


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
