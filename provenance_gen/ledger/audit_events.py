"""The part of the audit that walks the events, once and in order.

It hashes the stored bytes and believes no column beside them. It holds a page of events, the
frontier of the tree, 100 bytes for each stored image, and what it was asked to look out for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from provenance_gen.errors import LedgerError
from provenance_gen.ledger import body, disclosure, merkle, nodes
from provenance_gen.ledger.audit_rows import PAGE, Problems, Tally, Texts, stream
from provenance_gen.ledger.tables import EVENT, NODE, SUBJECT
from provenance_gen.records.image import StoredImage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Connection

    from provenance_gen.ledger.anchor_check import AnchorCheck
    from provenance_gen.ledger.body import Examined

EVENTS: Final = select(
    EVENT.c.seq, EVENT.c.session_id, EVENT.c.type, EVENT.c.body, EVENT.c.leaf
).order_by(EVENT.c.seq)

# A ``StoredImage`` in canonical form; inside a string its quotes would be escaped.
_STORED: Final = re.compile(
    rb'\{"file_digest":"([0-9a-f]{64})","height":(0|[1-9][0-9]{0,15}),'
    rb'"pixel_digest":"([0-9a-f]{64})","width":(0|[1-9][0-9]{0,15})\}'
)


@dataclass
class Pass:
    """What is gathered while the events go by."""

    origin: str
    image_problem: Callable[[StoredImage], str | None]
    original_problem: Callable[[str], str | None]
    problems: Problems
    sizes: Iterable[int] = ()
    """Tree sizes whose roots are wanted."""
    tree: merkle.Growing = field(default_factory=merkle.Growing)
    last: bytes = b""
    """Leaf hash of the event that went by last."""
    next_number: int = 0
    roots: dict[int, bytes] = field(default_factory=dict)
    subjects: Tally = field(default_factory=Tally)
    kept: Tally = field(default_factory=Tally)
    anchors: AnchorCheck | None = None
    """Is told which time-stamps events cite, and their local clocks."""
    images: set[bytes] = field(default_factory=set)
    """Images that were looked at: their pixel and file digests."""
    withdrawn: set[str] = field(default_factory=set)
    """Digests of pixels that were withdrawn."""
    redacted: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    """Leaf and field of each text of which an event says that it was deleted."""
    unsound: list[tuple[int, str, str]] = field(default_factory=list)
    """Images with which something is wrong: event, pixel digest, what."""

    def walk(self, connection: Connection, texts: Texts, moved: Callable[[int], None]) -> None:
        """Check every event and its texts."""
        wanted = iter(sorted(set(self.sizes)))
        size = next(wanted, None)
        while size == 0:
            self.roots[0], size = merkle.EMPTY_ROOT, next(wanted, None)
        for row in stream(connection, EVENTS):
            self._event(row, texts)
            if self.tree.size == size:
                self.roots[size], size = self.tree.root, next(wanted, None)
            if self.tree.size % PAGE == 0:
                self._count_nodes()
                moved(self.tree.size)
        self._count_nodes()
        texts.finish()
        for number, digest, what in self.unsound:
            if digest not in self.withdrawn:
                self.problems.add(what, number)

    def _event(self, row: Any, texts: Texts) -> None:
        seq, session, type_, data, stored_leaf = row
        number = self._number(seq)
        if type(data) is not bytes:
            data = b""
        leaf = merkle.leaf_hash(data)
        self.tree.append(leaf)
        previous, self.last = self.last, leaf
        if stored_leaf != leaf:
            self.problems.add("its bytes are not those that were hashed", number)
        try:
            read = body.examine(data)
        except LedgerError as error:
            self.problems.add(f"its bytes are no event ({error})", number)
            return
        if read.previous != previous:
            self.problems.add("it does not follow the event before it", number)
        if read.sequence != number or read.log != self.origin:
            self.problems.add("its number or its log is not this one", number)
        if read.type != type_ or read.session != session:
            self.problems.add("its columns differ from its bytes", number)
        texts.compare(number, leaf, read.commit, read.payload)
        self._remember(read, number, data)

    def _remember(self, read: Examined, number: int, data: bytes) -> None:
        """Keep what a sound event says of things that are checked elsewhere."""
        self.subjects.add(number, *read.subjects)
        if self.anchors:
            self.anchors.see(number, read.timestamp, read.anchor)
        if b'"file_digest":' in data:
            self._images(data, number)
        if read.type == "image.imported":
            self._original(read.payload, number)
        if read.type == "image.withdrawn":
            image = read.payload.get("image")
            self.withdrawn.add(str(image.get("pixel_digest")) if isinstance(image, dict) else "")
        if read.type == "text.redacted":
            path = read.payload.get("field")
            keys = tuple(map(str, path)) if isinstance(path, list) else ()
            self.redacted.add((str(read.payload.get("event")), keys))

    def _number(self, seq: object) -> int:
        """Return the number that the next event has to have, after comparing its own.

        After a gap it goes on from there, so that one missing event is one problem.
        """
        number = self.next_number
        if seq != number or not isinstance(seq, int):
            self.problems.add(f"events are numbered {seq!s:.40} where {number} comes next", number)
            if isinstance(seq, int) and seq > number:
                self.next_number = seq + 1
                return seq
        self.next_number = number + 1
        return number

    def _images(self, data: bytes, number: int) -> None:
        for file_digest, height, pixel_digest, width in _STORED.findall(data):
            name = bytes.fromhex((pixel_digest + file_digest).decode())
            # An image that is recorded again after it was withdrawn has to be there again.
            self.withdrawn.discard(pixel_digest.decode())
            if name not in self.images:
                self.images.add(name)
                stored = StoredImage(
                    pixel_digest=pixel_digest.decode(),
                    file_digest=file_digest.decode(),
                    width=int(width),
                    height=int(height),
                )
                if what := self.image_problem(stored):
                    self.unsound.append((number, stored.pixel_digest, what))

    def _original(self, payload: dict[str, Any], number: int) -> None:
        """Look at the file that an image was brought in from; it goes when the image does."""
        image, source = payload.get("image"), payload.get("source_digest")
        what = self.original_problem(source) if isinstance(source, str) else None
        if what and isinstance(image, dict):
            self.unsound.append((number, str(image.get("pixel_digest")), what))

    def _count_nodes(self) -> None:
        for height, place, node in self.tree.completed:
            self.kept.add(nodes.number(height, place), ("", node.hex()))
        self.tree.completed.clear()


def check_missing(texts: Texts, seen: Pass) -> None:
    """Demand that every text which is not there was deleted by an event that says so."""
    for number, leaf, path in texts.missing:
        if (leaf.hex(), disclosure.segments(path)) not in seen.redacted:
            seen.problems.add(f"the text of {path} is gone, and no event says why", number)


def check_subjects(connection: Connection, seen: Pass) -> None:
    """Compare the index of subjects with what the events speak of."""
    found = Tally(seen.subjects.key)
    for kind, key, number in stream(
        connection, select(SUBJECT.c.kind, SUBJECT.c.key, SUBJECT.c.seq)
    ):
        if type(kind) is str and type(key) is str and type(number) is int and number >= 0:
            found.add(number, (kind, key))
        else:
            found.count += 1
    if not found.equals(seen.subjects):
        where = _first_difference(connection)
        seen.problems.add("the index of subjects differs from the events", where)


def _first_difference(connection: Connection) -> int | None:
    """Find the first event whose subjects are not those of the index; both sides in order."""
    query = select(SUBJECT.c.seq, SUBJECT.c.kind, SUBJECT.c.key).order_by(SUBJECT.c.seq)
    rows = stream(connection, query)
    row = next(rows, None)
    for number, event in enumerate(stream(connection, EVENTS)):
        indexed = set()
        while row is not None and isinstance(row[0], int) and row[0] <= number:
            indexed.add(tuple(row))
            row = next(rows, None)
        try:
            said = body.examine(event[3]).subjects
        except (LedgerError, TypeError):
            continue
        if indexed != {(number, kind, key) for kind, key in said}:
            return number
    return None


def check_nodes(connection: Connection, seen: Pass) -> None:
    """Compare the kept nodes of the tree with those that the events give."""
    found = Tally(seen.kept.key)
    for number, node in stream(connection, select(NODE.c.number, NODE.c.hash)):
        if type(number) is int and number >= 0 and type(node) is bytes:
            found.add(number, ("", node.hex()))
        else:
            found.count += 1
    if not found.equals(seen.kept):
        seen.problems.add("the kept nodes of the tree differ from the events")
