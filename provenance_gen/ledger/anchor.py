"""Anchors: time-stamps of outside authorities over checkpoints, kept twice.

A token is kept in the table ``anchor`` and as a file ``checkpoints/<size>.<kind>.tsr``, each byte
for byte what the authority answered. The digest of the newest token enters the next event; so an
event lies between the time of a token that it or an earlier event cites and the time of a token
over a checkpoint that covers it. What these bounds are is ``ledger.bounds``; checking what is
kept is ``ledger.anchor_check``.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import desc, insert, select, update

from provenance_gen.digests import read_small, sha256_hex, write_atomic
from provenance_gen.errors import LedgerError, StorageError
from provenance_gen.ledger import asking, timestamps
from provenance_gen.ledger.database import reading, writing
from provenance_gen.ledger.tables import ANCHOR, CHECKPOINT, HEAD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from provenance_gen.config import TimestampAuthority
    from provenance_gen.ledger.store import Ledger

SUFFIX: Final = ".tsr"
_PART: Final = ".tsr.part"
_ROWS: Final = select(ANCHOR.c.size, ANCHOR.c.kind, ANCHOR.c.token, ANCHOR.c.received_at)
_KIND: Final = re.compile(r"[a-z0-9-]{1,40}")
_NAME: Final = re.compile(rf"(?P<size>\d{{12,19}})\.(?P<kind>{_KIND.pattern})\.tsr")


@dataclass(frozen=True)
class Token:
    """A row of the table ``anchor``."""

    size: int
    """Size of the checkpoint that was stamped."""
    kind: str
    """Name of the authority, as the user's configuration gave it."""
    data: bytes
    """The authority's whole answer."""
    received_at: str
    """The token's own time (RFC 3339 in UTC): a copy, so that the table can be read by time."""


@dataclass(frozen=True)
class Asked:
    """What became of asking one authority."""

    kind: str
    size: int
    """Size of the checkpoint."""
    moment: str | None = None
    """Time of the token that is now kept; None while it is pending."""
    problem: str | None = None
    """Why there is none."""
    known: bool = False
    """Whether it was kept before, so that nobody was asked."""


def anchor(
    ledger: Ledger,
    size: int,
    authorities: Sequence[TimestampAuthority],
    *,
    seconds: float = asking.SECONDS,
) -> tuple[Asked, ...]:
    """Have every authority stamp a checkpoint that has not done so.

    An authority that gives no token is a result with a problem, and is asked again the next time.

    Args:
        ledger: a ledger that may be written.
        size: size of the checkpoint, which has been signed.
        authorities: whom to ask; all are asked at once.
        seconds: how long they are waited for together.

    Raises:
        LedgerError: there is no such checkpoint, or the ledger cannot be read.
        StorageError: the disk is full.
    """
    with reading(ledger.engine) as connection:
        # The note as it is kept: that is what others can check the token against.
        query = select(CHECKPOINT.c.note).where(CHECKPOINT.c.size == size)
        note = connection.execute(query).scalar()
        if not isinstance(note, str):
            raise LedgerError(f"there is no checkpoint over {size} events")
        rows = {a.kind: _row(connection, size, a.kind) for a in authorities}
    kept = {kind: token for kind, token in rows.items() if token is not None}
    missing = [authority for authority in authorities if authority.kind not in kept]
    answers = {a.authority.kind: a for a in asking.ask(missing, note, seconds=seconds)}
    results = []
    for authority in authorities:
        kind = authority.kind
        if kind in kept:
            results.append(Asked(kind, size, moment=kept[kind].received_at, known=True))
        elif (answer := answers[kind]).stamp is None:
            results.append(Asked(kind, size, problem=answer.problem))
        else:
            keep(ledger, Token(size, kind, answer.data, answer.stamp.moment))
            results.append(Asked(kind, size, moment=answer.stamp.moment))
    return tuple(results)


def keep(ledger: Ledger, token: Token) -> None:
    """Keep a believed token in the table and as a file; the next event will cite the newest.

    The file is written aside before the row is committed and gets its name afterwards, so that a
    crash leaves either nothing or both, the file perhaps still under its first name.

    Raises:
        StorageError: the disk is full; nothing was changed.
    """
    part = ledger.notes / f"{_stem(token.size, token.kind)}{_PART}"
    with writing(ledger.engine) as connection:
        _settle(connection, ledger.notes)
        if _row(connection, token.size, token.kind) is not None:
            return
        connection.execute(
            insert(ANCHOR).values(
                size=token.size,
                kind=token.kind,
                token=token.data,
                received_at=token.received_at,
            )
        )
        if newest(connection) == token:
            digest = bytes.fromhex(sha256_hex(token.data))
            connection.execute(update(HEAD).values(anchor=digest))
        write_atomic(part, token.data)
    _publish(part)


def newest(connection: Connection) -> Token | None:
    """Return the token that the next event cites: over the largest checkpoint, then the latest.

    The order is one that anybody can compute again, since it does not ask when a token came.
    """
    latest_first = (desc(ANCHOR.c.size), desc(ANCHOR.c.received_at), desc(ANCHOR.c.kind))
    row = connection.execute(_ROWS.order_by(*latest_first).limit(1)).one_or_none()
    return _token(row) if row else None


def stored(connection: Connection) -> Iterator[Token]:
    """Read the tokens of the table, by size and kind."""
    yield from map(_token, connection.execute(_ROWS.order_by(ANCHOR.c.size, ANCHOR.c.kind)))


def sizes(connection: Connection) -> frozenset[int]:
    """Return the sizes of the checkpoints that tokens are over."""
    found = connection.execute(select(ANCHOR.c.size).distinct()).scalars()
    return frozenset(size for size in found if isinstance(size, int))


def _row(connection: Connection, size: int, kind: str) -> Token | None:
    query = _ROWS.where(ANCHOR.c.size == size, ANCHOR.c.kind == kind)
    row = connection.execute(query).one_or_none()
    return _token(row) if row else None


def _token(row: Any) -> Token:
    """Read a row; a value that no ledger writes becomes one that fits no file and no token."""
    size, kind, data, received_at = row
    named = isinstance(kind, str) and _KIND.fullmatch(kind)
    return Token(
        size=size if isinstance(size, int) else -1,
        kind=kind if named else "?",
        data=data if isinstance(data, bytes) else b"",
        received_at=received_at if isinstance(received_at, str) else "",
    )


def pending(
    ledger: Ledger, authorities: Sequence[TimestampAuthority]
) -> tuple[int | None, tuple[str, ...]]:
    """Return the size of the newest checkpoint and the names of those that have not stamped it."""
    with reading(ledger.engine) as connection:
        query = select(CHECKPOINT.c.size).order_by(desc(CHECKPOINT.c.size)).limit(1)
        size = connection.execute(query).scalar()
        if not isinstance(size, int):
            return None, ()
        return size, tuple(a.name for a in authorities if _row(connection, size, a.kind) is None)


def newest_moment(ledger: Ledger) -> str | None:
    """Return the time of the newest token (RFC 3339), or None where there is none."""
    with reading(ledger.engine) as connection:
        token = newest(connection)
    return token.received_at if token else None


@dataclass(frozen=True)
class Mirror:
    """The tokens that are kept as files."""

    digests: dict[tuple[int, str], str]
    """SHA-256 of each file, by size and kind."""
    strange: tuple[str, ...]
    """Names of files that are no tokens of this form, or cannot be read."""


def mirror(folder: Path) -> Mirror:
    """Read the files that mirror the table. Read them before the table: rows come first."""
    digests, strange = {}, []
    for file in sorted(folder.glob(f"*{SUFFIX}")):
        named = _NAME.fullmatch(file.name)
        data = _bounded(file)
        size, kind = (int(named["size"]), named["kind"]) if named else (0, "")
        if data is None or file.name != f"{_stem(size, kind)}{SUFFIX}":
            strange.append(file.name)
        else:
            digests[size, kind] = sha256_hex(data)
    return Mirror(digests, tuple(strange))


def mirrored(folder: Path, size: int, kind: str) -> str | None:
    """Digest the file of one row, under its name or, after a crash, under its first name."""
    if not _NAME.fullmatch(f"{_stem(size, kind)}{SUFFIX}"):
        return None
    for suffix in (SUFFIX, _PART, SUFFIX):
        # The last look is for a file that was renamed between the first two.
        if (data := _bounded(folder / f"{_stem(size, kind)}{suffix}")) is not None:
            return sha256_hex(data)
    return None


def _bounded(file: Path) -> bytes | None:
    try:
        return read_small(file, timestamps.MAX_ANSWER)
    except (OSError, ValueError):
        return None


def _stem(size: int, kind: str) -> str:
    return f"{size:012d}.{kind}"


def _settle(connection: Connection, folder: Path) -> None:
    """Finish what a crash left: name the files whose rows were committed, drop the others.

    Under the write lock no other process is between its file and its row.
    """
    for part in folder.glob(f"*{_PART}"):
        named = _NAME.fullmatch(part.name.removesuffix(".part"))
        row = _row(connection, int(named["size"]), named["kind"]) if named else None
        if row is not None and row.data == _bounded(part):
            _publish(part)
        else:
            part.unlink(missing_ok=True)


def _publish(part: Path) -> None:
    try:
        # Another process that settles may have been quicker.
        with contextlib.suppress(FileNotFoundError):
            part.replace(part.with_name(part.name.removesuffix(_PART) + SUFFIX))
    except OSError as error:
        raise StorageError(f"cannot write {part.name}: {error.strerror}") from error
