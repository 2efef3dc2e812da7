"""The audit names what is wrong, whatever is changed in the database or beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select

from provenance_gen.ledger.audit import Audit, audit
from provenance_gen.ledger.tables import CHECKPOINT, EVENT, HEAD, SECRET, SUBJECT
from provenance_gen.records.base import Text
from provenance_gen.records.event import Actor, ActorKind, Draft
from provenance_gen.records.image import StoredImage
from provenance_gen.records.payloads import (
    AttemptCompleted,
    GeneratedImage,
    IntentStated,
    TextRedacted,
)

if TYPE_CHECKING:
    from tests.unit.ledger.conftest import Made

PERSON = Actor(kind=ActorKind.PERSON)
STORED = StoredImage(pixel_digest="a" * 64, file_digest="b" * 64, width=8, height=8)
OTHER_BODY = b'{"v":1}'


@pytest.fixture
def filled(made: Made) -> Made:
    """A ledger with nine events, a checkpoint after six of them, and one image."""
    drafts = [
        Draft(payload=IntentStated(work="w1", intent=Text(f"words {n}")), actor=PERSON)
        for n in range(8)
    ]
    made.ledger.append_many(drafts[:6])
    made.ledger.checkpoint()
    done = AttemptCompleted(
        work="w1", attempt="a1", images=(GeneratedImage(image=STORED),), milliseconds=1
    )
    made.ledger.append_many([*drafts[6:], Draft(payload=done, actor=PERSON)])
    assert checked(made).passed
    return made


def checked(made: Made) -> Audit:
    """Audit with the ledger's key."""
    return audit(made.ledger, verifier_key=made.verifier_key)


def changed(made: Made, statement: str) -> Audit:
    """Run a statement that must change something, then audit."""
    with made.ledger.engine.begin() as connection:
        before = [tuple(row) for table in TABLES for row in connection.execute(select(table))]
        connection.exec_driver_sql(statement)
        after = [tuple(row) for table in TABLES for row in connection.execute(select(table))]
    assert before != after
    return checked(made)


TABLES = (EVENT, HEAD, SECRET, SUBJECT, CHECKPOINT)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET body = x'7b7d' WHERE seq = 3",
        "UPDATE event SET leaf = zeroblob(32) WHERE seq = 3",
        "UPDATE event SET type = 'image.selected' WHERE seq = 3",
        "UPDATE event SET session_id = 's' WHERE seq = 3",
        "UPDATE event SET seq = 77 WHERE seq = 8",
        "DELETE FROM event WHERE seq = 3",
        "DELETE FROM event WHERE seq = 8",
        "INSERT INTO event SELECT 9, session_id, type, body, zeroblob(32) FROM event WHERE seq = 8",
        "UPDATE event SET body = (SELECT body FROM event WHERE seq = 5) WHERE seq = 4",
        "UPDATE head SET size = 8",
        "UPDATE head SET last = zeroblob(32)",
        "UPDATE head SET frontier = zeroblob(32)",
        "UPDATE head SET origin = 'other'",
        "DELETE FROM head",
        "UPDATE secret SET disclosure = 'WyJhIiwiL2ludGVudCIsIngiXQ' WHERE seq = 2",
        "UPDATE secret SET path = '/other' WHERE seq = 2",
        "UPDATE secret SET seq = 70 WHERE seq = 2",
        "DELETE FROM subject WHERE seq = 2",
        "INSERT INTO subject VALUES ('image', 'x', 2)",
        "UPDATE checkpoint SET note = replace(note, '6', '5')",
        "UPDATE checkpoint SET note = 'x'",
    ],
)
def test_every_change_is_found(filled: Made, statement: str) -> None:
    """Whatever is changed, deleted, renumbered, swapped or inserted is a problem."""
    assert not changed(filled, statement).passed


def test_deleted_text(filled: Made) -> None:
    """A deleted text leaves the ledger whole where an event says so, and only there."""
    found = changed(filled, "DELETE FROM secret WHERE seq = 2")
    assert [(p.sequence, p.what) for p in found.problems] == [
        (2, "the text of /intent is gone, and no event says why")
    ]
    assert audit(filled.ledger, deletions_here=False).passed
    told = TextRedacted(event=filled.ledger.leaves()[2].hex(), field=("intent",))
    filled.ledger.append(Draft(payload=told, actor=PERSON))
    found = checked(filled)
    assert (found.problems, found.withheld) == ((), 1)


def test_first_broken_event_is_named(filled: Made) -> None:
    """The first problem says which event it concerns."""
    found = changed(filled, "UPDATE event SET body = body || x'20' WHERE seq = 4")
    assert found.problems[0].sequence == 4


def test_rolled_back_database_is_noticed(filled: Made) -> None:
    """A database that lost its newest events stands against the checkpoint outside it."""
    with filled.ledger.engine.begin() as connection:
        for table in (EVENT, SECRET, SUBJECT):
            connection.execute(delete(table).where(table.c.seq >= 3))
        connection.exec_driver_sql("DELETE FROM checkpoint")
    found = checked(filled)
    assert any("has seen 6 events, 3 are there" in problem.what for problem in found.problems)


def test_damaged_checkpoint_file(filled: Made) -> None:
    """A checkpoint file that is not one is a problem, not an exception."""
    (filled.folder / "checkpoints" / "000000000002.note").write_bytes(b"\xff\xfe")
    assert not checked(filled).passed


def test_images_are_asked_for(filled: Made) -> None:
    """Each stored image is checked once, and what is wrong is named with its event."""
    asked: list[StoredImage] = []

    def missing(stored: StoredImage) -> str:
        asked.append(stored)
        return "the file is missing"

    found = audit(filled.ledger, image_problem=missing)
    assert asked == [STORED]
    assert [(p.sequence, p.what) for p in found.problems] == [(8, "the file is missing")]


@pytest.mark.parametrize("junk", [OTHER_BODY, b"", b"\xff", b"[" * 5000, b'{"v":1,"commit":3}'])
def test_junk_never_escapes(filled: Made, junk: bytes) -> None:
    """Whatever bytes stand in a body, the audit answers with problems."""
    with filled.ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE event SET body = ? WHERE seq = 5", (junk,))
    assert not checked(filled).passed
