"""The part of the audit that reads the signed tree heads, in the database and outside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from provenance_gen.digests import read_small
from provenance_gen.errors import LedgerError
from provenance_gen.ledger import checkpoint, merkle
from provenance_gen.ledger.audit_tables import stream
from provenance_gen.ledger.tables import CHECKPOINT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from provenance_gen.ledger.audit_events import Pass
    from provenance_gen.ledger.audit_rows import Problems

_NOTE_NAME: Final = re.compile(r"\d{12,19}\.note")


@dataclass(frozen=True)
class Claim:
    """A checkpoint that says what the root is at a size."""

    name: str
    origin: str
    size: int
    root: bytes


def outside(folder: Path, problems: Problems) -> Iterator[tuple[str, str]]:
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


def claims(
    connection: Connection,
    files: list[tuple[str, str]],
    verifier_key: str | None,
    problems: Problems,
) -> list[Claim]:
    """Read all checkpoints, and compare those inside with those outside."""
    found: list[Claim] = []
    inside: set[int] = set()
    columns = select(CHECKPOINT.c.size, CHECKPOINT.c.note).order_by(CHECKPOINT.c.size)
    for size, note in stream(connection, columns):
        claim = _claim(f"checkpoint {size!s:.20}", note, verifier_key, problems)
        if claim and claim.size != size:
            problems.add(f"{claim.name} is over {claim.size} events")
        elif claim:
            found.append(claim)
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
        found.append(claim)
    return found


def _claim(name: str, note: object, verifier_key: str | None, problems: Problems) -> Claim | None:
    if not isinstance(note, str):
        problems.add(f"{name}: it is no text")
        return None
    try:
        read = checkpoint.verify(note, verifier_key) if verifier_key else checkpoint.parse(note)
    except LedgerError as error:
        problems.add(f"{name}: {error}")
        return None
    return Claim(name, read.origin, read.size, read.root)


def holds(claim: Claim, seen: Pass) -> bool:
    """Tell whether a checkpoint is over the events that were read; say what is wrong with it."""
    frontier = seen.frontiers.get(claim.size)
    if claim.origin != seen.origin:
        seen.problems.add(f"{claim.name} is of another log")
    elif claim.size > seen.tree.size:
        seen.problems.add(f"{claim.name} has seen {claim.size} events, {seen.tree.size} are there")
    elif frontier is None or merkle.frontier_root(frontier) != claim.root:
        seen.problems.add(
            f"{claim.name} has another root: events before {claim.size} were rewritten"
        )
    else:
        return True
    return False
