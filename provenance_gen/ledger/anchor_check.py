"""Check the tokens that are kept: each by itself, table against files, and against the events.

Nothing that a token says is used before it was believed with certificates from the user's own
configuration. A token of an authority that the user does not know is checked for everything but
who issued it, and bounds nothing. That the checkpoints themselves lead to the events is the
audit's business.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from provenance_gen.digests import sha256_hex
from provenance_gen.errors import AnchorError
from provenance_gen.ledger import anchor, timestamps
from provenance_gen.ledger.bounds import Bound, trusted_times
from provenance_gen.ledger.clock import ClockCheck
from provenance_gen.ledger.tables import CHECKPOINT, HEAD
from provenance_gen.records.anchor import TrustedTimes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from provenance_gen.config import TimestampAuthority
    from provenance_gen.ledger.anchor import Token
    from provenance_gen.ledger.timestamps import Stamp

_MAX_NOTE: Final = 1 << 16


@dataclass(frozen=True)
class Examined:
    """One token and what came of checking it by itself."""

    size: int
    """Size of the checkpoint that it is said to be over."""
    kind: str
    """Name under which it is kept."""
    received_at: str
    """Time that its row gives."""
    digest: str
    """SHA-256 of its bytes, as events cite it."""
    stamp: Stamp | None = None
    """What it says; None where it cannot be read."""
    authority: str | None = None
    """Which of the user's authorities issued it; None where none of them is known to have."""
    problem: str | None = None
    """What is wrong with it."""


@dataclass(frozen=True)
class Anchored:
    """What the tokens of a ledger show, and what is wrong with them."""

    examined: tuple[Examined, ...]
    """Every token of the table, by size and kind."""
    times: TrustedTimes
    """Between which believed times the events lie."""
    covered: int
    """Events under the largest checkpoint with a believed token."""
    problems: tuple[tuple[str, int | None], ...]
    """What is wrong, with the event where one is concerned."""
    findings: tuple[tuple[str, int | None], ...]
    """What a reader should know and is no error: local clocks outside the trusted times."""
    bounds: tuple[Bound, ...] = ()
    """What the believed tokens bound."""
    root: bytes = b""
    """Root of the events that were read, where a survey computed it."""

    @property
    def believed(self) -> tuple[Examined, ...]:
        """The tokens of authorities that the user knows."""
        return tuple(e for e in self.examined if e.authority and not e.problem)


def examine(token: Token, note: str | None, authorities: Sequence[TimestampAuthority]) -> Examined:
    """Check one token against the checkpoint it should be over and the user's authorities.

    A token under the name of a configured authority must be that authority's, or at least one
    of another that the user configured; one under any other name may be a stranger's.
    """
    plain = Examined(token.size, token.kind, token.received_at, sha256_hex(token.data))
    try:
        stamp = timestamps.read(token.data)
    except AnchorError as error:
        return replace(plain, problem=str(error))
    if note is None:
        return replace(plain, stamp=stamp, problem="its checkpoint is not there")
    if stamp.imprint != timestamps.imprint(note):
        return replace(plain, stamp=stamp, problem="it is not over the checkpoint of its size")
    problem = None
    for authority in sorted(authorities, key=lambda a: a.kind != token.kind):
        try:
            timestamps.believe(token.data, stamp.imprint, authority.certificates)
        except AnchorError as error:
            if authority.kind == token.kind:
                problem = str(error)
        else:
            return replace(plain, stamp=stamp, authority=authority.name)
    return replace(plain, stamp=stamp, problem=problem)


@dataclass
class AnchorCheck:
    """Checks the tokens while a caller reads the events in order.

    Make it before the database is read, since a token's row comes before its file; then ``load``
    within the transaction that the events are read in, ``see`` for each event, and ``finish``.
    """

    folder: Path
    """Where the mirrored tokens and checkpoints are."""
    authorities: Sequence[TimestampAuthority]
    problems: list[tuple[str, int | None]] = field(default_factory=list)
    examined: tuple[Examined, ...] = ()
    cited: dict[str, int] = field(default_factory=dict)
    """Number of the first event that cites a token, by the token's digest."""
    notes: dict[int, str] = field(default_factory=dict)
    """The checkpoints that tokens are said to be over, by size."""

    def __post_init__(self) -> None:
        """Read the files."""
        self._mirror = anchor.mirror(self.folder)
        self._head = ""
        self._clock: ClockCheck | None = None

    def load(self, connection: Connection) -> None:
        """Read and check the rows of the table."""
        self.notes = self._notes(connection, anchor.sizes(connection))
        due = connection.execute(select(HEAD.c.anchor)).scalar()
        self._head = due.hex() if isinstance(due, bytes) else "?"
        self.examined = tuple(
            examine(token, self.notes.get(token.size), self.authorities)
            for token in anchor.stored(connection)
        )
        believed = [(e.size, e.stamp) for e in self.examined if e.authority and e.stamp]
        self._clock = ClockCheck(believed) if believed else None

    def _notes(self, connection: Connection, sizes: frozenset[int]) -> dict[int, str]:
        """Return the checkpoints of some sizes, from the table or else from their files."""
        notes: dict[int, str] = {}
        for row in connection.execute(select(CHECKPOINT.c.size, CHECKPOINT.c.note)):
            if row.size in sizes and isinstance(row.note, str):
                notes[row.size] = row.note
        for size in sizes - notes.keys():
            try:
                with (self.folder / f"{size:012d}.note").open("rb") as file:
                    notes[size] = file.read(_MAX_NOTE).decode()
            except (OSError, ValueError):
                continue
        return notes

    @property
    def clocked(self) -> bool:
        """Whether local clocks can be held against anything: whether any token is believed."""
        return self._clock is not None

    def cite(self, sequence: int, digest: str) -> None:
        """Take note that an event cites a token."""
        self.cited.setdefault(digest, sequence)

    def see(self, sequence: int, timestamp: str, digest: str) -> None:
        """Take note of an event's citation, if any, and hold its local clock against the times."""
        if digest:
            self.cite(sequence, digest)
        if self._clock:
            if digest:
                self._clock.cite(digest)
            self._clock.see(sequence, timestamp)

    def finish(self, size: int) -> Anchored:
        """Compare rows, files, head and citations, and say what the tokens show.

        Args:
            size: number of events that were read.
        """
        self._check_each()
        self._check_files()
        self._check_citations()
        bounds = [
            Bound(e.size, e.stamp.earliest, e.stamp.latest, self.cited.get(e.digest))
            for e in self.examined
            if e.authority and e.stamp and not e.problem and e.size <= size
        ]
        return Anchored(
            examined=self.examined,
            times=trusted_times(bounds, size) if bounds else TrustedTimes(),
            covered=max((bound.size for bound in bounds), default=0),
            problems=tuple(self.problems),
            findings=self._clock.findings() if self._clock else (),
            bounds=tuple(bounds),
        )

    def _wrong(self, what: str, sequence: int | None = None) -> None:
        self.problems.append((what, sequence))

    def _check_each(self) -> None:
        for each in self.examined:
            name = f"time-stamp {each.size} of {each.kind}"
            if each.problem:
                self._wrong(f"{name}: {each.problem}")
            elif each.stamp and each.stamp.moment != each.received_at:
                self._wrong(f"{name}: its row gives another time than the token")

    def _check_files(self) -> None:
        for name in self._mirror.strange:
            self._wrong(f"{name}: no file that a ledger keeps")
        rows = {(each.size, each.kind) for each in self.examined}
        for size, kind in sorted(self._mirror.digests.keys() - rows):
            self._wrong(f"time-stamp {size} of {kind}: there is a file and no row for it")
        for each in self.examined:
            found = self._mirror.digests.get((each.size, each.kind))
            found = found or anchor.mirrored(self.folder, each.size, each.kind)
            if found is None:
                self._wrong(f"time-stamp {each.size} of {each.kind}: its file is missing")
            elif found != each.digest:
                self._wrong(f"time-stamp {each.size} of {each.kind}: row and file differ")

    def _check_citations(self) -> None:
        digests = {each.digest for each in self.examined}
        for digest, sequence in self.cited.items():
            if digest not in digests:
                self._wrong("it cites a time-stamp that is not kept", sequence)
        newest = max(
            self.examined, key=lambda each: (each.size, each.received_at, each.kind), default=None
        )
        due = newest.digest if newest else ""
        if self._head != ("" if due in self.cited else due):
            self._wrong("the head does not hold the newest time-stamp that no event has cited")
