"""What is wrong with kept tokens, and what a crash merely left over, are told apart."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from provenance_gen.errors import AnchorError
from provenance_gen.ledger import timestamps
from provenance_gen.ledger.audit import audit
from provenance_gen.ledger.tables import HEAD
from tests.tsa import Server, serving
from tests.unit.ledger.test_anchor import asked, tokens
from tests.unit.ledger.test_store import intent

if TYPE_CHECKING:
    from tests.unit.ledger.conftest import Made


@pytest.mark.parametrize("when", ["before the row", "after the row"])
def test_killed_between_row_and_file(made: Made, server: Server, when: str) -> None:
    """Whichever of the two is there, the audit passes, and the next anchor tidies up."""
    asked(made, server)
    file = made.ledger.notes / "000000000002.loopback.tsr"
    part = file.rename(file.with_suffix(".tsr.part"))
    if when == "before the row":
        with made.ledger.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM anchor")
            connection.execute(HEAD.update().values(anchor=b""))
    found = audit(made.ledger, verifier_key=made.verifier_key, authorities=[server.authority()])
    assert (found.problems, found.tokens) == ((), int(when == "after the row"))
    asked(made, server)
    assert not part.exists()
    assert file.exists() == (when == "after the row")
    assert audit(made.ledger, authorities=[server.authority()]).problems == ()


def test_audit_while_anchoring(made: Made, server: Server) -> None:
    """An audit in the middle of anchoring sees every row with its file."""
    worker = threading.Thread(target=lambda: [asked(made, server) for _ in range(12)])
    worker.start()
    while worker.is_alive():
        assert audit(made.ledger, authorities=[server.authority()]).problems == ()
    worker.join()
    found = audit(made.ledger, verifier_key=made.verifier_key, authorities=[server.authority()])
    assert (found.problems, found.believed, found.anchored) == ((), 12, 24)


def test_every_flip_of_a_token_is_refused_or_harmless(made: Made, server: Server) -> None:
    """A changed token raises our own error, or is the same statement in other bytes."""
    asked(made, server)
    (token,) = tokens(made)
    note = (made.ledger.notes / "000000000002.note").read_text()
    stamped = timestamps.imprint(note)
    good = timestamps.believe(token.data, stamped, server.root)
    accepted = 0
    for place in range(0, len(token.data), 3):
        changed = bytearray(token.data)
        changed[place] ^= 1 << (place % 8)
        try:
            stamp = timestamps.believe(bytes(changed), stamped, server.root)
        except AnchorError:
            continue
        accepted += 1
        assert (stamp.moment, stamp.imprint) == (good.moment, good.imprint)
    assert accepted < 10


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM anchor WHERE size = 2",
        "UPDATE anchor SET size = 3 WHERE size = 2",
        "UPDATE anchor SET size = 'x' WHERE size = 2",
        "UPDATE anchor SET kind = 'other' WHERE size = 2",
        "UPDATE anchor SET kind = '../../x' WHERE size = 2",
        "UPDATE anchor SET kind = 7 WHERE size = 2",
        "UPDATE anchor SET token = zeroblob(900) WHERE size = 2",
        "UPDATE anchor SET token = 'text' WHERE size = 2",
        "UPDATE anchor SET token = (SELECT token FROM anchor WHERE size = 4) WHERE size = 2",
        "UPDATE anchor SET received_at = '2020-01-01T00:00:00.000000Z' WHERE size = 2",
        "UPDATE anchor SET received_at = 5 WHERE size = 2",
        "INSERT INTO anchor SELECT size, 'twin', token, received_at FROM anchor WHERE size = 2",
        "UPDATE head SET anchor = x''",
        "UPDATE head SET anchor = zeroblob(32)",
        "UPDATE head SET anchor = 'text'",
        "DELETE FROM anchor",
    ],
)
def test_every_change_of_the_table_is_found(made: Made, server: Server, statement: str) -> None:
    """Whether or not the user's configuration knows the authority."""
    asked(made, server)
    asked(made, server)
    assert audit(made.ledger).passed
    with made.ledger.engine.begin() as connection:
        assert connection.exec_driver_sql(statement).rowcount > 0
    for authorities in ([], [server.authority()]):
        assert not audit(made.ledger, authorities=authorities).passed


@pytest.mark.parametrize("change", ["gone", "changed", "strange", "copied", "both gone"])
def test_every_change_of_the_files_is_found(made: Made, server: Server, change: str) -> None:
    """A file that is missing, differs or belongs to nothing; a cited token gone from both."""
    asked(made, server)
    made.ledger.append(intent("cites it"))
    file = made.ledger.notes / "000000000002.loopback.tsr"
    if change in ("gone", "both gone"):
        file.unlink()
    elif change == "changed":
        file.write_bytes(file.read_bytes()[:-1] + b"\0")
    elif change == "strange":
        file.with_name("2.loopback.tsr").write_bytes(file.read_bytes())
    elif change == "copied":
        file.with_name("000000000002.twin.tsr").write_bytes(file.read_bytes())
    if change == "both gone":
        with made.ledger.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM anchor")
    found = audit(made.ledger, authorities=[server.authority()])
    assert not found.passed
    if change == "both gone":
        assert [(p.sequence, p.what) for p in found.problems] == [
            (2, "it cites a time-stamp that is not kept")
        ]


def test_a_token_of_a_stranger_bounds_nothing(made: Made, server: Server) -> None:
    """It is carried and not believed; under the name of a configured authority it is a problem."""
    asked(made, server)
    unknown = audit(made.ledger)
    assert (unknown.passed, unknown.tokens, unknown.believed, unknown.anchored) == (True, 1, 0, 0)
    with serving("loopback") as namesake, serving("elsewhere") as other:
        found = audit(made.ledger, authorities=[other.authority()])
        assert (found.passed, found.believed) == (True, 0)
        found = audit(made.ledger, authorities=[namesake.authority()])
        assert not found.passed
    renamed = audit(made.ledger, authorities=[server.authority(name="new name")])
    assert (renamed.passed, renamed.believed) == (True, 1)
