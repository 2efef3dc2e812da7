"""Ways to tamper with a ledger's database file, and what must hold of every one of them."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from provenance_gen.errors import ProvenanceError
from provenance_gen.ledger import checkpoint
from provenance_gen.ledger.audit import Audit, audit
from provenance_gen.ledger.audit_crew import ALONE, Sharing
from provenance_gen.ledger.audit_part import Reader
from provenance_gen.ledger.store import Ledger
from tests.unit.ledger.events import contents, draft

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provenance_gen.records.event import Event

ORIGIN: Final = "provgen-test"
PARTS: Final = Sharing(above=0, length=16, processes=2, reader=Reader)
"""What several processes do for a large ledger, done for a small one in threads of this one."""


@dataclass(frozen=True)
class Victim:
    """A ledger as a database file, and what it holds."""

    folder: Path
    ledger: Ledger
    """Opened for reading; it is given one tampered file after another."""
    database: bytes
    verifier_key: str
    contents: tuple[Any, ...]
    events: tuple[Event, ...]

    def accepted(self, tampered: bytes, *, shared: bool = True) -> bool:
        """Open and audit a tampered database; say whether all was well.

        With ``shared`` it is audited in parts as well, which has to give the same answer, and what
        is accepted is also read event by event.

        Whatever is accepted must be what was there before, and whatever is not must be refused in
        our own words: any other error goes on to the test.
        """
        ledger = self.ledger
        # With no connection open nothing of the file is remembered: it is as if just opened.
        ledger.engine.dispose()
        (self.folder / "ledger.db").write_bytes(tampered)
        for leftover in ("ledger.db-wal", "ledger.db-shm"):
            (self.folder / leftover).unlink(missing_ok=True)
        try:
            ledger.origin = ledger._make_ready(read_only=True)
            found = self.answer(ALONE)
            if shared:
                assert self.answer(PARTS) == found
            if isinstance(found, str) or not found.passed:
                return False
        except ProvenanceError:
            return False
        finally:
            ledger.origin = ORIGIN
        assert contents(ledger) == self.contents, "changed contents were accepted"
        if shared:
            assert tuple(ledger.events()) == self.events, "changed events were accepted"
        return True

    def answer(self, sharing: Sharing) -> Audit | str:
        """Audit what lies there; answer with what was found or the words of the refusal."""
        try:
            return audit(self.ledger, verifier_key=self.verifier_key, sharing=sharing)
        except ProvenanceError as error:
            return str(error)


def make_victim(folder: Path, events: int) -> Victim:
    """Make a ledger with texts, images and checkpoints, the last one over all of it."""
    key = Ed25519PrivateKey.generate()
    ledger = Ledger.create(folder, origin=ORIGIN, key=key)
    for start in range(0, events, events // 2):
        stop = min(start + events // 2, events)
        ledger.append_many([draft(n) for n in range(start, stop)])
        ledger.checkpoint()
    held = contents(ledger), tuple(ledger.events())
    ledger.close()
    # The last connection has moved the write-ahead log into the database.
    database = (folder / "ledger.db").read_bytes()
    reader = Ledger(folder, read_only=True)
    signer = checkpoint.verifier_key(ORIGIN, key.public_key())
    victim = Victim(folder, reader, database, signer, *held)
    assert victim.accepted(database)
    return victim


def row_tamperings(victim: Victim, scratch: Path) -> Iterator[tuple[str, bytes]]:
    """Change, swap, renumber, delete and insert in every column of every table."""
    statements = _statements(victim.database, scratch)
    with contextlib.closing(sqlite3.connect(scratch)) as connection:
        before = _rows(connection)
    for statement, values in statements:
        scratch.write_bytes(victim.database)
        with contextlib.closing(sqlite3.connect(scratch)) as connection:
            connection.execute("PRAGMA synchronous=OFF")
            try:
                with connection:
                    for part in statement.split(";"):
                        connection.execute(part, values if "?" in part else ())
            except sqlite3.IntegrityError:
                continue
            if _rows(connection) == before:
                continue
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        yield f"{statement} {values!r:.60}", scratch.read_bytes()
    for leftover in scratch.parent.glob(f"{scratch.name}*"):
        leftover.unlink()


def _statements(database: bytes, scratch: Path) -> list[tuple[str, tuple[Any, ...]]]:
    scratch.write_bytes(database)
    found: list[tuple[str, tuple[Any, ...]]] = []
    with contextlib.closing(sqlite3.connect(scratch)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info('{table}')")]
            numbers = [n for (n,) in connection.execute(f"SELECT rowid FROM {table}")]  # noqa: S608
            found.append((f"DELETE FROM {table}", ()))  # noqa: S608
            for number in sorted({*numbers[:1], *numbers[-1:]}):
                found += _in_row(connection, table, columns, number, numbers)
    return found


def _in_row(
    connection: sqlite3.Connection, table: str, columns: list[str], number: int, numbers: list[int]
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    row = connection.execute(f"SELECT * FROM {table} WHERE rowid = {number}").fetchone()  # noqa: S608
    yield f"DELETE FROM {table} WHERE rowid = {number}", ()  # noqa: S608
    other = numbers[len(numbers) // 2]
    marks = ", ".join("?" * len(columns))
    for place, column in enumerate(columns):
        for value in _others(row[place]):
            changed = f"UPDATE {table} SET {column} = ? WHERE rowid = {number}"  # noqa: S608
            yield changed, (value,)
            inserted = (*row[:place], value, *row[place + 1 :])
            yield f"INSERT INTO {table} VALUES ({marks})", inserted  # noqa: S608
        if other != number:
            swapped = connection.execute(
                f"SELECT {column} FROM {table} WHERE rowid = {other}"  # noqa: S608
            ).fetchone()[0]
            # By way of a third value, for the columns that must be unique.
            steps = (
                f"UPDATE {table} SET {column} = -77 WHERE rowid = {number}",  # noqa: S608
                f"UPDATE {table} SET {column} = {_literal(row[place])} WHERE rowid = {other}",  # noqa: S608
                f"UPDATE {table} SET {column} = {_literal(swapped)} WHERE {column} = -77",  # noqa: S608
            )
            yield ";".join(steps), ()


def _others(value: Any) -> list[Any]:
    """Return other values, of the same kind and of others."""
    if isinstance(value, int):
        return [value + 1, value - 1, -5, 2**62, str(value), float(value) + 0.5, b"\x01"]
    if isinstance(value, str):
        changed = value[:-2] + ("A" if value[-2:-1] != "A" else "B") + value[-1:]
        return [changed, value + "x", value[:-1], "", value.encode(), 7, value.swapcase()]
    if isinstance(value, bytes):
        middle = len(value) // 2
        flipped = value[:middle] + bytes([(value or b"x")[middle] ^ 1]) + value[middle + 1 :]
        return [flipped, value + b"\0", value[:-1], b"", value.decode("latin-1"), 7, bytes(32)]
    return [1]


def _literal(value: Any) -> str:
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def _rows(connection: sqlite3.Connection) -> list[Any]:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return [
        sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr)  # noqa: S608
        for (name,) in tables
    ]


def flipped(data: bytes, bit: int) -> bytes:
    """Change one bit."""
    place, value = bit // 8, 1 << bit % 8
    return data[:place] + bytes([data[place] ^ value]) + data[place + 1 :]
