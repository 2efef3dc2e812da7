"""Check everything the ledger holds, name the first thing that is wrong, and what still stands.

The audit streams columns and hashes the stored bytes; it believes no copy, cache or index. It
cannot see what its own owner rewrote from the first event on with nothing of the old ledger held
elsewhere: that takes a checkpoint or time-stamp in other hands.

Memory does not grow with the number of events: it is a page of 1000 events, the frontier of the
tree, about 100 bytes for each distinct stored file and each withheld text, about 200 for each work,
attempt, edit, import and export, about 500 for each checkpoint, and at most 1000 problems.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import select

from provenance_gen.errors import LedgerError
from provenance_gen.ledger import head as heads
from provenance_gen.ledger import migrations
from provenance_gen.ledger.anchor_check import AnchorCheck
from provenance_gen.ledger.audit_crew import ALONE, USUAL, Sharing, together
from provenance_gen.ledger.audit_events import Pass, check_missing
from provenance_gen.ledger.audit_files import FileCheck, NoFiles
from provenance_gen.ledger.audit_join import Joined, NotWholeError
from provenance_gen.ledger.audit_notes import claims, holds, outside
from provenance_gen.ledger.audit_rows import Problem, Problems
from provenance_gen.ledger.audit_tables import rows_of
from provenance_gen.ledger.audit_texts import Texts
from provenance_gen.ledger.database import damage
from provenance_gen.ledger.tables import MIGRATION

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from sqlalchemy import Connection

    from provenance_gen.config import TimestampAuthority
    from provenance_gen.ledger.anchor_check import Anchored
    from provenance_gen.ledger.audit_files import KeptFiles
    from provenance_gen.ledger.audit_notes import Claim
    from provenance_gen.ledger.store import Ledger

__all__ = ["Audit", "Problem", "audit"]

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")


@dataclass(frozen=True)
class Audit:
    """What an audit found."""

    origin: str
    size: int
    """Events read."""
    root: str
    """Merkle root over them, in hexadecimal."""
    images: int
    """Images whose stored pixels were checked."""
    texts: int
    """Texts that are disclosed and fit their commitments."""
    withheld: int
    """Texts that are committed to and not there."""
    checkpoints: int
    """Checkpoints, in the database and outside it, that hold."""
    covered: int
    """Events under the largest checkpoint that holds; what comes after is not yet signed."""
    broken: int | None
    """Number of the first event with which something is wrong, where one can be named."""
    proved: int
    """Events that still stand whatever else is wrong: those under the largest checkpoint that
    holds and ends before the first broken event."""
    problems: tuple[Problem, ...]
    tokens: int = 0
    """Outside time-stamps that are kept."""
    believed: int = 0
    """Those of authorities that the user's configuration names."""
    anchored: int = 0
    """Events under the largest checkpoint with a believed time-stamp."""
    withdrawn: int = 0
    """Images whose pixels were deleted, as an event says."""
    blobs: int = 0
    """States of generators, configurations and arrays that were checked."""
    findings: tuple[Problem, ...] = ()
    """What a reader should know and is no error: local clocks outside the trusted times, withdrawn
    pixels whose files are here, and identifiers that were given twice."""

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def audit(
    ledger: Ledger,
    *,
    files: KeptFiles | None = None,
    verifier_key: str | None = None,
    authorities: Sequence[TimestampAuthority] = (),
    deletions_here: bool = True,
    withdrawn: Container[str] | None = None,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    sharing: Sharing = USUAL,
) -> Audit:
    """Check every event, text, checkpoint, time-stamp, index entry and stored file.

    Args:
        ledger: what to check.
        files: the studio's images, originals and blobs; left out, they are not looked at.
        verifier_key: key that checkpoints must be signed with; without it only their form and
            root are checked.
        authorities: whose time-stamps are believed.
        deletions_here: whether the events that tell of deleted texts are in this log; those of an
            earlier log of a studio may be in a later one, and then a missing text is no problem.
        withdrawn: for an earlier log, the pixels that are withdrawn as all logs stand.
        progress: called with the number of events done and their total.
        sharing: when several threads and processes read the ledger. Where they find anything that
            is not as it should be, one reads all of it again and names what is wrong.

    Raises:
        LedgerError: the database cannot be read at all.
    """
    checks = _Checks(
        files or NoFiles(), verifier_key, authorities, deletions_here, withdrawn, progress
    )
    with contextlib.suppress(NotWholeError, LedgerError):
        return _audit(ledger, checks, sharing)
    # What a connection has met of a damaged file decides what it reads next, so that it gets anew.
    ledger.engine.dispose()
    return _audit(ledger, checks, ALONE)


class _Checks(NamedTuple):
    """What ``audit`` is given."""

    files: KeptFiles
    verifier_key: str | None
    authorities: Sequence[TimestampAuthority]
    deletions_here: bool
    withdrawn: Container[str] | None
    progress: Callable[[int, int], None]


def _audit(ledger: Ledger, checks: _Checks, sharing: Sharing) -> Audit:
    problems = Problems()
    # Files first: every checkpoint outside was in the database before it was a file.
    notes = list(outside(ledger.notes, problems))
    anchors = AnchorCheck(ledger.notes, checks.authorities)
    kept = FileCheck(checks.files)
    with together(ledger.engine, ledger.origin, sharing) as (connection, crew):
        # (1) The file itself, which version it is, and the signed tree heads inside and outside.
        if crew is None and (what := damage(connection)):
            problems.add(f"the database is damaged ({what:.200})")
        noded = migrations.m002_nodes.__name__ in _check_migrations(connection, problems)
        found = claims(connection, notes, checks.verifier_key, problems)
        # (2) Every event: bytes, form, chain, copies, texts, files; the indexes over them.
        anchors.load(connection)
        sizes = [claim.size for claim in found]
        seen = Pass(ledger.origin, kept, problems, sizes=sizes, anchors=anchors)
        head = _read_head(connection, problems)
        total = head.size if head else 0
        rows = rows_of(connection)
        texts = Texts(rows, problems)

        def moved(done: int) -> None:
            checks.progress(done, max(total, done))

        if crew is None:
            seen.walk_all(rows, texts, moved, noded=noded)
        else:
            crew.walk(connection, Joined(seen, texts, kept, anchors), moved, noded=noded)
        checks.progress(seen.tree.size, seen.tree.size)
        # (3) What is derived from them: the head, and the reasons for texts that are gone.
        if head:
            _check_head(head, ledger.origin, seen)
        if checks.deletions_here:
            check_missing(texts, seen)
    # (4) The signed tree heads against the roots of the events.
    held = [claim for claim in found if holds(claim, seen)]
    # (5) The outside time-stamps over them, and what they say of the local clocks.
    anchored = anchors.finish(seen.tree.size)
    for what, number in anchored.problems:
        problems.add(what, number)
    # (6) The files that events name, and those that should be gone.
    findings = kept.finish(problems, checks.withdrawn)
    return _result(
        seen=seen, texts=texts, kept=kept, held=held, anchored=anchored, findings=findings
    )


def _result(
    *,
    seen: Pass,
    texts: Texts,
    kept: FileCheck,
    held: list[Claim],
    anchored: Anchored,
    findings: tuple[Problem, ...],
) -> Audit:
    """Gather what was found."""
    broken = seen.problems.broken
    return Audit(
        origin=seen.origin,
        size=seen.tree.size,
        root=seen.tree.root.hex(),
        images=len(kept.images),
        texts=texts.disclosed,
        withheld=len(texts.missing),
        checkpoints=len(held),
        covered=max((claim.size for claim in held), default=0),
        broken=broken,
        proved=max((c.size for c in held if broken is None or c.size <= broken), default=0),
        problems=seen.problems.all(),
        tokens=len(anchored.examined),
        believed=len(anchored.believed),
        anchored=anchored.covered,
        withdrawn=len(kept.withdrawn),
        blobs=len(kept.blobs),
        findings=(*(Problem(what, number) for what, number in anchored.findings), *findings),
    )


def _check_migrations(connection: Connection, problems: Problems) -> frozenset[str]:
    """Compare the records of migrations with those known; the newest may not be there yet."""
    known = [migration.__name__ for migration in migrations.MIGRATIONS]
    found = migrations.applied(connection)
    if found != frozenset(known[: len(found)]):
        problems.add("the records of migrations are not those of any version")
    for (moment,) in connection.execute(select(MIGRATION.c.applied_at)):
        if not (isinstance(moment, str) and _MOMENT.fullmatch(moment)):
            problems.add("the record of a migration has no time")
    return found


def _read_head(connection: Connection, problems: Problems) -> heads.Head | None:
    try:
        return heads.read(connection)
    except LedgerError as error:
        problems.add(str(error))
        return None


def _check_head(head: heads.Head, origin: str, seen: Pass) -> None:
    if head.origin != origin:
        seen.problems.add("the head is of another log")
    if (head.size, head.last, head.frontier) != (seen.tree.size, seen.last, seen.tree.frontier):
        seen.problems.add(f"the head speaks of {head.size} events, {seen.tree.size} are there")
