"""Proofs from kept nodes are the proofs from all leaves, and the nodes can be made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete, func, insert, select

from provenance_gen.errors import LedgerBrokenError, LedgerError
from provenance_gen.ledger import merkle, nodes
from provenance_gen.ledger.audit import audit
from provenance_gen.ledger.database import reading, writing
from provenance_gen.ledger.tables import EVENT, NODE
from tests.unit.ledger.events import draft

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from tests.unit.ledger.conftest import Made

SIZE = 1200
LEAVES = [merkle.leaf_hash(n.to_bytes(4, "big")) for n in range(SIZE)]


@pytest.fixture(scope="module")
def kept() -> Iterator[Engine]:
    """A database in memory with the leaves and kept nodes of a tree, and nothing else."""
    engine = create_engine("sqlite://")
    EVENT.metadata.create_all(engine, tables=[EVENT, NODE])
    rows = [
        {"seq": n, "session_id": "s", "type": "t", "body": b"", "leaf": leaf}
        for n, leaf in enumerate(LEAVES)
    ]
    with engine.begin() as connection:
        connection.execute(insert(EVENT), rows)
        nodes.rebuild(connection)
    yield engine
    engine.dispose()


def test_every_small_proof(kept: Engine) -> None:
    """For each small tree, each inclusion and each consistency proof is the one from all leaves."""
    with kept.begin() as connection:
        for size in range(1, 40):
            leaves = LEAVES[:size]
            assert nodes.root(connection, size) == merkle.root(leaves)
            for place in range(size):
                assert nodes.prove_inclusion(connection, place, size) == merkle.inclusion_proof(
                    leaves, place
                )
                assert nodes.prove_consistency(
                    connection, place + 1, size
                ) == merkle.consistency_proof(leaves, place + 1)


@given(st.integers(1, SIZE), st.data())
def test_large_proofs(kept: Engine, size: int, data: st.DataObject) -> None:
    """The same for large trees, at random places."""
    place = data.draw(st.integers(0, size - 1))
    with kept.begin() as connection:
        inclusion = nodes.prove_inclusion(connection, place, size)
        consistency = nodes.prove_consistency(connection, place + 1, size)
    assert inclusion == merkle.inclusion_proof(LEAVES[:size], place)
    assert consistency == merkle.consistency_proof(LEAVES[:size], place + 1)


def test_few_nodes_are_kept(kept: Engine) -> None:
    """One row for 16 events, one more for 256, and so on."""
    with kept.begin() as connection:
        assert connection.execute(select(func.count()).select_from(NODE)).scalar() == 75 + 4


def test_written_with_the_events(made: Made) -> None:
    """Appending singly and in groups keeps the nodes that rebuilding makes."""
    made.ledger.append_many([draft(n) for n in range(250)])
    for number in range(250, 290):
        made.ledger.append(draft(number))
    found = audit(made.ledger, verifier_key=made.verifier_key)
    assert (found.problems, found.size) == ((), 290)
    query = select(NODE.c.number, NODE.c.hash).order_by(NODE.c.number)
    with writing(made.ledger.engine) as connection:
        before = connection.execute(query).all()
        nodes.rebuild(connection)
        assert connection.execute(query).all() == before
    assert len(before) == 18 + 1


def test_no_such_proof(made: Made) -> None:
    """What cannot be proved is refused in the ledger's own words."""
    made.ledger.append_many([draft(n) for n in range(5)])
    with pytest.raises(LedgerError, match="not among the first 5"):
        made.ledger.prove(5, 5)
    with pytest.raises(LedgerError, match="no beginning"):
        made.ledger.prove_consistency(0, 5)
    with pytest.raises(LedgerBrokenError, match="missing"):
        made.ledger.prove(3, 6)
    with pytest.raises(LedgerBrokenError, match="missing"):
        made.ledger.root(6)


def test_lost_nodes_are_noticed(made: Made) -> None:
    """Without its nodes a proof is refused and the audit says why; rebuilding heals it."""
    made.ledger.append_many([draft(n) for n in range(40)])
    with writing(made.ledger.engine) as connection:
        connection.execute(delete(NODE))
    with pytest.raises(LedgerBrokenError, match="missing"):
        made.ledger.prove(35, 40)
    problems = audit(made.ledger).problems
    assert [p.what for p in problems] == ["the kept nodes of the tree differ from the events"]
    with writing(made.ledger.engine) as connection:
        nodes.rebuild(connection)
    assert audit(made.ledger).passed
    with reading(made.ledger.engine) as connection:
        proof = nodes.prove_inclusion(connection, 35, 40)
    leaf = made.ledger.leaves()[35]
    assert merkle.verify_inclusion(leaf, 35, 40, proof, made.ledger.root(40))
