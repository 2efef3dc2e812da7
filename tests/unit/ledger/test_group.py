"""Threads that append at once share a commit, and nobody pays for another's mistake."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from provenance_gen.errors import CanonicalFormError, LedgerError
from provenance_gen.ledger.audit import audit
from provenance_gen.ledger.database import writing
from provenance_gen.ledger.group import Group, Job
from provenance_gen.ledger.store import Ledger
from provenance_gen.records.event import Basis, Draft
from provenance_gen.records.payloads import IntentStated
from tests.unit.ledger.events import PERSON, intent

if TYPE_CHECKING:
    from tests.unit.ledger.conftest import Made

Numbers = Sequence[Job[int, int]]


def test_threads_share_commits(made: Made) -> None:
    """While one commit is held up, the others gather and go together in the next one."""
    commits: list[None] = []
    event.listen(made.ledger.engine, "commit", lambda _: commits.append(None))
    with ThreadPoolExecutor(64) as pool:
        with writing(made.ledger.engine):
            # Nobody can commit here, so that all of them are waiting when the lock is free.
            waiting = [pool.submit(made.ledger.append, intent(str(n))) for n in range(64)]
            time.sleep(0.5)
        receipts = [future.result() for future in waiting]
    assert sorted(receipt.sequence for receipt in receipts) == list(range(64))
    assert len(commits) < 10
    assert audit(made.ledger, verifier_key=made.verifier_key).problems == ()


def test_a_mistake_is_its_own_callers(made: Made) -> None:
    """Of several threads one hands in what cannot be written; only that one is told so."""
    broken = Draft.model_construct(
        payload=IntentStated.model_construct(work="a b", intent=None),
        actor=PERSON,
        basis=Basis.INFERRED,
    )
    unwritable = intent("x").model_copy(update={"actor": PERSON.model_copy(update={"id": 2**60})})

    def append(number: int) -> int | str:
        try:
            draft = (intent("fine"), broken, unwritable)[number % 3]
            return made.ledger.append(draft).sequence
        except CanonicalFormError as error:
            return error.path

    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(append, range(36)))
    assert sorted(n for n in found if isinstance(n, int)) == list(range(12))
    assert [n for n in found if isinstance(n, str)] == ["/work", "/actor/id"] * 12
    assert audit(made.ledger).size == 12


def test_acknowledged_after_the_commit(made: Made) -> None:
    """What ``append`` has returned another connection can read at once."""
    reader = Ledger(made.folder, read_only=True)

    def append(number: int) -> bool:
        receipt = made.ledger.append(intent(str(number)))
        return reader.head().size > receipt.sequence

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(append, range(80)))
    reader.close()


def test_a_slow_reader_blocks_nobody(made: Made) -> None:
    """Events are appended while somebody is in the middle of reading."""
    made.ledger.append_many([intent(str(n)) for n in range(3)])
    reading = made.ledger.events()
    assert next(reading).sequence == 0
    with made.ledger.engine.begin() as connection:
        rows = connection.exec_driver_sql("SELECT seq FROM event")
        assert rows.fetchone() == (0,)
        made.ledger.append(intent("meanwhile"))
        assert len(rows.fetchall()) == 2
    assert made.ledger.head().size == 4
    assert len(list(reading)) == 2


def test_an_empty_group(made: Made) -> None:
    """Nothing to append is nothing done."""
    assert made.ledger.append_many([]) == ()
    assert made.ledger.head().size == 0


def test_failure_of_the_commit_is_everybodys() -> None:
    """An error of the shared commit reaches each caller; the next commit is tried afresh."""
    tried: list[int] = []

    def perform(jobs: Numbers) -> None:
        tried.extend(job.work for job in jobs)
        if len(tried) == 1:
            raise LedgerError("the disk is full")
        for job in jobs:
            job.result = job.work * 2

    group = Group(perform)
    with pytest.raises(LedgerError, match="full"):
        group.do(1)
    assert group.do(2) == 4


def test_interrupted_leader() -> None:
    """A thread that is interrupted in the commit leaves nobody waiting for ever."""
    entered, go_on = threading.Event(), threading.Event()

    def perform(jobs: Numbers) -> None:
        if jobs[0].work == 1:
            entered.set()
            go_on.wait()
            raise KeyboardInterrupt
        for job in jobs:
            job.result = job.work

    group = Group(perform)

    def lead() -> str:
        try:
            group.do(1)
        except KeyboardInterrupt:
            return "interrupted"
        return "went on"

    with ThreadPoolExecutor(2) as pool:
        leader = pool.submit(lead)
        entered.wait()
        follower = pool.submit(group.do, 2)
        go_on.set()
        assert (leader.result(), follower.result()) == ("interrupted", 2)
