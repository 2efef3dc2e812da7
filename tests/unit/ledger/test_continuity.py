"""What is signed is computed from the events, and only events that hold are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import update

from provenance_gen.errors import LedgerBrokenError, LedgerError, LedgerForkError
from provenance_gen.ledger import bundle, checkpoint, continuity
from provenance_gen.ledger.store import Ledger
from provenance_gen.ledger.tables import CHECKPOINT, HEAD
from tests.unit.ledger.test_store import intent

if TYPE_CHECKING:
    from tests.unit.ledger.conftest import Made


def test_a_forged_frontier_is_not_signed(made: Made) -> None:
    """Whoever can write the head's cache cannot choose what the key signs."""
    made.ledger.append_many([intent(str(number)) for number in range(4)])
    with made.ledger.engine.begin() as connection:
        connection.execute(update(HEAD).values(frontier=bytes(32)))
    with pytest.raises(LedgerBrokenError, match="not that of its events"):
        made.ledger.checkpoint()
    assert not list(made.ledger.notes.iterdir())


def test_a_forged_last_leaf_is_not_gone_on_from(made: Made) -> None:
    """The next event follows the newest one that is there, or is not recorded."""
    made.ledger.append(intent("one"))
    with made.ledger.engine.begin() as connection:
        connection.execute(update(HEAD).values(last=bytes(32)))
    with pytest.raises(LedgerBrokenError, match="newest event"):
        made.ledger.append(intent("two"))


def test_changed_bytes_are_not_read(made: Made) -> None:
    """An event whose bytes are not those that were hashed is no event."""
    made.ledger.append_many([intent("one"), intent("two")])
    with made.ledger.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE event SET body = CAST(replace(CAST(body AS TEXT), 'person', 'program') AS BLOB)"
        )
    with pytest.raises(LedgerBrokenError, match="not those that were hashed"):
        list(made.ledger.events())


def test_an_event_that_is_gone_is_missed(made: Made) -> None:
    """Events are read from the first on, each after the one before it."""
    made.ledger.append_many([intent("one"), intent("two"), intent("three")])
    with made.ledger.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM event WHERE seq = 1")
    with pytest.raises(LedgerBrokenError, match="does not follow"):
        list(made.ledger.events())


def test_two_roots_at_one_size_are_not_signed(made: Made) -> None:
    """A checkpoint that is there already is the only one of its size."""
    made.ledger.append(intent("one"))
    other = checkpoint.write(made.ledger.origin, 1, bytes(32), made.key)
    with made.ledger.engine.begin() as connection:
        connection.execute(CHECKPOINT.insert().values(size=1, note=other.note))
    with pytest.raises(LedgerForkError):
        made.ledger.checkpoint()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER keep AFTER DELETE ON secret BEGIN DELETE FROM migration; END",
        "CREATE VIEW more AS SELECT 1",
    ],
)
def test_what_acts_by_itself_is_refused(made: Made, statement: str) -> None:
    """A database with a trigger or a view is not opened."""
    with made.ledger.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    with pytest.raises(LedgerBrokenError, match="trigger or a view"):
        Ledger(made.folder)


def test_only_signed_notes_outside_count(made: Made) -> None:
    """A checkpoint file that another key signed neither stops the signing nor is believed."""
    made.ledger.append(intent("one"))
    held = made.ledger.checkpoint()
    other = Ed25519PrivateKey.generate()
    planted = checkpoint.write(made.ledger.origin, 7, bytes(32), other)
    (made.ledger.notes / "000000000007.note").write_bytes(planted.note.encode())
    assert continuity.newest_note(made.ledger.notes, made.verifier_key) == held
    made.ledger.append(intent("two"))
    assert made.ledger.checkpoint().size == 2
    # The same file signed by the ledger's own key is one that a rolled-back database has lost.
    ours = checkpoint.write(made.ledger.origin, 7, bytes(32), made.key)
    (made.ledger.notes / "000000000007.note").write_bytes(ours.note.encode())
    with pytest.raises(LedgerForkError, match="has seen 7 events"):
        made.ledger.checkpoint()


def test_an_unsigned_note_inside_is_not_gone_on_from(made: Made) -> None:
    """A checkpoint in the table that another key signed is not taken for one of this ledger."""
    made.ledger.append(intent("one"))
    other = Ed25519PrivateKey.generate()
    root = made.ledger.head().root
    with made.ledger.engine.begin() as connection:
        planted = checkpoint.write(made.ledger.origin, 1, root, other)
        connection.execute(CHECKPOINT.insert().values(size=1, note=planted.note))
    with pytest.raises(LedgerError, match="not signed by this ledger's key"):
        made.ledger.checkpoint()
    with pytest.raises(LedgerError, match="not signed by this ledger's key"):
        bundle.newest_checkpoint(made.ledger, made.verifier_key)
