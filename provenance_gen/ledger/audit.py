"""Check everything the ledger holds, and name the first thing that is wrong.

The audit streams columns and hashes the stored bytes; it believes no copy, cache or index. It
cannot see what its own owner rewrote from the first event on with nothing of the old ledger held
elsewhere: that takes a checkpoint or time-stamp in other hands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from provenance_gen.errors import LedgerError
from provenance_gen.ledger import body, canonical, checkpoint, disclosure, merkle
from provenance_gen.ledger.database import reading
from provenance_gen.ledger.tables import CHECKPOINT, EVENT, HEAD, SECRET, SUBJECT
from provenance_gen.records.image import StoredImage

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from provenance_gen.ledger.store import Ledger

_PAGE = 1000


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong."""

    what: str
    sequence: int | None = None
    """Number of the event concerned, where one can be named."""


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
    problems: tuple[Problem, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


@dataclass
class _State:
    ledger: Ledger
    image_problem: Callable[[StoredImage], str | None]
    key: str | None
    problems: list[Problem] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    subjects: set[tuple[str, str, int]] = field(default_factory=set)
    commitments: dict[tuple[int, str], str] = field(default_factory=dict)
    images: dict[str, tuple[int, StoredImage]] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    texts: int = 0
    held: int = 0
    covered: int = 0

    def wrong(self, what: str, sequence: int | None = None) -> None:
        self.problems.append(Problem(what, sequence))


def audit(
    ledger: Ledger,
    *,
    image_problem: Callable[[StoredImage], str | None] = lambda _: None,
    verifier_key: str | None = None,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Audit:
    """Check every event, text, checkpoint, index entry and stored image.

    Args:
        ledger: what to check.
        image_problem: says what is wrong with a stored image, or None.
        verifier_key: key that checkpoints must be signed with; without it only their form and
            root are checked.
        progress: called with the number of events done and their total.

    Raises:
        LedgerError: the database cannot be read at all.
    """
    state = _State(ledger, image_problem, verifier_key)
    with reading(ledger.engine) as connection:
        # (1) Every event: bytes, form, chain, copies.
        total = _check_head_row(connection, state)
        previous = b""
        for count, row in enumerate(_rows(connection), 1):
            previous = _check_event(row, count - 1, previous, state)
            if count % _PAGE == 0:
                progress(count, total)
        progress(total, total)
        # (2) What is derived from them: head, texts, subjects.
        _check_head(connection, state)
        _check_texts(connection, state)
        _check_subjects(connection, state)
        # (3) Signed tree heads, inside and outside.
        notes = {f"checkpoint {r.size}": r.note for r in connection.execute(select(CHECKPOINT))}
    _check_checkpoints(notes | _outside(state), state)
    # (4) The pixels that events speak of.
    _check_images(state)
    return Audit(
        origin=ledger.origin,
        size=len(state.leaves),
        root=merkle.root(state.leaves).hex(),
        images=len(state.images),
        texts=state.texts,
        withheld=len(state.commitments) - state.texts,
        checkpoints=state.held,
        covered=state.covered,
        problems=tuple(state.problems),
    )


def _rows(connection: Connection) -> Iterator[Any]:
    columns = (EVENT.c.seq, EVENT.c.session_id, EVENT.c.type, EVENT.c.body, EVENT.c.leaf)
    result = connection.execution_options(yield_per=_PAGE).execute(
        select(*columns).order_by(EVENT.c.seq)
    )
    yield from result


def _check_head_row(connection: Connection, state: _State) -> int:
    row = connection.execute(select(HEAD)).one_or_none()
    if row is None:
        state.wrong("the head is missing")
        return 0
    return int(row.size) if isinstance(row.size, int) else 0


def _check_event(row: Any, number: int, previous: bytes, state: _State) -> bytes:
    """Check one event against the one before; return its leaf hash as computed."""
    data = row.body if isinstance(row.body, bytes) else b""
    leaf = merkle.leaf_hash(data)
    state.leaves.append(leaf)
    if row.seq != number:
        state.wrong(f"events are numbered {row.seq} where {number} comes next", number)
    if row.leaf != leaf:
        state.wrong("its bytes are not those that were hashed", number)
    try:
        value = canonical.decode(data)
        read = body.decode(data, leaf, {})
    except LedgerError as error:
        state.wrong(f"its bytes are no event ({error})", number)
        return leaf
    if (read.previous or "") != previous.hex():
        state.wrong("it does not follow the event before it", number)
    if read.sequence != number or read.log != state.ledger.origin:
        state.wrong("its number or its log is not this one", number)
    if (read.type, read.session) != (row.type, row.session_id):
        state.wrong("its columns differ from its bytes", number)
    for path, committed in value["commit"].items():
        state.commitments[number, path] = committed
    state.subjects |= {(kind, key, number) for kind, key in body.subjects_of(value["payload"])}
    for stored in _stored_images(value["payload"]):
        state.images.setdefault(stored.pixel_digest, (number, stored))
    if read.type == "image.withdrawn":
        image = value["payload"].get("image")
        state.withdrawn.add(image.get("pixel_digest", "") if isinstance(image, dict) else "")
    return leaf


def _check_head(connection: Connection, state: _State) -> None:
    row = connection.execute(select(HEAD)).one_or_none()
    if row is None:
        return
    frontier = b"".join(merkle.frontier_of(state.leaves))
    last = state.leaves[-1] if state.leaves else b""
    if row.origin != state.ledger.origin:
        state.wrong("the head is of another log")
    if (row.size, row.last, row.frontier) != (len(state.leaves), last, frontier):
        state.wrong(f"the head speaks of {row.size} events, {len(state.leaves)} are there")


def _check_texts(connection: Connection, state: _State) -> None:
    for row in connection.execute(select(SECRET.c.seq, SECRET.c.path, SECRET.c.disclosure)):
        committed = state.commitments.get((row.seq, row.path))
        if committed is None:
            state.wrong(f"a text that nothing commits to ({row.path})", row.seq)
            continue
        try:
            disclosure.reveal(row.disclosure, row.path, committed)
            state.texts += 1
        except (LedgerError, AttributeError) as error:
            state.wrong(str(error), row.seq)


def _check_subjects(connection: Connection, state: _State) -> None:
    rows = connection.execute(select(SUBJECT.c.kind, SUBJECT.c.key, SUBJECT.c.seq))
    found = {(row.kind, row.key, row.seq) for row in rows}
    for _, _, number in sorted(found ^ state.subjects, key=str)[:1]:
        state.wrong("the index of subjects differs from the events", number)


def _outside(state: _State) -> dict[str, str]:
    notes = {}
    for file in sorted(state.ledger.notes.glob("*.note")):
        try:
            notes[f"checkpoint file {file.name}"] = file.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            state.wrong(f"checkpoint file {file.name} cannot be read ({type(error).__name__})")
    return notes


def _check_checkpoints(notes: Mapping[str, str], state: _State) -> None:
    claimed: list[tuple[str, checkpoint.Checkpoint]] = []
    for name, note in notes.items():
        try:
            read = checkpoint.verify(note, state.key) if state.key else checkpoint.parse(note)
            claimed.append((name, read))
        except (LedgerError, TypeError, AttributeError) as error:
            state.wrong(f"{name}: {error}")
    roots = _roots(state.leaves, {read.size for _, read in claimed})
    for name, read in claimed:
        if read.origin != state.ledger.origin:
            state.wrong(f"{name} is of another log")
        elif read.size > len(state.leaves):
            state.wrong(f"{name} has seen {read.size} events, {len(state.leaves)} are there")
        elif roots[read.size] != read.root:
            state.wrong(f"{name} has another root: events before {read.size} were rewritten")
        else:
            state.held += 1
            state.covered = max(state.covered, read.size)


def _roots(leaves: list[bytes], sizes: set[int]) -> dict[int, bytes]:
    """Compute the roots at several sizes in one pass over the leaves."""
    roots = {0: merkle.EMPTY_ROOT}
    frontier: tuple[bytes, ...] = ()
    for count, leaf in enumerate(leaves, 1):
        frontier = merkle.extend(frontier, count - 1, leaf)
        if count in sizes:
            roots[count] = merkle.frontier_root(frontier)
    return roots


def _check_images(state: _State) -> None:
    for digest, (number, stored) in state.images.items():
        if digest not in state.withdrawn and (what := state.image_problem(stored)):
            state.wrong(what, number)


def _stored_images(value: Any) -> Iterator[StoredImage]:
    if isinstance(value, Mapping):
        if value.keys() == StoredImage.model_fields.keys():
            try:
                yield StoredImage.model_validate(value)
            except ValueError:
                return
        else:
            for item in value.values():
                yield from _stored_images(item)
    elif isinstance(value, list):
        for item in value:
            yield from _stored_images(item)
