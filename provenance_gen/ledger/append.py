"""Turn drafts into events: the body's bytes, the chain, the tree, and the rows of one transaction.

A draft is prepared by its own thread (its texts concealed, its payload checked) and gets its
number, its time and its place in the chain inside the transaction, which alone knows them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from provenance_gen.errors import CanonicalFormError
from provenance_gen.ledger import body, canonical, disclosure, envelope, merkle, nodes
from provenance_gen.ledger.head import Head
from provenance_gen.ledger.tables import EVENT, SECRET, SUBJECT
from provenance_gen.records.event import Draft, Receipt, split

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True)
class Prepared:
    """A draft whose texts are concealed and whose payload fits the profile of bodies."""

    draft: Draft
    payload: dict[str, Any]
    secrets: dict[str, tuple[str, str]]
    """Disclosure and digest of each text, by JSON pointer."""
    subjects: tuple[tuple[str, str], ...]


def prepare(draft: Draft) -> Prepared:
    """Do what needs neither the head nor the lock.

    Raises:
        CanonicalFormError: the payload holds what bodies must not hold.
    """
    payload, texts = split(draft.payload)
    canonical.check(payload)
    try:
        secrets = {path: disclosure.conceal(path, text) for path, text in texts.items()}
    except (TypeError, ValueError) as error:
        raise CanonicalFormError("", f"a text that cannot be concealed ({error})") from error
    return Prepared(draft, payload, secrets, envelope.subjects_of(payload))


@dataclass
class Batch:
    """Rows of one transaction, built on the head that it found."""

    head: Head
    session: str
    events: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[dict[str, Any]] = field(default_factory=list)
    subjects: list[dict[str, Any]] = field(default_factory=list)
    completed: list[tuple[int, int, bytes]] = field(default_factory=list)

    def add(self, group: tuple[Prepared, ...]) -> tuple[Receipt, ...]:
        """Add drafts, all of them or none.

        Raises:
            CanonicalFormError: a value outside the profile; the batch is as it was.
        """
        head, tree = self.head, merkle.Growing(self.head.size, self.head.frontier)
        made: list[tuple[Prepared, Receipt, bytes]] = []
        for prepared in group:
            now = timestamp()
            data = body.encode(
                prepared.draft,
                prepared.payload,
                {path: committed for path, (_, committed) in prepared.secrets.items()},
                log=head.origin,
                sequence=head.size,
                previous=head.last,
                session=self.session,
                timestamp=now,
                anchor=head.anchor,
            )
            leaf = merkle.leaf_hash(data)
            tree.append(leaf)
            made.append(
                (prepared, Receipt(sequence=head.size, leaf=leaf.hex(), timestamp=now), data)
            )
            # The first event that follows a time-stamp cites it, and no other does.
            head = Head(head.origin, tree.size, leaf, tree.frontier)
        self.head = head
        self.completed += tree.completed
        for prepared, receipt, data in made:
            self._add_rows(prepared, receipt, data)
        return tuple(receipt for _, receipt, _ in made)

    def _add_rows(self, prepared: Prepared, receipt: Receipt, data: bytes) -> None:
        number = receipt.sequence
        self.events.append(
            {
                "seq": number,
                "session_id": self.session,
                "type": prepared.draft.payload.event_type,
                "body": data,
                "leaf": bytes.fromhex(receipt.leaf),
            }
        )
        self.secrets += [
            {"seq": number, "path": path, "disclosure": words}
            for path, (words, _) in prepared.secrets.items()
        ]
        self.subjects += [
            {"kind": kind, "key": key, "seq": number} for kind, key in prepared.subjects
        ]

    def insert(self, connection: Connection) -> None:
        """Insert the rows; the head is the caller's to write."""
        for table, rows in (
            (EVENT, self.events),
            (SECRET, self.secrets),
            (SUBJECT, self.subjects),
        ):
            if rows:
                connection.execute(insert(table), rows)
        nodes.keep(connection, self.completed)


def timestamp() -> str:
    """Return the local clock, RFC 3339 in UTC with microseconds."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
