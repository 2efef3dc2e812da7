"""Check everything the ledger holds, name the first thing that is wrong, and what still stands.

The audit streams columns and hashes the stored bytes; it believes no copy, cache or index. It
cannot see what its own owner rewrote from the first event on with nothing of the old ledger held
elsewhere: that takes a checkpoint or time-stamp in other hands.

Memory does not grow with the number of events: it is a page of 1000 events, the frontier of the
tree, about 100 bytes for each distinct stored file and each withheld text, about 500 for each
checkpoint, and at most 1000 problems.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from provenance_gen.digests import read_small
from provenance_gen.errors import LedgerError
from provenance_gen.ledger import checkpoint, migrations
from provenance_gen.ledger import head as heads
from provenance_gen.ledger.anchor_check import AnchorCheck
from provenance_gen.ledger.audit_events import Pass, check_missing, check_nodes, check_subjects
from provenance_gen.ledger.audit_files import FileCheck, NoFiles
from provenance_gen.ledger.audit_rows import Problem, Problems, Subjects, Texts, stream
from provenance_gen.ledger.database import damage, reading
from provenance_gen.ledger.tables import CHECKPOINT, MIGRATION

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from provenance_gen.config import TimestampAuthority
    from provenance_gen.ledger.anchor_check import Anchored
    from provenance_gen.ledger.audit_files import KeptFiles
    from provenance_gen.ledger.store import Ledger

__all__ = ["Audit", "Problem", "audit"]

_NOTE_NAME: Final = re.compile(r"\d{12,19}\.note")
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
    """What a reader should know and is no error: local clocks outside the trusted times, and
    withdrawn pixels whose files are here."""

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


@dataclass(frozen=True)
class _Claim:
    """A checkpoint that says what the root is at a size."""

    name: str
    origin: str
    size: int
    root: bytes


def audit(
    ledger: Ledger,
    *,
    files: KeptFiles | None = None,
    verifier_key: str | None = None,
    authorities: Sequence[TimestampAuthority] = (),
    deletions_here: bool = True,
    withdrawn: Container[str] | None = None,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
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

    Raises:
        LedgerError: the database cannot be read at all.
    """
    problems = Problems()
    # Files first: every checkpoint outside was in the database before it was a file.
    outside = list(_outside(ledger.notes, problems))
    anchors = AnchorCheck(ledger.notes, authorities)
    with reading(ledger.engine) as connection:
        # (1) The file itself, which version it is, and the signed tree heads inside and outside.
        if what := damage(connection):
            problems.add(f"the database is damaged ({what:.200})")
        migrated = _check_migrations(connection, problems)
        claims = _claims(connection, outside, verifier_key, problems)
        # (2) Every event: bytes, form, chain, copies, texts, images.
        anchors.load(connection)
        sizes = [claim.size for claim in claims]
        kept = FileCheck(files or NoFiles())
        seen = Pass(ledger.origin, kept, problems, sizes=sizes, anchors=anchors)
        head = _read_head(connection, problems)
        total = head.size if head else 0
        texts = Texts(connection, problems)
        subjects = Subjects(connection)
        seen.walk(connection, texts, subjects, lambda done: progress(done, max(total, done)))
        progress(seen.tree.size, seen.tree.size)
        # (3) What is derived from them: head, index of subjects, nodes of the tree.
        if head:
            _check_head(head, ledger.origin, seen)
        if deletions_here:
            check_missing(texts, seen)
        check_subjects(connection, subjects, seen)
        if migrations.m002_nodes.__name__ in migrated:
            check_nodes(connection, seen)
    # (4) The signed tree heads against the roots of the events.
    held = [claim for claim in claims if _holds(claim, seen)]
    # (5) The outside time-stamps over them, and what they say of the local clocks.
    anchored = anchors.finish(seen.tree.size)
    for what, number in anchored.problems:
        problems.add(what, number)
    # (6) The files that events name, and those that should be gone.
    findings = kept.finish(problems, withdrawn)
    return _result(seen, texts, held, anchored, findings)


def _result(
    seen: Pass,
    texts: Texts,
    held: list[_Claim],
    anchored: Anchored,
    findings: tuple[Problem, ...],
) -> Audit:
    """Gather what was found."""
    broken = seen.problems.broken
    return Audit(
        origin=seen.origin,
        size=seen.tree.size,
        root=seen.tree.root.hex(),
        images=len(seen.files.images),
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
        withdrawn=len(seen.files.withdrawn),
        blobs=len(seen.files.blobs),
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


def _outside(folder: Path, problems: Problems) -> Iterator[tuple[str, str]]:
    """Read the checkpoints that are kept outside the database, as (file name, note)."""
    try:
        files = sorted(folder.glob("*.note"))
    except OSError as error:
        problems.add(f"the folder of checkpoints cannot be read ({type(error).__name__})")
        return
    for file in files:
        if file.name.startswith("."):
            continue  # what a killed process left of a file that it had not finished
        try:
            yield file.name, read_small(file).decode()
        except (OSError, ValueError) as error:
            problems.add(f"checkpoint file {file.name} cannot be read ({type(error).__name__})")


def _claims(
    connection: Connection,
    files: list[tuple[str, str]],
    verifier_key: str | None,
    problems: Problems,
) -> list[_Claim]:
    """Read all checkpoints, and compare those inside with those outside."""
    claims: list[_Claim] = []
    inside: set[int] = set()
    columns = select(CHECKPOINT.c.size, CHECKPOINT.c.note).order_by(CHECKPOINT.c.size)
    for size, note in stream(connection, columns):
        claim = _claim(f"checkpoint {size!s:.20}", note, verifier_key, problems)
        if claim and claim.size != size:
            problems.add(f"{claim.name} is over {claim.size} events")
        elif claim:
            claims.append(claim)
        if isinstance(size, int):
            inside.add(size)
    for name, note in files:
        claim = _claim(f"checkpoint file {name}", note, verifier_key, problems)
        if claim is None:
            continue
        if not _NOTE_NAME.fullmatch(name) or int(name.removesuffix(".note")) != claim.size:
            problems.add(f"{claim.name} is over {claim.size} events")
        elif claim.size not in inside:
            problems.add(f"{claim.name} is not in the database")
        claims.append(claim)
    return claims


def _claim(name: str, note: object, verifier_key: str | None, problems: Problems) -> _Claim | None:
    if not isinstance(note, str):
        problems.add(f"{name}: it is no text")
        return None
    try:
        read = checkpoint.verify(note, verifier_key) if verifier_key else checkpoint.parse(note)
    except LedgerError as error:
        problems.add(f"{name}: {error}")
        return None
    return _Claim(name, read.origin, read.size, read.root)


def _holds(claim: _Claim, seen: Pass) -> bool:
    if claim.origin != seen.origin:
        seen.problems.add(f"{claim.name} is of another log")
    elif claim.size > seen.tree.size:
        seen.problems.add(f"{claim.name} has seen {claim.size} events, {seen.tree.size} are there")
    elif seen.roots.get(claim.size) != claim.root:
        seen.problems.add(
            f"{claim.name} has another root: events before {claim.size} were rewritten"
        )
    else:
        return True
    return False
