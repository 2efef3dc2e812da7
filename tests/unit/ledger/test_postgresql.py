"""The schema and every statement of the ledger run on PostgreSQL as they do on SQLite."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import inspect, select, update
from sqlmodel import SQLModel

from provenance_gen.errors import CanonicalFormError
from provenance_gen.ledger import anchor, bundle, checkpoint, merkle, migrations, redaction
from provenance_gen.ledger.audit import audit
from provenance_gen.ledger.database import reading, writing
from provenance_gen.ledger.store import Ledger
from provenance_gen.ledger.tables import EVENT, MIGRATION, NODE, SECRET
from provenance_gen.records.event import Draft
from provenance_gen.records.payloads import IntentStated
from tests import postgres
from tests.unit.ledger.conftest import Made
from tests.unit.ledger.events import PERSON, contents, draft, intent, stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from tests.tsa import Server

PROGRAMS = postgres.binaries()
pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="NOT CHECKED: needs unix sockets"),
    pytest.mark.skipif(PROGRAMS is None, reason="NOT CHECKED: no PostgreSQL server is installed"),
]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORIGIN = "provgen-test"
VERIFIER = checkpoint.verifier_key(ORIGIN, KEY.public_key())


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """Run a server for the tests of this module."""
    assert PROGRAMS is not None
    with postgres.running(PROGRAMS) as server:
        yield server


@pytest.fixture
def made(engine: Engine, tmp_path: Path) -> Iterator[Made]:
    """Make an empty ledger in the server's database; its checkpoints lie in a folder."""
    ledger = Ledger.create(tmp_path, origin=ORIGIN, key=KEY, engine=engine)
    yield Made(ledger, tmp_path, KEY, VERIFIER)
    with engine.begin() as connection:
        SQLModel.metadata.drop_all(connection)


def test_tables_are_made_by_the_migrations(made: Made) -> None:
    """Each migration ran in its transaction with its record; none is left over."""
    with reading(made.ledger.engine) as connection:
        assert connection.dialect.name == "postgresql"
        assert set(inspect(connection).get_table_names()) == set(SQLModel.metadata.tables)
        assert migrations.applied(connection) == {m.__name__ for m in migrations.MIGRATIONS}
    with writing(made.ledger.engine) as connection:
        assert not migrations.complete(connection, "2026-01-01T00:00:00Z")


def test_the_same_events_as_in_sqlite(made: Made, tmp_path: Path) -> None:
    """Append, look-up, proofs and audit answer on both as on one."""
    plain = Ledger.create(tmp_path / "sqlite", origin=ORIGIN, key=KEY)
    pixels = stored(3).pixel_digest
    for ledger in (made.ledger, plain):
        for start in range(0, 120, 40):
            ledger.append_many([draft(number) for number in range(start, start + 40)])
            ledger.checkpoint()
    assert [len(part) for part in contents(made.ledger)] == [len(p) for p in contents(plain)]
    for ledger in (made.ledger, plain):
        assert [event.sequence for event in ledger.events()] == list(range(120))
        assert [event.sequence for event in ledger.find("image", pixels)] == [13, 14]
        leaves = ledger.leaves()
        assert merkle.root(leaves) == ledger.root(120) == ledger.head().root
        proof = [bytes.fromhex(node) for node in ledger.prove(77, 120)]
        assert merkle.verify_inclusion(leaves[77], 77, 120, proof, ledger.root(120))
        found = audit(ledger, verifier_key=VERIFIER)
        assert (found.problems, found.size, found.checkpoints) == ((), 120, 6)
        with reading(ledger.engine) as connection:
            assert len(connection.execute(select(NODE)).all()) == 120 // 16
    plain.close()


def test_writers_leave_no_gap(made: Made) -> None:
    """Several connections append in one order; a group is one transaction; a mistake is alone."""
    others = [Ledger(made.folder, key=KEY, engine=made.ledger.engine) for _ in range(3)]
    with ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(others[n % 3].append_many, [intent(str(n))] * 3) for n in range(30)]
        numbers = [receipt.sequence for job in jobs for receipt in job.result()]
    assert sorted(numbers) == list(range(90))
    wrong = Draft(payload=IntentStated(work="w", intent=None), actor=PERSON)
    with pytest.raises(CanonicalFormError):
        made.ledger.append_many([intent("x"), wrong.model_copy(update={"payload": _Outside()})])
    assert made.ledger.head().size == 90
    assert audit(made.ledger, verifier_key=VERIFIER).passed


class _Outside(IntentStated):
    """A payload outside the profile of bodies."""

    work: str = "w"
    number: int = 2**60


def test_a_reader_sees_one_state(made: Made) -> None:
    """What is appended while somebody reads does not show in the middle of it, nor wait."""
    made.ledger.append(intent("one"))
    with reading(made.ledger.engine) as connection:
        before = connection.execute(select(EVENT.c.seq)).all()
        made.ledger.append(intent("two"))
        assert connection.execute(select(EVENT.c.seq)).all() == before
    assert made.ledger.head().size == 2


def test_texts_stamps_and_bundles(made: Made, server: Server) -> None:
    """Redaction, time-stamps and bundles read and write there too."""
    made.ledger.append_many([intent("to be deleted"), intent("stays")])
    size = made.ledger.checkpoint().size
    (asked,) = anchor.anchor(made.ledger, size, [server.authority()])
    assert asked.problem is None
    chosen = redaction.texts(made.ledger, [made.ledger.leaves()[0].hex()])
    assert redaction.redact(made.ledger, chosen, actor=PERSON, work=None, reason="on request")
    with reading(made.ledger.engine) as connection:
        assert connection.execute(select(SECRET.c.seq)).scalars().all() == [1, 2]
    found = audit(made.ledger, verifier_key=VERIFIER, authorities=[server.authority()])
    assert (found.problems, found.texts, found.withheld, found.believed) == ((), 2, 1, 1)
    gathered = bundle.gather(
        made.ledger, size=made.ledger.checkpoint().size, verifier_key=VERIFIER, disclose=["intent"]
    )
    assert (gathered.events, gathered.texts, gathered.timestamps) == (3, 1, 1)


def test_changes_are_found_there_too(made: Made) -> None:
    """The audit reads the server's rows as strictly."""
    made.ledger.append_many([draft(number) for number in range(20)])
    with writing(made.ledger.engine) as connection:
        connection.execute(update(EVENT).where(EVENT.c.seq == 7).values(type="image.viewed"))
        connection.execute(update(SECRET).where(SECRET.c.seq == 12).values(disclosure="x"))
    found = audit(made.ledger, verifier_key=VERIFIER)
    assert [problem.sequence for problem in found.problems[:2]] == [7, 12]
    with writing(made.ledger.engine) as connection:
        connection.execute(MIGRATION.insert().values(name="m999_later", applied_at="x"))
    assert not audit(made.ledger, verifier_key=VERIFIER).passed
