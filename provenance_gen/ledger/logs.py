"""The logs of one studio: the present one, and the earlier ones that it cites.

The first event of a later log is ``log.resumed``: it names the log before it with its size and
root. So the way back is told by events, and nothing else needs to be believed. Earlier logs are
opened without a key, so that nothing is ever signed for them again; to append to one is a mistake.
In which folder each lies is the studio's business.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provenance_gen.digests import read_small
from provenance_gen.errors import LedgerBrokenError, LedgerError
from provenance_gen.ledger import checkpoint
from provenance_gen.ledger.backup import copy_log, files_under
from provenance_gen.ledger.resumed import cited_by
from provenance_gen.ledger.store import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provenance_gen.ledger.audit import Audit
    from provenance_gen.records.payloads import LogResumed

_WAIT_SECONDS: Final = 60
_NOTE: Final = re.compile(r"\d{12,19}\.note")
_MOST: Final = 1000
"""More logs than this are a mistake or an attack."""


@dataclass(frozen=True)
class EarlierLog:
    """A log that a later one cites."""

    ledger: Ledger
    cited: LogResumed
    """How the later one cites it."""


def earlier_logs(
    present: Ledger, place: Callable[[str], Path], *, read_only: bool
) -> tuple[EarlierLog, ...]:
    """Open the logs that the present one goes back to, oldest first.

    Args:
        present: the log that is written now.
        place: tells the folder of a log by its origin.
        read_only: nothing is written; otherwise they are migrated, and texts can be deleted.

    Raises:
        LedgerBrokenError: one of them is missing or is another.
        LedgerError: one of them cannot be opened.
    """
    found: list[EarlierLog] = []
    seen = {present.origin}
    cited = resumed_from(present)
    try:
        while cited is not None:
            _demand_new(cited.log, seen)
            ledger = _open(place(cited.log), cited, read_only=read_only)
            found.append(EarlierLog(ledger, cited))
            cited = resumed_from(ledger)
    except BaseException:
        for log in found:
            log.ledger.close()
        raise
    return tuple(reversed(found))


@dataclass(frozen=True)
class Strays:
    """Checkpoints beside a log that are not of the events it holds."""

    beyond: int = 0
    """Largest size of one over more events; 0 where there is none."""
    other: int = 0
    """Largest size of one over other events; 0 where there is none."""
    unreadable: tuple[str, ...] = ()
    """Names of files that should hold one and do not."""


def strays(ledger: Ledger, verifier_key: str | None) -> Strays:
    """Read the checkpoints beside a log, and say which it contradicts.

    Args:
        ledger: the log.
        verifier_key: whose checkpoints count; without it all of the right form do.

    Raises:
        LedgerError: the log cannot be read.
    """
    size, beyond, other = ledger.head().size, 0, 0
    unreadable = []
    for file in files_under(ledger.notes):
        if not _NOTE.fullmatch(file.name):
            continue  # such as the second copy that a cloud drive made
        try:
            note = read_small(file).decode()
            found = (
                checkpoint.verify(note, verifier_key) if verifier_key else checkpoint.parse(note)
            )
        except (OSError, ValueError, LedgerError):
            unreadable.append(file.name)
            continue
        if found.size > size:
            beyond = max(beyond, found.size)
        elif found.origin != ledger.origin or ledger.root(found.size) != found.root:
            other = max(other, found.size)
    return Strays(beyond, other, tuple(unreadable))


def audit_given_up(
    ledger: Ledger,
    checks: Callable[[Ledger], Audit],
) -> Audit:
    """Audit a log that is gone on from as it stands, whatever lies beside it.

    A log that was put back to an earlier state stands beside checkpoints over events that are
    gone; one that two computers wrote to, beside those of the other. ``strays`` finds them, and
    ``log.resumed`` tells of them; here the log is held against its own tables.

    Args:
        ledger: the log.
        checks: audits a log.

    Raises:
        LedgerError: the database cannot be read at all.
        StorageError: there is no room for a copy.
    """
    found = checks(ledger)
    if found.passed:
        return found
    with tempfile.TemporaryDirectory(prefix="provgen-") as folder:
        copy_log(ledger.notes.parent, Path(folder))
        copy = Ledger(Path(folder))
        try:
            return checks(copy)
        finally:
            copy.close()


@contextlib.contextmanager
def standing_still(ledger: Ledger) -> Iterator[None]:
    """Keep every process from appending to a log while the block runs; nothing is changed.

    Raises:
        LedgerError: another process has kept it locked for long, or it cannot be read.
    """
    path = ledger.notes.parent / "ledger.db"
    try:
        with contextlib.closing(
            sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
        ) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                connection.execute("ROLLBACK")
    except sqlite3.DatabaseError as error:
        raise LedgerError(f"the old log cannot be held ({error})") from error


def resumed_from(ledger: Ledger) -> LogResumed | None:
    """Return how a log cites the one before it; None for the first log of a studio.

    Raises:
        LedgerBrokenError: its first event cannot be read.
    """
    first = next(ledger.events(until=min(1, ledger.head().size)), None)
    return cited_by(first) if first else None


def _demand_new(origin: str, seen: set[str]) -> None:
    if origin in seen or len(seen) > _MOST:
        raise LedgerBrokenError("the logs of this studio cite each other in a circle")
    seen.add(origin)


def _open(folder: Path, cited: LogResumed, *, read_only: bool) -> Ledger:
    if not (folder / "ledger.db").is_file():
        raise LedgerBrokenError(f"the earlier log {cited.log} is missing")
    ledger = Ledger(folder, read_only=read_only)
    if ledger.origin != cited.log:
        ledger.close()
        raise LedgerBrokenError(f"the earlier log {cited.log} is missing")
    if ledger.head().size < cited.size:
        ledger.close()
        raise LedgerBrokenError(f"the earlier log {cited.log} has lost events")
    return ledger
