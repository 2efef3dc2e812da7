"""Gather a ledger, or one work's part of it, into files that a stranger can check.

Reading only: what becomes of the files is ``bundle_files``' business, what they look like is
``bundle_form``'s. A bundle of one work holds that work's events and the leaf hashes of all others,
so that the tree and its checkpoints can still be computed and nothing else is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives import serialization
from sqlalchemy import desc, select

from provenance_gen.errors import LedgerBrokenError, UsageError
from provenance_gen.ledger import bundle_form, canonical, checkpoint, disclosure
from provenance_gen.ledger.anchor import stored
from provenance_gen.ledger.bundle_readme import readme
from provenance_gen.ledger.database import reading
from provenance_gen.ledger.resumed import cited_by
from provenance_gen.ledger.tables import CHECKPOINT, EVENT, SECRET

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import Connection

    from provenance_gen.ledger.checkpoint import Checkpoint
    from provenance_gen.ledger.store import Ledger

ALL: Final = "all"
NONE: Final = "none"
_PAGE: Final = 1000


@dataclass(frozen=True)
class Gathered:
    """The files of a bundle, and what they tell."""

    files: dict[str, bytes]
    size: int
    """Events in the tree."""
    events: int
    """Events whose bytes are there."""
    texts: int
    """Texts that are disclosed."""
    checkpoints: int
    timestamps: int
    earlier: str | None = None
    """Log that this one goes on from; nothing of it is in the bundle."""


@dataclass(frozen=True)
class Entry:
    """One event as it is stored."""

    sequence: int
    type: str
    body: bytes
    """Its canonical bytes."""


def entry(ledger: Ledger, leaf: str) -> Entry | None:
    """Read the stored bytes of the event with a leaf, given in hexadecimal; None if not here."""
    query = select(EVENT.c.seq, EVENT.c.type, EVENT.c.body)
    with reading(ledger.engine) as connection:
        row = connection.execute(query.where(EVENT.c.leaf == bytes.fromhex(leaf))).one_or_none()
    return Entry(row.seq, row.type, row.body) if row else None


def newest_checkpoint(ledger: Ledger, verifier_key: str | None) -> Checkpoint | None:
    """Return the newest checkpoint that a log holds, or None where it was never signed.

    Args:
        ledger: the log.
        verifier_key: the key that must have signed it, where it is known.

    Raises:
        LedgerError: it is not of its form, or another key has signed it.
    """
    query = select(CHECKPOINT.c.note).order_by(desc(CHECKPOINT.c.size)).limit(1)
    with reading(ledger.engine) as connection:
        note = connection.execute(query).scalar()
    if not isinstance(note, str):
        return None
    return checkpoint.verify(note, verifier_key) if verifier_key else checkpoint.parse(note)


def gather(
    ledger: Ledger,
    *,
    size: int,
    verifier_key: str,
    work: str | None = None,
    disclose: Collection[str] = (),
    language: str = "en",
) -> Gathered:
    """Gather the files of a bundle over the first events of a ledger.

    Args:
        ledger: the ledger; it must hold a checkpoint of this size.
        size: number of events.
        verifier_key: C2SP verifier key of the ledger.
        work: identifier of the only work whose events are told; all events by default.
        disclose: names of texts to disclose, such as ``prompt``; ``all`` for every one.
        language: of the page that says how to check it, ``en`` or ``ja``.

    Raises:
        UsageError: no text has such a name.
        LedgerBrokenError: an event cannot be read.
    """
    with reading(ledger.engine) as connection:
        leaves, bodies = _events(connection, size, work)
        texts = _texts(connection, bodies, frozenset(disclose))
        heads = select(CHECKPOINT.c.size, CHECKPOINT.c.note).where(CHECKPOINT.c.size <= size)
        notes = {row.size: row.note for row in connection.execute(heads.order_by("size"))}
        tokens = [token for token in stored(connection) if token.size in notes]
    resumed = cited_by(next(ledger.events(until=1)))
    about = {"format": bundle_form.FORM, "origin": ledger.origin, "size": size, "work": work}
    _, key = checkpoint.parse_verifier_key(verifier_key)
    files = {
        bundle_form.README: readme(
            origin=ledger.origin,
            size=size,
            events=len(bodies),
            work=work,
            timestamps=len(tokens),
            earlier=(resumed.log, resumed.size) if resumed else None,
            language=language,
        ).encode(),
        bundle_form.SUMS: b"",
        bundle_form.ABOUT: canonical.encode(about),
        bundle_form.VERIFIER_KEY: f"{verifier_key}\n".encode(),
        bundle_form.PEM: key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
        bundle_form.LEAVES: "".join(f"{leaf.hex()}\n" for leaf in leaves).encode(),
        bundle_form.EVENTS: b"".join(data + b"\n" for data in bodies.values()),
        bundle_form.DISCLOSURES: b"".join(canonical.encode(item) + b"\n" for item in texts),
    }
    files |= {bundle_form.note_name(number): note.encode() for number, note in notes.items()}
    files |= {bundle_form.token_name(t.size, t.kind): t.data for t in tokens}
    files[bundle_form.SUMS] = bundle_form.sums(files)
    earlier = resumed.log if resumed else None
    return Gathered(files, size, len(bodies), len(texts), len(notes), len(tokens), earlier)


def _events(
    connection: Connection, size: int, work: str | None
) -> tuple[list[bytes], dict[int, bytes]]:
    """Read every leaf, and the bodies of the events that are told."""
    leaves: list[bytes] = []
    bodies: dict[int, bytes] = {}
    query = select(EVENT.c.seq, EVENT.c.leaf, EVENT.c.body).where(EVENT.c.seq < size)
    rows = connection.execution_options(yield_per=_PAGE).execute(query.order_by(EVENT.c.seq))
    for row in rows:
        leaves.append(row.leaf)
        if work is None or _of_work(row.body, work):
            bodies[row.seq] = row.body
    if len(leaves) != size:
        raise LedgerBrokenError(f"the ledger holds {len(leaves)} of {size} events; audit it")
    return leaves, bodies


def _of_work(data: bytes, work: str) -> bool:
    """Tell whether an event is of a work, or of the whole studio."""
    payload = canonical.decode(data).get("payload")
    return isinstance(payload, dict) and payload.get("work", work) == work


def _texts(
    connection: Connection, bodies: dict[int, bytes], names: frozenset[str]
) -> list[dict[str, Any]]:
    """Read the disclosures that are asked for, by event and JSON pointer."""
    if not names:
        return []
    found, known = [], set()
    for row in _secrets(connection):
        if row.seq not in bodies:
            continue
        name = disclosure.short_name(row.path)
        known.add(name)
        if names & {ALL, name}:
            found.append({"event": row.seq, "path": row.path, "disclosure": row.disclosure})
    if strange := names - known - {ALL}:
        listed = ", ".join(sorted(known)) or "none"
        raise UsageError(f"no text named {min(strange)!r} is there; there are: {listed}")
    return found


def _secrets(connection: Connection) -> Iterator[Any]:
    query = select(SECRET.c.seq, SECRET.c.path, SECRET.c.disclosure)
    yield from connection.execute(query.order_by(SECRET.c.seq, SECRET.c.path))
