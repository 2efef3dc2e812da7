"""A log is copied while others write to it; what is copied is one state of it, audited."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from provenance_gen.errors import LedgerError, LedgerForkError
from provenance_gen.ledger import checkpoint
from provenance_gen.ledger.audit import Audit, audit
from provenance_gen.ledger.backup import copy_log, files_under
from provenance_gen.ledger.logs import Strays, audit_given_up, earlier_logs, strays
from provenance_gen.ledger.noted import HeadNote, NotedLedger
from provenance_gen.ledger.store import Ledger
from provenance_gen.records.base import Text
from provenance_gen.records.event import Actor, ActorKind, Draft
from provenance_gen.records.payloads import IntentStated, LogResumed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.ledger.conftest import Made

PERSON = Actor(kind=ActorKind.PERSON)
WRITER = """
import sys, pathlib
from provenance_gen.ledger.store import Ledger
from tests.unit.ledger.test_backup import intent
ledger = Ledger(pathlib.Path(sys.argv[1]))
print("ready", flush=True)
while True:
    ledger.append(intent("x" * 500))
"""


def intent(words: str) -> Draft:
    """Draft an event that carries a text."""
    return Draft(payload=IntentStated(work="w1", intent=Text(words)), actor=PERSON)


def test_copied_while_two_processes_write(made: Made, tmp_path: Path) -> None:
    """Each copy audits clean and is a beginning of the log; the writers go on meanwhile."""
    made.ledger.append_many([intent("x" * 500) for _ in range(1500)])
    command = [sys.executable, "-c", WRITER, str(made.folder)]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    try:
        assert all(w.stdout is not None and w.stdout.readline() for w in writers)
        sizes: list[int] = []
        moved: list[tuple[int, int]] = []
        for number in range(3):
            made.ledger.checkpoint()
            place = tmp_path / f"copy{number}"
            place.mkdir()
            before = made.ledger.head().size
            sizes.append(copy_log(made.folder, place, progress=lambda *m: moved.append(m)))
            assert before <= sizes[-1] <= made.ledger.head().size
            assert moved[-1][0] == moved[-1][1]
            time.sleep(0.05)
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    assert sizes[0] < sizes[1] < sizes[2]
    whole = made.ledger.leaves()
    for number, size in enumerate(sizes):
        copy = Ledger(tmp_path / f"copy{number}", read_only=True)
        found = audit(copy, verifier_key=made.verifier_key)
        assert (found.size, found.problems) == (size, ())
        assert found.checkpoints >= 2
        assert copy.leaves() == whole[:size]
        copy.close()


def test_files_of_another_moment_stay_behind(made: Made, tmp_path: Path) -> None:
    """What lies beside the database is written anew from the copy, and links are not followed."""
    made.ledger.append(intent("one"))
    made.ledger.checkpoint()
    (made.folder / "checkpoints" / "000000000009.note").write_text("of a later moment")
    (made.folder / "checkpoints" / "000000000001 (conflicted copy).note").write_text("x")
    (made.folder / "checkpoints" / "link.note").symlink_to("/etc/hostname")
    place = tmp_path / "copy"
    place.mkdir()
    assert copy_log(made.folder, place) == 1
    names = [file.relative_to(place).as_posix() for file in files_under(place)]
    assert names == ["checkpoints/000000000001.note", "ledger.db"]
    beside = [file.name for file in files_under(made.folder / "checkpoints")]
    assert "link.note" not in beside
    assert len(beside) == 3


def test_time_stamps_go_with_it(made: Made, tmp_path: Path) -> None:
    """The file of a time-stamp is written from its row, byte for byte."""
    made.ledger.append(intent("one"))
    made.ledger.checkpoint()
    with made.ledger.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO anchor VALUES (1, 'a-tsa', x'00ff', 'now')")
    (tmp_path / "copy").mkdir()
    copy_log(made.folder, tmp_path / "copy")
    token = tmp_path / "copy" / "checkpoints" / "000000000001.a-tsa.tsr"
    assert token.read_bytes() == b"\x00\xff"


def test_a_database_names_no_path(made: Made, tmp_path: Path) -> None:
    """A database from anybody cannot have a file written outside its folder."""
    with made.ledger.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO anchor VALUES (1, '../../x', x'00', 'now')")
    (tmp_path / "a" / "b").mkdir(parents=True)
    copy_log(made.folder, tmp_path / "a" / "b")
    assert [f.relative_to(tmp_path / "a").as_posix() for f in files_under(tmp_path / "a")] == [
        "b/ledger.db"
    ]


def test_no_database(tmp_path: Path) -> None:
    """What is no ledger is refused in our own words."""
    (tmp_path / "to").mkdir()
    with pytest.raises(LedgerError):
        copy_log(tmp_path, tmp_path / "to")
    (tmp_path / "ledger.db").write_bytes(b"no database" * 500)
    with pytest.raises(LedgerError):
        copy_log(tmp_path, tmp_path / "to")


def test_nothing_is_signed_against_the_note(made: Made, tmp_path: Path) -> None:
    """A head that was vouched for binds every later one, whatever lies in the folder."""
    note = HeadNote(tmp_path / "head.json")
    assert note.read() is None
    made.ledger.append(intent("shared"))
    (tmp_path / "old").mkdir()
    copy_log(made.folder, tmp_path / "old")
    ledger = NotedLedger(made.folder, key=made.key, note=note)
    ledger.append(intent("given away"))
    assert ledger.checkpoint().size == 2
    assert (noted := note.read()) is not None
    assert (noted.origin, noted.size) == (ledger.origin, 2)
    ledger.close()
    older = NotedLedger(tmp_path / "old", key=made.key, note=note)
    with pytest.raises(LedgerForkError, match="it holds 1 events, and 2 have been vouched for"):
        older.checkpoint()
    older.append_many([intent("another"), intent("and one more")])
    with pytest.raises(LedgerForkError, match="event 1 is another"):
        older.checkpoint()
    assert list((tmp_path / "old" / "checkpoints").glob("*.note")) == []
    older.close()
    other = Ledger.create(tmp_path / "old" / "other", origin="another", key=made.key)
    with pytest.raises(LedgerForkError, match="another log"):
        note.advance(other)
    other.close()


@pytest.mark.parametrize("junk", ["", "[]", "{}", '{"origin": 1, "size": "x", "leaf": null}'])
def test_a_damaged_note_is_said(tmp_path: Path, junk: str) -> None:
    """A damaged note is never taken for none."""
    (tmp_path / "head.json").write_text(junk)
    with pytest.raises(LedgerError, match="not a noted head"):
        HeadNote(tmp_path / "head.json").read()


def resumed(log: str, size: int = 0) -> Draft:
    """Draft the first event of a later log."""
    return Draft(payload=LogResumed(log=log, size=size, root="0" * 64), actor=PERSON)


def test_logs_are_found_by_their_first_events(made: Made, tmp_path: Path) -> None:
    """The way back is told by events; circles, gaps and foreign logs are refused."""
    made.ledger.append(intent("one"))
    second = Ledger.create(tmp_path / "two", origin="two", key=made.key)
    second.append(resumed("provgen-test", 1))
    places = {"provgen-test": made.folder, "two": tmp_path / "two", "gone": tmp_path / "gone"}
    found = earlier_logs(second, places.__getitem__, read_only=True)
    assert [(log.ledger.origin, log.cited.size) for log in found] == [("provgen-test", 1)]
    for log in found:
        log.ledger.close()
    assert earlier_logs(made.ledger, places.__getitem__, read_only=True) == ()
    for number, (draft, words) in enumerate(
        [
            (resumed("gone"), "missing"),
            (resumed("provgen-test", 2), "lost events"),
            (resumed("bad0"), "circle"),
        ]
    ):
        folder = tmp_path / f"bad{number}"
        bad = Ledger.create(
            folder, origin="bad0" if words == "circle" else folder.name, key=made.key
        )
        bad.append(draft)
        with pytest.raises(LedgerError, match=words):
            earlier_logs(bad, places.__getitem__, read_only=True)
        bad.close()
    second.close()


def test_lost_events_are_not_held_against_a_log_that_was_given_up(made: Made) -> None:
    """Checkpoints over lost events are why a new log was begun; every other fault still counts."""

    def checks(ledger: Ledger) -> Audit:
        return audit(ledger, verifier_key=made.verifier_key)

    made.ledger.append(intent("one"))
    made.ledger.checkpoint()
    assert strays(made.ledger, made.verifier_key) == Strays()
    for size in (1, 9):
        later = checkpoint.write("provgen-test", size, b"\x01" * 32, made.key)
        (made.folder / "checkpoints" / f"{size:012d}.note").write_bytes(later.note.encode())
    assert strays(made.ledger, made.verifier_key) == Strays(beyond=9, other=1)
    assert not checks(made.ledger).passed
    assert audit_given_up(made.ledger, checks).passed
    with made.ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE event SET leaf = zeroblob(32)")
    assert not audit_given_up(made.ledger, checks).passed
