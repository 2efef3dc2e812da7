"""A ledger against a plain list: append, redact, sign, anchor, crash and reopen in any order."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import insert

from provenance_gen.ledger import anchor, checkpoint, merkle, redaction
from provenance_gen.ledger.audit import audit
from provenance_gen.ledger.store import Ledger
from provenance_gen.ledger.tables import EVENT
from tests.tsa import serving
from tests.unit.ledger.events import PERSON, intent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.tsa import Server

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORIGIN = "provgen-test"
VERIFIER = checkpoint.verifier_key(ORIGIN, KEY.public_key())
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


class Life(RuleBasedStateMachine):
    """What may happen to a ledger; the list holds the words of each event, or None."""

    server: Server

    def __init__(self) -> None:
        """Begin an empty ledger and an empty list."""
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.ledger = Ledger.create(self.folder, origin=ORIGIN, key=KEY)
        self.words: list[str | None] = []
        self.leaves: list[str] = []
        self.held: list[checkpoint.Checkpoint] = []
        self.anchored: set[int] = set()

    def teardown(self) -> None:
        """Give everything back."""
        self.ledger.close()
        shutil.rmtree(self.folder)

    @rule(words=st.lists(WORDS, min_size=1, max_size=20))
    def append(self, words: list[str]) -> None:
        """Append one event or a group."""
        receipts = self.ledger.append_many([intent(text) for text in words])
        assert [r.sequence for r in receipts] == [len(self.words) + n for n in range(len(words))]
        self.words += words
        self.leaves += [receipt.leaf for receipt in receipts]

    @rule()
    def sign(self) -> None:
        """Sign the head, and hold the checkpoint outside."""
        self.held.append(self.ledger.checkpoint())

    @precondition(lambda self: self.held)
    @rule(pick=st.randoms(use_true_random=False))
    def stamp(self, pick: Any) -> None:
        """Have a checkpoint stamped by a time-stamp authority."""
        size = pick.choice(self.held).size
        (asked,) = anchor.anchor(self.ledger, size, [self.server.authority()])
        assert asked.problem is None
        self.anchored.add(size)

    @precondition(lambda self: any(text is not None for text in self.words))
    @rule(pick=st.randoms(use_true_random=False))
    def redact(self, pick: Any) -> None:
        """Delete the words of an event; the deletion is an event with words of its own."""
        number = pick.choice([n for n, text in enumerate(self.words) if text is not None])
        chosen = [
            item for item in redaction.texts(self.ledger, [self.leaves[number]]) if item.disclosed
        ]
        redaction.redact(self.ledger, chosen, actor=PERSON, work=None, reason="on request")
        self.words[number] = None
        self.words.append("on request")
        self.leaves.append(self.ledger.leaves()[-1].hex())

    @rule()
    def crash(self) -> None:
        """Abandon the ledger in the middle of a transaction, as a killed process does."""
        left = self.ledger.engine.connect().execution_options(writes=True)
        files = left.connection.driver_connection
        assert files is not None
        left.begin()
        left.execute(
            insert(EVENT).values(seq=10**6, session_id="s", type="t", body=b"", leaf=b"\0" * 32)
        )
        # The system closes the files of a dead process; nothing was committed.
        files.close()
        left.invalidate()
        left.close()
        self.reopen()

    @rule()
    def reopen(self) -> None:
        """Close the ledger and open it again."""
        self.ledger.close()
        self.ledger = Ledger(self.folder, key=KEY)

    @rule()
    def check(self) -> None:
        """Audit everything."""
        found = audit(self.ledger, verifier_key=VERIFIER, authorities=[self.server.authority()])
        assert found.problems == ()
        assert (found.size, found.texts) == (
            len(self.words),
            sum(text is not None for text in self.words),
        )
        assert found.withheld == self.words.count(None)
        assert found.tokens == len(self.anchored)

    @invariant()
    def same_events(self) -> None:
        """What is read is what the list holds."""
        events = list(self.ledger.events())
        said = [e.payload.get("intent", e.payload.get("reason")) for e in events]
        assert said == self.words
        assert [event.leaf for event in events] == self.leaves

    @invariant()
    def checkpoints_stand(self) -> None:
        """Each checkpoint that was ever given away is the beginning of this log."""
        leaves = [bytes.fromhex(leaf) for leaf in self.leaves]
        for held in self.held[-3:]:
            assert merkle.root(leaves[: held.size]) == held.root
            if held.size:
                proof = self.ledger.prove_consistency(held.size, len(leaves))
                nodes = [bytes.fromhex(node) for node in proof]
                assert merkle.verify_consistency(
                    held.size, len(leaves), held.root, self.ledger.head().root, nodes
                )


@pytest.fixture(scope="module")
def machine() -> Iterator[type[Life]]:
    """The machine with a running time-stamp authority."""
    with serving() as server:
        Life.server = server
        yield Life


def test_any_order(machine: type[Life]) -> None:
    """A few lives."""
    run_state_machine_as_test(
        machine, settings=settings(max_examples=6, stateful_step_count=15, deadline=None)
    )


@pytest.mark.slow
def test_any_order_for_long(machine: type[Life]) -> None:
    """Many lives."""
    run_state_machine_as_test(
        machine, settings=settings(max_examples=150, stateful_step_count=40, deadline=None)
    )
