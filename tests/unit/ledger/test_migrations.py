"""Migrations: each recorded in its own transaction, after an audit, and never past a newer one."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import inspect, select

from provenance_gen.errors import LedgerBrokenError, LedgerError, LedgerVersionError
from provenance_gen.ledger import migrations
from provenance_gen.ledger.audit import audit
from provenance_gen.ledger.database import reading, writing
from provenance_gen.ledger.store import Ledger
from provenance_gen.ledger.tables import MIGRATION
from tests.unit.ledger.events import contents, draft

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.unit.ledger.conftest import Made

NAMES = [migration.__name__ for migration in migrations.MIGRATIONS]


@pytest.fixture
def old(made: Made) -> Made:
    """A ledger as the first version wrote it, closed."""
    made.ledger.append_many([draft(n) for n in range(70)])
    made.ledger.checkpoint()
    with writing(made.ledger.engine) as connection:
        connection.exec_driver_sql("DROP TABLE node")
        connection.exec_driver_sql("DELETE FROM migration WHERE name <> 'm001_tables'")
    made.ledger.close()
    return made


def recorded(ledger: Ledger) -> list[str]:
    """Return the names of applied migrations."""
    with reading(ledger.engine) as connection:
        return sorted(connection.execute(select(MIGRATION.c.name)).scalars())


def test_old_version_is_migrated(old: Made) -> None:
    """What the first version wrote is read, completed and appended to; no event changes."""
    before = contents(old.ledger)
    ledger = Ledger(old.folder, key=old.key)
    assert recorded(ledger) == sorted(NAMES)
    assert contents(ledger) == before
    ledger.append(draft(70))
    found = audit(ledger, verifier_key=old.verifier_key)
    assert (found.problems, found.size) == ((), 71)
    assert len(ledger.prove(3, 70)) == 7
    ledger.close()


def test_broken_old_version_is_left_alone(old: Made) -> None:
    """What does not pass its audit is not migrated, and nothing in it is changed."""
    with old.ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE event SET type = 'x' WHERE seq = 5")
    old.ledger.close()
    with pytest.raises(LedgerBrokenError, match="event 5: not migrated"):
        Ledger(old.folder, key=old.key)
    assert recorded(old.ledger) == ["m001_tables"]


def test_old_version_is_not_migrated_by_a_reader(old: Made) -> None:
    """Opening for reading changes nothing, so that it can only be refused."""
    with pytest.raises(LedgerError, match="older version"):
        Ledger(old.folder, read_only=True)
    assert recorded(old.ledger) == ["m001_tables"]


def test_record_and_change_are_one(old: Made) -> None:
    """A migration that fails half way leaves neither its tables nor its record."""

    def m002_nodes(connection: Connection) -> None:
        migrations.m002_nodes(connection)
        raise LedgerError("interrupted")

    with pytest.raises(LedgerError, match="interrupted"), writing(old.ledger.engine) as connection:
        migrations.apply(connection, m002_nodes, "2026-01-01T00:00:00Z")
    assert recorded(old.ledger) == ["m001_tables"]
    assert not inspect(old.ledger.engine).has_table("node")


def test_several_open_at_once(old: Made) -> None:
    """Processes that open an old ledger at the same time migrate it once."""
    script = (
        "import sys, pathlib\n"
        "from provenance_gen.ledger.store import Ledger\n"
        "Ledger(pathlib.Path(sys.argv[1])).close()\n"
    )
    command = [sys.executable, "-c", script, str(old.folder)]
    others = [subprocess.Popen(command) for _ in range(3)]
    assert [other.wait() for other in others] == [0, 0, 0]
    assert recorded(old.ledger) == sorted(NAMES)


def test_newer_version_is_refused(made: Made) -> None:
    """A ledger with a migration that is not known here is not opened."""
    with writing(made.ledger.engine) as connection:
        connection.execute(MIGRATION.insert().values(name="m999_later", applied_at="x"))
    with pytest.raises(LedgerVersionError, match="m999_later"):
        Ledger(made.folder)
