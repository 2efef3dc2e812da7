"""Appending and reading, from one thread, many threads and several processes."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from provenance_gen.errors import CanonicalFormError, LedgerError, LedgerForkError
from provenance_gen.ledger import merkle
from provenance_gen.ledger.audit import audit
from provenance_gen.ledger.store import Ledger
from provenance_gen.records.base import Text
from provenance_gen.records.event import Actor, ActorKind, Basis, Draft
from provenance_gen.records.payloads import IntentStated

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.ledger.conftest import Made

PERSON = Actor(kind=ActorKind.PERSON, id="p1")


def intent(words: str) -> Draft:
    """Draft an event that carries a text."""
    return Draft(payload=IntentStated(work="w1", intent=Text(words)), actor=PERSON)


def test_text_never_enters_the_body(made: Made) -> None:
    """The words stand in the side table only, and come back when the event is read."""
    made.ledger.append(intent("a secret harbour"))
    event = next(made.ledger.events())
    assert event.payload == {"work": "w1", "intent": "a secret harbour"}
    with made.ledger.engine.connect() as connection:
        bodies = connection.exec_driver_sql("SELECT body FROM event").scalars().all()
    assert all(b"harbour" not in body for body in bodies)


@pytest.mark.parametrize("words", ["", "\x00\x1b[31m\u202e", "漁港の夕暮れ 🚤\n\r", "x" * 50_000])
def test_any_text_survives(made: Made, words: str) -> None:
    """Odd and long texts come back exactly."""
    made.ledger.append(intent(words))
    assert next(made.ledger.events()).payload["intent"] == words


def test_plain_words_are_refused(made: Made) -> None:
    """A string that is not marked as a text cannot slip into a body."""
    payload = IntentStated.model_construct(work="/home/ann/secret", intent=None)
    with pytest.raises(CanonicalFormError, match="/work"):
        made.ledger.append(
            Draft.model_construct(payload=payload, actor=PERSON, basis=Basis.INFERRED)
        )
    assert made.ledger.head().size == 0


def test_many_at_once_are_all_or_none(made: Made) -> None:
    """A group of events is one transaction."""
    broken = Draft.model_construct(
        payload=IntentStated.model_construct(work="a b", intent=None),
        actor=PERSON,
        basis=Basis.INFERRED,
    )
    with pytest.raises(CanonicalFormError):
        made.ledger.append_many([intent("one"), broken])
    assert made.ledger.head().size == 0
    receipts = made.ledger.append_many([intent("one"), intent("two")])
    assert [r.sequence for r in receipts] == [0, 1]


def test_threads_and_processes_leave_no_gap(made: Made) -> None:
    """Four threads and two other processes append at once; the chain has no gap."""
    script = (
        "import sys, pathlib\n"
        "from provenance_gen.ledger.store import Ledger\n"
        "from tests.unit.ledger.test_store import intent\n"
        "ledger = Ledger(pathlib.Path(sys.argv[1]))\n"
        "[ledger.append(intent(str(n))) for n in range(20)]\n"
    )
    command = [sys.executable, "-c", script, str(made.folder)]
    others = [subprocess.Popen(command) for _ in range(2)]

    def append() -> None:
        for number in range(20):
            made.ledger.append(intent(str(number)))

    threads = [threading.Thread(target=append) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [other.wait() for other in others] == [0, 0]
    found = audit(made.ledger, verifier_key=made.verifier_key)
    assert (found.size, found.problems) == (120, ())


def test_found_by_subject(made: Made) -> None:
    """Events are found again by what they speak of."""
    made.ledger.append_many([intent("one"), intent("two")])
    assert [e.payload["intent"] for e in made.ledger.find("work", "w1")] == ["one", "two"]
    assert made.ledger.find("work", "w2") == ()


def test_proofs_lead_to_the_checkpoint(made: Made) -> None:
    """An inclusion proof of every event leads to the signed root."""
    receipts = made.ledger.append_many([intent(str(n)) for n in range(11)])
    signed = made.ledger.checkpoint()
    for receipt in receipts:
        proof = made.ledger.prove(receipt.sequence, signed.size)
        nodes = [bytes.fromhex(node) for node in proof]
        leaf = bytes.fromhex(receipt.leaf)
        assert merkle.verify_inclusion(leaf, receipt.sequence, signed.size, nodes, signed.root)


def test_no_fork_is_signed(made: Made) -> None:
    """A database that was put back to an earlier state signs nothing beside its checkpoints."""
    made.ledger.append_many([intent("one"), intent("two")])
    made.ledger.close()
    earlier = (made.folder / "ledger.db").read_bytes()
    ledger = Ledger(made.folder, key=made.key)
    ledger.append(intent("three"))
    ledger.checkpoint()
    ledger.close()
    (made.folder / "ledger.db").write_bytes(earlier)
    ledger = Ledger(made.folder, key=made.key)
    with pytest.raises(LedgerForkError, match="rolled back"):
        ledger.checkpoint()
    ledger.append(intent("another three"))
    with pytest.raises(LedgerForkError, match="other events"):
        ledger.checkpoint()
    ledger.close()


def test_consistency_of_checkpoints(made: Made) -> None:
    """An older checkpoint is proved to be the beginning of a newer one."""
    made.ledger.append_many([intent(str(n)) for n in range(21)])
    old = made.ledger.checkpoint()
    made.ledger.append_many([intent(str(n)) for n in range(30)])
    new = made.ledger.checkpoint()
    proof = [bytes.fromhex(node) for node in made.ledger.prove_consistency(old.size, new.size)]
    assert merkle.verify_consistency(old.size, new.size, old.root, new.root, proof)
    assert made.ledger.root(old.size) == old.root


def test_no_ledger_and_no_database(made: Made, tmp_path: Path) -> None:
    """A missing file and a file of something else give the ledger's own error."""
    with pytest.raises(LedgerError, match="no ledger"):
        Ledger(tmp_path / "elsewhere")
    made.ledger.close()
    (made.folder / "ledger.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(LedgerError):
        Ledger(made.folder)


def test_read_only_writes_nothing(made: Made) -> None:
    """A ledger opened for reading can be read and not appended to."""
    made.ledger.append(intent("one"))
    reader = Ledger(made.folder, read_only=True)
    assert reader.head().size == 1
    with pytest.raises(Exception, match="cannot be written"):
        reader.append(intent("two"))
    reader.close()
