"""The audit names what is wrong, whatever is changed in the database or beside it."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select

from provenance_gen.images.stored import StoredFiles
from provenance_gen.ledger.audit import Audit, audit
from provenance_gen.ledger.audit_crew import ALONE, Sharing
from provenance_gen.ledger.tables import CHECKPOINT, EVENT, HEAD, SECRET, SUBJECT
from provenance_gen.records.base import Text
from provenance_gen.records.event import Actor, ActorKind, Basis, Draft
from provenance_gen.records.generation import (
    ArgumentArray,
    Call,
    Component,
    GeneratedArray,
    GeneratorState,
    ModelIdentity,
    StoredArray,
    Task,
)
from provenance_gen.records.image import ImageRef, StoredImage
from provenance_gen.records.payloads import (
    AttemptCompleted,
    AttemptStarted,
    ExportPrepared,
    GeneratedImage,
    IntentStated,
    Revision,
    TextRedacted,
    WorkCreated,
)
from tests.parts import ENVIRONMENT
from tests.unit.ledger.events import draft, intent
from tests.unit.ledger.tampering import PARTS

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
    assert (found.problems[0].sequence, found.broken) == (4, 4)
    assert (found.covered, found.proved) == (0, 0)


def test_what_still_stands_is_named(filled: Made) -> None:
    """Events under a checkpoint that ends before the first broken one still stand."""
    found = changed(filled, "UPDATE event SET body = body || x'20' WHERE seq = 7")
    assert (found.broken, found.proved, found.covered) == (7, 6, 6)
    found = changed(filled, "DELETE FROM event WHERE seq = 6")
    assert (found.broken, found.proved) == (6, 6)
    # The bytes under the checkpoint are as they were; that its column lies is said all the same.
    found = changed(filled, "UPDATE event SET type = 'x' WHERE seq = 2")
    assert (found.broken, found.proved, found.covered) == (2, 0, 6)


def test_one_missing_event_is_one_gap(made: Made) -> None:
    """After a gap the numbers go on from there; not every later event is called misnumbered."""
    made.ledger.append_many([draft(n) for n in range(3000)])
    found = changed(made, "DELETE FROM event WHERE seq = 1000")
    gaps = [p for p in found.problems if "are numbered" in p.what]
    assert [(p.sequence, p.what) for p in gaps] == [
        (1000, "events are numbered 1001 where 1000 comes next")
    ]
    assert len(found.problems) < 20


def test_endless_problems_are_counted(made: Made) -> None:
    """Where everything is wrong, a thousand problems are named and the rest counted."""
    made.ledger.append_many([draft(n) for n in range(1500)])
    found = changed(made, "UPDATE event SET type = 'x'")
    assert len(found.problems) == 1001
    assert found.problems[-1].what == "500 more problems are not named"


def test_unfinished_note_is_no_fault(filled: Made) -> None:
    """What a killed process left of a checkpoint file is passed over."""
    (filled.folder / "checkpoints" / ".provgen-x1.note").write_bytes(b"half")
    assert checked(filled).passed


def test_checkpoint_that_only_lies_outside(filled: Made) -> None:
    """A row is committed before its file, so that a file without a row means that one is gone."""
    found = changed(filled, "DELETE FROM checkpoint")
    assert [p.what for p in found.problems] == [
        "checkpoint file 000000000006.note is not in the database"
    ]


def test_a_row_of_another_kind(filled: Made) -> None:
    """A view in the place of a table, and a second head, are named in the ledger's own words."""
    with filled.ledger.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO head SELECT 2, origin, size, last, frontier, anchor FROM head"
        )
    assert any("2 heads" in problem.what for problem in checked(filled).problems)


@pytest.mark.slow
def test_memory_is_bounded(made: Made) -> None:
    """Four times the events take no more memory than a page of them."""
    peaks = []
    for events in (5000, 20_000):
        start = made.ledger.head().size
        for first in range(start, events, 1000):
            made.ledger.append_many([intent(str(n)) for n in range(first, first + 1000)])
        tracemalloc.start()
        assert checked(made).passed
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1_000_000


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
    asked: list[str] = []

    def none_there(name: str) -> None:
        asked.append(name)

    found = audit(filled.ledger, files=StoredFiles(none_there))
    assert asked == [f"images/aa/{STORED.pixel_digest}.png"]
    assert [(p.sequence, p.what) for p in found.problems] == [(8, "the file is missing")]


def test_blobs_that_are_kept_are_asked_for(made: Made) -> None:
    """States, arrays and the scheduler's configuration are; what was only digested is not."""
    digests = iter(f"{number:064x}" for number in range(1, 20))
    kept = [next(digests) for _ in range(4)]
    large = StoredArray(digest=next(digests), dtype="float32", shape=(9,), stored=False)
    array = StoredArray(digest=kept[0], dtype="float32", shape=(2, 2))
    call = Call(
        pipeline="P",
        task=Task.TEXT_TO_IMAGE,
        generators=(GeneratorState(device="cpu", seed="1", state=next(digests), fresh=True),),
        global_generators=(GeneratorState(device="cpu", state=kept[1]),),
        scheduler_config=kept[2],
        arrays=(ArgumentArray(argument="x", array=array), ArgumentArray(argument="y", array=large)),
        components=(Component(name="unet", kind="U", config=next(digests)),),
    )
    started = AttemptStarted(
        work="w",
        attempt="a",
        call=call,
        model=ModelIdentity(kind="object"),
        environment=ENVIRONMENT,
    )
    made.ledger.append(Draft(payload=started, actor=PERSON))
    made_array = StoredArray(digest=kept[3], dtype="float32", shape=(1,))
    done = AttemptCompleted(
        work="w",
        attempt="a",
        images=(),
        arrays=(GeneratedArray(field="latents", array=made_array),),
        milliseconds=1,
    )
    made.ledger.append(Draft(payload=done, actor=PERSON))
    asked: list[str] = []

    def none_there(name: str) -> None:
        asked.append(name)

    found = audit(made.ledger, files=StoredFiles(none_there))
    assert sorted(asked) == sorted(f"blobs/00/{digest}" for digest in kept)
    assert (len(found.problems), found.blobs) == (4, 4)
    assert all("is missing" in problem.what for problem in found.problems)


@pytest.mark.parametrize("junk", [OTHER_BODY, b"", b"\xff", b"[" * 5000, b'{"v":1,"commit":3}'])
def test_junk_never_escapes(filled: Made, junk: bytes) -> None:
    """Whatever bytes stand in a body, the audit answers with problems."""
    with filled.ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE event SET body = ? WHERE seq = 5", (junk,))
    assert not checked(filled).passed


def begun(work: str) -> Draft:
    """Draft the beginning of a work."""
    return Draft(payload=WorkCreated(work=work, title=Text("Harbour")), actor=PERSON)


@pytest.mark.parametrize("sharing", [ALONE, replace(PARTS, length=1), replace(PARTS, length=16)])
def test_identifiers_that_are_given_twice(made: Made, sharing: Sharing) -> None:
    """A second event that gives an identifier is named; nothing is broken by it."""
    prepared = ExportPrepared(
        work="w1",
        export="x1",
        image=ImageRef(origin="a1", pixel_digest="a" * 64),
        file_format="png",
        disclosure="full",
        pixel_digest="a" * 64,
    )
    twice = Draft(payload=prepared, actor=PERSON)
    drafts = [begun("w1"), begun("w2"), intent("x"), twice, begun("w3"), begun("w2"), twice]
    made.ledger.append_many([*drafts, *(begun(f"v{n}") for n in range(20)), begun("v7")])
    found = audit(made.ledger, verifier_key=made.verifier_key, sharing=sharing)
    assert found.passed
    assert [(each.sequence, each.what) for each in found.findings] == [
        (5, "it gives an identifier that event 1 has given already (work w2)"),
        (6, "it gives an identifier that event 3 has given already (export x1)"),
        (27, "it gives an identifier that event 14 has given already (work v7)"),
    ]


def test_many_identifiers_that_are_given_twice(made: Made) -> None:
    """A log that gives one over and over does not fill the memory, nor the screen."""
    made.ledger.append_many([begun("w1")] * 300)
    found = checked(made).findings
    assert (len(found), found[-1].what) == (101, "199 more identifiers were given twice")


def test_an_attempt_names_others(made: Made) -> None:
    """Only the identifier that an event gives counts, not those that it speaks of."""
    first = AttemptStarted(
        work="w1",
        attempt="a1",
        call=Call(pipeline="P", task=Task.TEXT_TO_IMAGE),
        model=ModelIdentity(kind="object"),
        environment=ENVIRONMENT,
    )
    revised = Revision(attempt="a1", basis=Basis.CONTEMPORANEOUS)
    second = first.model_copy(update={"attempt": "a2", "revision": revised})
    made.ledger.append_many([Draft(payload=p, actor=PERSON) for p in (first, second)])
    assert checked(made).findings == ()
