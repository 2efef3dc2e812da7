"""Delete committed texts for good, and leave every proof valid.

A redaction is an event first and a deletion second: ``text.redacted`` says which text of which
event was deleted, by whom and why; then the row with the words goes, and the write-ahead log that
may still hold them is emptied. A file beside the database marks the time in between, so that a
crash, or a reader that holds the write-ahead log, leaves the purge *pending* and never forgotten:
``purge`` completes it from the events alone. What has left the ledger before (exports, reports,
bundles, backups) is beyond its reach, and so is what a disk keeps of overwritten blocks.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select

from provenance_gen.digests import write_atomic
from provenance_gen.errors import LedgerBrokenError, UsageError
from provenance_gen.ledger import body, canonical, disclosure, plain
from provenance_gen.ledger.database import empty_log, reading, writing
from provenance_gen.ledger.tables import EVENT, SECRET
from provenance_gen.records.base import Text
from provenance_gen.records.event import Draft
from provenance_gen.records.payloads import TextRedacted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from provenance_gen.ledger.store import Ledger
    from provenance_gen.records.event import Actor, Event

WAIT_SECONDS: Final = 1.0
"""How long a purge waits for readers before it says that it is pending."""


@dataclass(frozen=True)
class CommittedText:
    """A text that an event commits to."""

    sequence: int
    leaf: str
    """Leaf of the event in hexadecimal; it names the event in every log."""
    pointer: str
    """JSON pointer (RFC 6901) to the text in the event's payload."""
    disclosed: bool
    """Whether the words are here."""

    @property
    def name(self) -> str:
        """What people call the field, such as ``prompt``."""
        return disclosure.short_name(self.pointer)


def texts(ledger: Ledger, leaves: Sequence[str]) -> tuple[CommittedText, ...]:
    """Return every text that some events commit to, disclosed or not.

    Args:
        ledger: where to look; events that are not in it are passed over.
        leaves: leaves of the events in hexadecimal.

    Raises:
        LedgerBrokenError: an event cannot be read.
    """
    found: list[CommittedText] = []
    for row in _rows(ledger, leaves):
        committed = canonical.decode(row.body).get("commit")
        if not isinstance(committed, dict):
            raise LedgerBrokenError("it does not say which texts it commits to", row.seq)
        found += [
            CommittedText(row.seq, row.leaf.hex(), pointer, pointer in row.kept)
            for pointer in committed
        ]
    return tuple(found)


def choose(among: Sequence[CommittedText], field: str) -> tuple[CommittedText, ...]:
    """Choose the texts that a field's name or JSON pointer stands for.

    Raises:
        UsageError: none of the events has such a text, or it was deleted already.
    """
    chosen = [item for item in among if field in (item.name, item.pointer)]
    if not chosen:
        names = ", ".join(sorted({item.name for item in among})) or "none"
        raise UsageError(f"no text named {field!r} there; texts that were recorded: {names}")
    disclosed = tuple(item for item in chosen if item.disclosed)
    if not disclosed:
        raise UsageError(f"the text {field!r} is not here any more: it was withheld or deleted")
    return disclosed


def words(ledger: Ledger, wanted: Sequence[CommittedText]) -> tuple[str, ...]:
    """Return the words of texts that are disclosed, checked against their commitments.

    Raises:
        LedgerBrokenError: an event or a text cannot be read.
    """
    events = {row.leaf.hex(): row.event for row in _rows(ledger, [item.leaf for item in wanted])}
    return tuple(
        _words(events[item.leaf].payload, item.pointer) for item in wanted if item.leaf in events
    )


def holding(ledger: Ledger, phrases: Sequence[str]) -> tuple[int, ...]:
    """Return the numbers of events whose disclosed texts hold one of the phrases.

    Every text of the ledger is read once. A text that cannot be read is passed over: to find
    what is wrong is the audit's business.
    """
    wanted = [phrase for phrase in phrases if phrase.strip()]
    found: set[int] = set()
    with reading(ledger.engine) as connection:
        rows = connection.execute(select(SECRET.c.seq, SECRET.c.path, SECRET.c.disclosure))
        for row in rows:
            with contextlib.suppress(LedgerBrokenError):
                said = disclosure.reveal(
                    row.disclosure, row.path, disclosure.digest(row.disclosure)
                )
                if any(phrase in said for phrase in wanted):
                    found.add(row.seq)
    return tuple(sorted(found))


def redact(
    ledger: Ledger,
    chosen: Sequence[CommittedText],
    *,
    actor: Actor,
    work: str | None,
    reason: str,
    others: Sequence[Ledger] = (),
) -> bool:
    """Record that texts are deleted, and delete them.

    Args:
        ledger: the log that records it.
        chosen: what to delete; it may stand in another log.
        actor: by whom.
        work: identifier of the work that the texts belong to, where they belong to one.
        reason: why; itself a text that can be deleted.
        others: further logs of the same studio, opened for writing.

    Returns:
        Whether nothing of the texts is left in the files; False while the purge is pending.

    Raises:
        StorageError: the disk is full; what was not deleted yet is deleted by the next ``purge``.
    """
    drafts = [
        Draft(
            payload=TextRedacted(
                event=item.leaf,
                field=disclosure.segments(item.pointer),
                work=work,
                reason=Text(reason),
            ),
            actor=actor,
        )
        for item in chosen
    ]
    mark(ledger)
    ledger.append_many(drafts)
    return purge(ledger, others=others)


def mark(ledger: Ledger) -> None:
    """Note beside the database that something is about to be deleted."""
    write_atomic(_marker(ledger), b"")


def is_pending(ledger: Ledger) -> bool:
    """Tell whether texts were redacted whose words may still stand in the ledger's files."""
    return _marker(ledger).exists()


def purge(
    ledger: Ledger,
    *,
    others: Sequence[Ledger] = (),
    before: Callable[[], None] = lambda: None,
    wait: float = WAIT_SECONDS,
) -> bool:
    """Delete the words of every redacted text and empty the write-ahead logs.

    It can be repeated at any time. Returns whether nothing is left in the files; while another
    process reads the ledger, its write-ahead log cannot be emptied.

    Args:
        ledger: the present log of a studio.
        others: its further logs, opened for writing.
        before: called first, for what else is to go with the words.
        wait: seconds to wait for readers.

    Raises:
        LedgerError: the ledger cannot be read.
        StorageError: the disk is full.
    """
    before()
    logs = (ledger, *others)
    redacted = {place for log in logs for place in _redacted(log)}
    emptied = [_erase(log, redacted, wait) for log in logs]
    if all(emptied):
        _marker(ledger).unlink(missing_ok=True)
    return all(emptied)


def _marker(ledger: Ledger) -> Path:
    return ledger.notes.parent / plain.PENDING


def _redacted(ledger: Ledger) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give the leaf and field of every text that an event says was deleted."""
    query = select(EVENT.c.leaf).where(EVENT.c.type == TextRedacted.event_type)
    with reading(ledger.engine) as connection:
        leaves = [leaf.hex() for leaf in connection.execute(query).scalars()]
    for row in _rows(ledger, leaves):
        said = TextRedacted.model_validate(row.event.payload)
        yield said.event, said.field


def _erase(ledger: Ledger, redacted: set[tuple[str, tuple[str, ...]]], wait: float) -> bool:
    """Delete rows of one log, and empty its write-ahead log; return whether that was possible."""
    leaves = {bytes.fromhex(leaf) for leaf, _ in redacted}
    with writing(ledger.engine) as connection:
        for leaf in leaves:
            number = connection.execute(select(EVENT.c.seq).where(EVENT.c.leaf == leaf)).scalar()
            if number is not None:
                _delete(connection, number, {field for of, field in redacted if of == leaf.hex()})
    # The pages of deleted rows were overwritten (secure_delete); older copies of them were not.
    return empty_log(ledger.engine, wait)


def _delete(connection: Connection, number: int, fields: set[tuple[str, ...]]) -> None:
    paths = connection.execute(select(SECRET.c.path).where(SECRET.c.seq == number)).scalars().all()
    gone = [path for path in paths if disclosure.segments(path) in fields]
    if gone:
        connection.execute(delete(SECRET).where(SECRET.c.seq == number, SECRET.c.path.in_(gone)))


@dataclass(frozen=True)
class _Row:
    seq: int
    body: bytes
    leaf: bytes
    kept: dict[str, str]
    """Disclosures by pointer."""

    @property
    def event(self) -> Event:
        return body.decode(self.body, self.leaf, self.kept)


def _rows(ledger: Ledger, leaves: Sequence[str]) -> Iterator[_Row]:
    for leaf in dict.fromkeys(leaves):
        wanted = EVENT.c.leaf == bytes.fromhex(leaf)
        with reading(ledger.engine) as connection:
            row = connection.execute(select(EVENT.c.seq, EVENT.c.body).where(wanted)).one_or_none()
            if row is None:
                continue
            kept = connection.execute(
                select(SECRET.c.path, SECRET.c.disclosure).where(SECRET.c.seq == row.seq)
            ).all()
        yield _Row(row.seq, row.body, bytes.fromhex(leaf), {k.path: k.disclosure for k in kept})


def _words(payload: object, pointer: str) -> str:
    value: object = payload
    for key in disclosure.segments(pointer):
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list | tuple):
            value = value[int(key)]
    return value if isinstance(value, str) else ""
