"""The ledger read with the standard library says what the store says, and refuses the rest."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlmodel import SQLModel

from provenance_gen.errors import LedgerError
from provenance_gen.ledger import migrations, plain
from provenance_gen.ledger.plain import PlainLedger, UnusualError
from provenance_gen.records.event import Actor, ActorKind, Draft
from provenance_gen.records.payloads import IntentStated, LogResumed, WorkCreated

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.ledger.conftest import Made

STATEMENTS = {name: text for name, text in vars(plain).items() if str(text).startswith("SELECT")}
ACTOR = Actor(kind=ActorKind.PERSON)


def fill(made: Made, count: int) -> None:
    """Append works, each with an intent."""
    for number in range(count):
        begun = WorkCreated(work=f"w{number:016x}", title=f"Work {number}")
        stated = IntentStated(work=begun.work, intent="warm sky")
        made.ledger.append_many([Draft(payload=p, actor=ACTOR) for p in (begun, stated)])


def test_says_what_the_store_says(made: Made) -> None:
    """Events with their texts over several pages, leaves, subjects and the origin."""
    fill(made, 300)
    made.ledger.append(Draft(payload=IntentStated(work="w1", intent="雨"), actor=ACTOR))
    asked = PlainLedger(made.folder)
    assert asked.origin == made.ledger.origin
    assert list(asked.events()) == list(made.ledger.events())
    leaves = made.ledger.leaves()
    for place in (0, 1, 600):
        assert asked.leaf_at(place) == leaves[place].hex()
    assert asked.leaf_at(-1) is asked.leaf_at(601) is None
    for kind, key in (("work", "w1"), ("work", "w2"), ("image", "w1"), ("work", f"w{5:016x}")):
        assert asked.knows(kind, key) is bool(made.ledger.find(kind, key))
    asked.close()


def test_sees_what_is_appended_meanwhile_and_writes_nothing(made: Made) -> None:
    """It waits for nobody: readers and a writer go on beside each other."""
    asked = PlainLedger(made.folder)
    assert not asked.knows("work", "w1")
    made.ledger.append(Draft(payload=IntentStated(work="w1", intent=None), actor=ACTOR))
    assert asked.knows("work", "w1")
    with pytest.raises(LedgerError, match="readonly"):
        asked._rows("DELETE FROM subject")
    asked.close()


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_name_what_the_tables_have(name: str) -> None:
    """Every table and column of a statement is one of ``tables``: they cannot drift apart."""
    text = STATEMENTS[name]
    (table,) = re.findall(r"FROM (\w+)", text)
    if table == "sqlite_master":
        return
    columns = {c.name for c in SQLModel.metadata.tables[table].columns}
    named = set(re.findall(r"\b[a-z]\w*", text.replace(f"FROM {table}", "")))
    assert named
    assert named <= columns


def test_its_tables_are_those_of_every_migration() -> None:
    """Whoever adds a migration has to look at the statements."""
    assert {one.__name__ for one in migrations.MIGRATIONS} == plain.APPLIED


def _trigger(database: sqlite3.Connection) -> None:
    database.execute("CREATE TRIGGER t AFTER INSERT ON event BEGIN SELECT 1; END")


def _view(database: sqlite3.Connection) -> None:
    database.execute("ALTER TABLE subject RENAME TO other")
    database.execute("CREATE VIEW subject AS SELECT * FROM other")


def _older(database: sqlite3.Connection) -> None:
    database.execute("DELETE FROM migration WHERE name = 'm002_nodes'")


def _newer(database: sqlite3.Connection) -> None:
    database.execute("INSERT INTO migration VALUES ('m999_other', 'now')")


def _headless(database: sqlite3.Connection) -> None:
    database.execute("DELETE FROM head")


@pytest.mark.parametrize("change", [_trigger, _view, _older, _newer, _headless])
def test_what_is_not_as_usual_is_refused(
    made: Made, change: Callable[[sqlite3.Connection], None]
) -> None:
    """So that the store judges it, and says what is wrong."""
    PlainLedger(made.folder).close()
    with contextlib.closing(sqlite3.connect(made.folder / "ledger.db")) as database, database:
        change(database)
    database.close()
    with pytest.raises(UnusualError):
        PlainLedger(made.folder)


def test_other_files_are_refused(made: Made, tmp_path: Path) -> None:
    """None there, no database, and one with a redaction to complete."""
    (made.folder / plain.PENDING).touch()
    with pytest.raises(UnusualError):
        PlainLedger(made.folder)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(UnusualError):
        PlainLedger(empty)
    (empty / "ledger.db").write_bytes(b"no database" * 100)
    with pytest.raises(UnusualError):
        PlainLedger(empty)
    assert [file.name for file in empty.iterdir()] == ["ledger.db"]


def test_a_later_log_is_refused(made: Made) -> None:
    """What it goes on from is read by the open studio only."""
    cited = LogResumed(log="provgen-old", size=1, root="0" * 64, leaf="0" * 64, reason="moved")
    made.ledger.append(Draft(payload=cited, actor=ACTOR))
    with pytest.raises(UnusualError):
        PlainLedger(made.folder)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE event SET body = X'7b7d' WHERE seq = 1", "not those that were hashed"),
        ("DELETE FROM event WHERE seq = 1", "missing"),
        ("UPDATE event SET leaf = X'00' WHERE seq = 0", "not those that were hashed"),
    ],
)
def test_damaged_events_are_not_read(made: Made, damage: str, said: str) -> None:
    """As in the store, bytes are believed no further than their hash leads."""
    fill(made, 2)
    with contextlib.closing(sqlite3.connect(made.folder / "ledger.db")) as database, database:
        database.execute(damage)
    database.close()
    asked = PlainLedger(made.folder)
    with pytest.raises(LedgerError, match=said):
        list(asked.events())
    asked.close()
