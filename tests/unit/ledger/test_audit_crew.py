"""A ledger that is read in parts, by processes or threads, is judged as one process judges it."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from provenance_gen.errors import LedgerError
from provenance_gen.ledger.audit import Audit, audit
from provenance_gen.ledger.audit_crew import ALONE, Sharing, together
from provenance_gen.ledger.audit_part import Found, Part, Reader
from provenance_gen.ledger.audit_process import Process
from provenance_gen.ledger.store import Ledger
from tests.unit.ledger.events import draft
from tests.unit.ledger.tampering import PARTS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.ledger.conftest import Made

EVENTS = 530
"""Two parts of 256 events and a rest, and more than 16 parts of 16: higher nodes in both."""
PROCESSES = Sharing(above=0, length=256, processes=2)
BESIDE = Sharing(beside=0)


@pytest.fixture
def filled(made: Made) -> Made:
    """A ledger with checkpoints at the borders of parts and between them."""
    done = 0
    for size in (1, 16, 100, 256, 257, EVENTS):
        made.ledger.append_many([draft(n) for n in range(done, size)])
        made.ledger.checkpoint()
        done = size
    return made


def alike(made: Made, sharing: Sharing) -> Audit:
    """Audit in parts and alone; both have to find the same."""
    alone = audit(made.ledger, verifier_key=made.verifier_key, sharing=ALONE)
    assert audit(made.ledger, verifier_key=made.verifier_key, sharing=sharing) == alone
    return alone


@pytest.mark.parametrize("length", [1, 16, 256, 4096])
def test_parts_of_any_length(filled: Made, length: int) -> None:
    """Wherever the borders lie, root, counts and checkpoints are the same."""
    sharing = replace(PARTS, length=length)
    found = alike(filled, sharing)
    assert (found.passed, found.size, found.checkpoints) == (True, EVENTS, 12)
    demand_enough(filled, sharing)


def demand_enough(made: Made, sharing: Sharing) -> None:
    """Have every event read once, in parts; after a mistake in those, one process starts anew."""
    moved: list[tuple[int, int]] = []
    audit(made.ledger, sharing=sharing, progress=partial(noted, moved))
    done = [number for number, _ in moved]
    assert done == [*range(sharing.length, EVENTS, sharing.length), EVENTS, EVENTS]


def noted(moved: list[tuple[int, int]], done: int, total: int) -> None:
    """Keep what is told of progress."""
    moved.append((done, total))


def test_parts_are_enough(filled: Made) -> None:
    """Where all is well nobody starts again, in processes neither."""
    demand_enough(filled, PROCESSES)


def used(made: Made, sharing: Sharing) -> int | None:
    """Say how many read parts; None where the file is not looked through meanwhile either."""
    with together(made.ledger.engine, made.ledger.origin, sharing) as (_, crew):
        return None if crew is None else len(crew.readers)


def test_processes(filled: Made) -> None:
    """What processes of their own find wrong is named as one process names it."""
    with filled.ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE event SET type = 'x' WHERE seq = 300")
    assert alike(filled, PROCESSES).broken == 300


class Dying(Process):
    """A process that is killed when it is asked for its first part."""

    def read(self, part: Part) -> Found | None:
        """Kill it, then ask."""
        os.kill(self._process.pid, signal.SIGTERM)
        return super().read(part)


def test_a_process_that_dies(filled: Made) -> None:
    """Where a process dies, the ledger is read by one."""
    assert alike(filled, replace(PROCESSES, reader=Dying)).passed


class Hanging(Process):
    """A process that is stopped when it is asked for its first part, and not waited for long."""

    patience = 3.0

    def read(self, part: Part) -> Found | None:
        """Stop it, then ask."""
        os.kill(self._process.pid, signal.SIGSTOP)
        return super().read(part)


@pytest.mark.skipif(sys.platform == "win32", reason="no process is stopped by a signal there")
def test_a_process_that_hangs(filled: Made) -> None:
    """Where a process does not answer in time it is ended, and the ledger is read by one."""
    assert alike(filled, replace(PROCESSES, reader=Hanging)).passed


def test_what_a_process_loads() -> None:
    """No database layer and no records: it has to be there at once."""
    code = "import provenance_gen.ledger.audit_part, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.decode().split()}
    assert {"orjson", "sqlite3"} <= loaded
    assert not loaded & {"sqlalchemy", "sqlmodel", "pydantic", "cryptography", "numpy", "PIL"}


def test_a_frozen_program_starts_none(filled: Made) -> None:
    """Its executable is the program itself, which would begin once more."""
    sys.frozen = True  # type: ignore[attr-defined]
    try:
        assert used(filled, PROCESSES) == 0
    finally:
        del sys.frozen  # type: ignore[attr-defined]


def absent(uri: str, origin: str) -> Process:
    """Fail as a machine does that has no room for another process."""
    raise OSError(uri, origin)


def test_no_process_can_be_had(filled: Made) -> None:
    """Where none can be started, the ledger is read by one."""
    assert used(filled, replace(PROCESSES, reader=absent)) == 0
    assert alike(filled, replace(PROCESSES, reader=absent)).passed


def test_small_ledgers_are_read_by_one(filled: Made) -> None:
    """No process is started for a small ledger, nor by one processor."""
    assert used(filled, Sharing()) is None
    assert used(filled, replace(PARTS, processes=1)) == 0
    assert used(filled, PARTS) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET type = 'x' WHERE seq = 300",
        "DELETE FROM secret WHERE seq = 500",
        # An index that differs from its table, which only the file's own check can see.
        """PRAGMA writable_schema = ON; UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM
        sqlite_master WHERE name = 'sqlite_autoindex_node_1' OR name = 'sqlite_autoindex_secret_1')
        WHERE name = 'ix_event_session_id'""",
    ],
)
def test_the_file_is_looked_through_meanwhile(filled: Made, statement: str) -> None:
    """Where the file is looked through beside the reading, the answer is the same."""
    assert used(filled, BESIDE) == 0
    assert alike(filled, BESIDE).passed
    filled.ledger.engine.dispose()
    with contextlib.closing(sqlite3.connect(filled.folder / "ledger.db")) as connection:
        connection.executescript(statement)
    assert not alike(filled, BESIDE).passed


def test_a_damaged_page_is_named_alike(filled: Made) -> None:
    """Whatever the reading beside met first: each page in turn says that a cell is elsewhere."""
    filled.ledger.close()
    file = filled.folder / "ledger.db"
    whole, size = file.read_bytes(), 4096
    pages = [n for n in range(size, len(whole), size) if whole[n] in (2, 5, 10, 13)]
    for page in [n for n in pages if whole[n + 3 : n + 5] != b"\x00\x00"][:30]:
        cells = page + (12 if whole[page] in (2, 5) else 8)
        file.write_bytes(whole[:cells] + b"\x4f\x73" + whole[cells + 2 :])
        (answer,) = {_answer(filled.folder, sharing) for sharing in (ALONE, BESIDE)}
        assert isinstance(answer, str) or not answer.passed


def _answer(folder: Path, sharing: Sharing) -> Audit | str:
    try:
        with contextlib.closing(Ledger(folder, read_only=True)) as ledger:
            return audit(ledger, sharing=sharing)
    except LedgerError as error:
        return str(error)


def test_all_see_one_state(filled: Made) -> None:
    """Where something is committed while the readers begin to look, they look again."""
    looks = []

    class Late(Reader):
        """A reader during whose first two looks another process appends."""

        def look(self) -> int:
            size = super().look()
            looks.append(1)
            if len(looks) <= 2:
                other = Ledger(filled.folder, key=filled.key)
                other.append(draft(0))
                other.close()
            return size

    sharing = replace(PARTS, reader=Late)
    with together(filled.ledger.engine, filled.ledger.origin, sharing) as (connection, crew):
        assert crew is not None
        size = connection.exec_driver_sql("SELECT size FROM head").scalar()
    assert (size, len(looks)) == (EVENTS + 2, 4)
    assert alike(filled, PARTS).passed


def test_who_writes_all_the_time_is_read_by_one(filled: Made) -> None:
    """Where no common state is found, one process reads."""

    class Never(Reader):
        """A reader during each of whose looks another process appends."""

        def look(self) -> int:
            size = super().look()
            other = Ledger(filled.folder, key=filled.key)
            other.append(draft(0))
            other.close()
            return size

    assert used(filled, replace(PARTS, reader=Never)) is None


def test_rows_in_another_order(filled: Made) -> None:
    """An index whose rows were written in another order is as good, and is compared by one."""
    with filled.ledger.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE kept AS SELECT * FROM subject ORDER BY key DESC")
        connection.exec_driver_sql("DELETE FROM subject")
        connection.exec_driver_sql("INSERT INTO subject SELECT * FROM kept")
        connection.exec_driver_sql("DROP TABLE kept")
    assert alike(filled, PARTS).passed


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE subject SET key = 'x' WHERE seq = 300 AND kind = 'work'",
        "INSERT INTO subject VALUES ('work', 'w', -1)",
        "INSERT INTO subject VALUES ('work', 'w', 99999)",
        "INSERT INTO subject VALUES ('work', 'w', 'text')",
        "INSERT INTO secret VALUES (99999, '/x', 'y')",
        "INSERT INTO secret VALUES (-1, '/x', 'y')",
        "INSERT INTO secret VALUES ('text', '/x', 'y')",
        "INSERT INTO node VALUES (99999999, zeroblob(32))",
        "INSERT INTO node VALUES (-5, zeroblob(32))",
        "UPDATE node SET hash = zeroblob(32) WHERE number = 255",
        "DELETE FROM node WHERE number = 255",
        "UPDATE node SET hash = zeroblob(32) WHERE number = 15",
        "DELETE FROM event WHERE seq = 256",
        "DELETE FROM event WHERE seq >= 256",
        "UPDATE event SET seq = 9999 WHERE seq = 529",
        "UPDATE head SET size = 529",
        "UPDATE head SET size = 600",
    ],
)
def test_what_no_part_would_see(filled: Made, statement: str) -> None:
    """Rows outside all parts, and what belongs to no part, are found all the same."""
    with filled.ledger.engine.begin() as connection:
        assert connection.exec_driver_sql(statement).rowcount
    assert not alike(filled, PARTS).passed


def test_a_copy_that_cannot_be_written(filled: Made, tmp_path: Path) -> None:
    """A ledger opened for reading only is read in parts too."""
    filled.ledger.close()
    with_read_only = Ledger(tmp_path, read_only=True)
    assert alike(filled._replace(ledger=with_read_only), PARTS).passed
    with_read_only.close()


INTERRUPTED = """
import sys
from pathlib import Path
from provenance_gen.ledger.audit import audit
from provenance_gen.ledger.audit_crew import Sharing
from provenance_gen.ledger.store import Ledger
ledger = Ledger(Path(sys.argv[1]), read_only=True)
sharing = Sharing(above=0, length=1, processes=2)


def wait(done, of):
    print(done, flush=True)
    sys.stdin.read()


audit(ledger, sharing=sharing, progress=wait)
"""


def alive(pid: int) -> bool:
    """Tell whether a process runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process there")
def test_interrupted(filled: Made) -> None:
    """Ctrl-C ends the audit and the processes that it started."""
    command = [sys.executable, "-c", INTERRUPTED, str(filled.folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        process.stdout.readline()
        helpers = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, check=True
        ).stdout.split()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert said.rstrip().endswith(b"KeyboardInterrupt")
    assert len(helpers) >= 2
    ends = time.monotonic() + 10
    while any(alive(int(pid)) for pid in helpers):
        assert time.monotonic() < ends
        time.sleep(0.05)
