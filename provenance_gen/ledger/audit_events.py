"""The part of the audit that walks the events, once and in order.

It hashes the stored bytes and believes no column beside them. It holds a page of events, the
frontier of the tree, and what it was asked to look out for; files are left to ``audit_files``. A
page in which all is well goes by at once (``audit_page``), any other event by event.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from provenance_gen.errors import LedgerError
from provenance_gen.ledger import disclosure, envelope, merkle
from provenance_gen.ledger.audit_given import GIVES
from provenance_gen.ledger.audit_page import Columns, Naming, names_files
from provenance_gen.ledger.audit_rows import Subjects, Tally
from provenance_gen.ledger.audit_source import EVENTS, FIRST, NODES, SUBJECTS, stream, within
from provenance_gen.ledger.shape import stored_in
from provenance_gen.ledger.shapes import Shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from provenance_gen.ledger.audit_page import Image, Subject
    from provenance_gen.ledger.audit_rows import Problems
    from provenance_gen.ledger.audit_source import Rows
    from provenance_gen.ledger.audit_texts import Texts
    from provenance_gen.ledger.shape import Stored


class SeesFiles(Protocol):
    """Is told of events that may name files, such as ``FileCheck``."""

    def see(
        self, type_: str, payload: dict[str, Any], number: int, images: Iterable[Stored]
    ) -> None:
        """Look at the files that a sound event names, the stored images among them."""
        ...

    def see_images(self, images: Iterable[Image]) -> None:
        """Look at the stored images that sound events name."""
        ...


class SeesTimes(Protocol):
    """Is told which time-stamps events cite, and their local clocks, such as ``AnchorCheck``."""

    @property
    def clocked(self) -> bool:
        """Whether the local clock of each event is wanted, and not only of those that cite."""
        ...

    def see(self, sequence: int, timestamp: str, digest: str) -> None:
        """Take note of an event's citation, if any, and of its local clock."""
        ...


@dataclass
class Pass:
    """What is gathered while the events go by."""

    origin: str
    files: SeesFiles
    problems: Problems
    sizes: Iterable[int] = ()
    """Tree sizes whose frontiers are wanted."""
    tree: merkle.Growing = field(default_factory=merkle.Growing)
    last: bytes = b""
    """Leaf hash of the event that went by last."""
    next_number: int = 0
    frontiers: dict[int, tuple[bytes, ...]] = field(default_factory=dict)
    """Frontiers of the tree at the sizes that are wanted."""
    kept: Tally = field(default_factory=Tally)
    anchors: SeesTimes | None = None
    redacted: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    """Leaf and field of each text of which an event says that it was deleted."""
    shapes: Shapes = field(default_factory=lambda: Shapes(is_read))
    """What is known of the forms of events; a second pass over other events may go on with it."""

    def __post_init__(self) -> None:
        """Order what is wanted."""
        self._wanted = sorted(set(self.sizes), reverse=True)

    def walk(
        self,
        rows: Rows,
        texts: Texts,
        subjects: Subjects,
        moved: Callable[[int], None],
        span: range | None = None,
    ) -> None:
        """Check every event, or those of a span, their texts, and the index of their subjects."""
        self._grow([])
        for page in rows.pages(within(EVENTS, "seq", span), FIRST):
            subjects.compare(self._page(page, texts))
            moved(self.tree.size)
        texts.finish()

    def walk_all(
        self, rows: Rows, texts: Texts, moved: Callable[[int], None], *, noded: bool
    ) -> None:
        """Check every event, and the indexes over them; nodes where any are kept."""
        subjects = Subjects(rows)
        self.walk(rows, texts, subjects, moved)
        check_subjects(rows, subjects, self)
        if noded:
            check_nodes(rows, self)

    def _page(self, page: Sequence[Any], texts: Texts) -> list[Subject]:
        """Check the next events; return the subjects of those that are sound."""
        clocked = bool(self.anchors and self.anchors.clocked)
        columns = Columns(page, self.next_number, self.last, clocked=clocked)
        if not columns.sound(self.origin, self.shapes):
            return self._each(page, texts)
        self.next_number, self.last = columns.numbers.stop, columns.leaves[-1]
        texts.compare_page(columns)
        if self.anchors:
            for moment in columns.times:
                self.anchors.see(*moment)
        images, seen = columns.images, 0
        for number in sorted(columns.naming):
            before = bisect_left(images, (number,))
            self.files.see_images(images[seen:before])
            seen = before
            self._name(number, columns.naming[number])
        self.files.see_images(images[seen:])
        self._grow(columns.leaves)
        return columns.said

    def _each(self, page: Sequence[Any], texts: Texts) -> list[Subject]:
        """Check the next events one by one, and say what is wrong."""
        leaves: list[bytes] = []
        said: list[Subject] = []
        for seq, session, type_, stored, stored_leaf in page:
            number = self.next_number
            if seq == number and type(seq) is int:
                self.next_number = number + 1
            else:
                number = self._renumbered(seq)
            data = stored if type(stored) is bytes else b""
            leaf = sha256(b"\x00" + data).digest()
            leaves.append(leaf)
            previous, self.last = self.last, leaf
            if stored_leaf != leaf:
                self.problems.add("its bytes are not those that were hashed", number)
            try:
                read = self.shapes.examine(type_, data)
            except LedgerError as error:
                self.problems.add(f"its bytes are no event ({error})", number)
                continue
            if read.previous != previous:
                self.problems.add("it does not follow the event before it", number)
            if read.sequence != number or read.log != self.origin:
                self.problems.add("its number or its log is not this one", number)
            if read.type != type_ or read.session != session:
                self.problems.add("its columns differ from its bytes", number)
            texts.compare(number, leaf, read.commit, read.payload)
            said += [(number, kind, key) for kind, key in read.subjects]
            if self.anchors:
                self.anchors.see(number, read.timestamp, read.anchor)
            self._name(number, Naming(read.type, read.payload, stored_in(data)))
        self._grow(leaves)
        return said

    def _grow(self, leaves: list[bytes]) -> None:
        """Let the tree grow; keep the frontiers that are wanted, and count its nodes."""
        done = 0
        while self._wanted and self._wanted[-1] <= self.tree.size + len(leaves) - done:
            size = self._wanted.pop()
            start, done = done, done + size - self.tree.size
            self.tree.extend(leaves[start:done])
            self.frontiers[size] = self.tree.frontier
        self.tree.extend(leaves[done:])
        for height, place, node in self.tree.completed:
            self.kept.add(merkle.node_number(height, place), ("", node.hex()))
        self.tree.completed.clear()

    def _name(self, number: int, naming: Naming) -> None:
        """Keep what a sound event says of files and of deleted texts."""
        type_, payload, images = naming
        self.files.see(type_, payload, number, images)
        if type_ == "text.redacted":
            path = payload.get("field")
            keys = tuple(map(str, path)) if isinstance(path, list) else ()
            self.redacted.add((str(payload.get("event")), keys))

    def _renumbered(self, seq: object) -> int:
        """Say that an event's number is not the next; return the number that it is checked with.

        After a gap it goes on from there, so that one missing event is one problem.
        """
        number = self.next_number
        self.problems.add(f"events are numbered {seq!s:.40} where {number} comes next", number)
        if isinstance(seq, int) and seq > number:
            number = seq
        self.next_number = number + 1
        return number


def is_read(type_: str, payload: dict[str, Any]) -> bool:
    """Tell whether the values in payloads of this shape are read beyond their subjects."""
    return type_ == "text.redacted" or type_ in GIVES or names_files(type_, payload)


def check_missing(texts: Texts, seen: Pass) -> None:
    """Demand that every text which is not there was deleted by an event that says so."""
    for number, leaf, path in texts.missing:
        if (leaf.hex(), disclosure.segments(path)) not in seen.redacted:
            seen.problems.add(f"the text of {path} is gone, and no event says why", number)


def check_subjects(rows: Rows, subjects: Subjects, seen: Pass) -> None:
    """Demand that the index of subjects is what the events speak of."""
    if not subjects.agree():
        where = _first_difference(rows)
        seen.problems.add("the index of subjects differs from the events", where)


def _first_difference(rows: Rows) -> int | None:
    """Find the first event whose subjects are not those of the index; both sides in order."""
    index = stream(rows, SUBJECTS)
    row = next(index, None)
    for number, event in enumerate(stream(rows, EVENTS)):
        indexed = set()
        while row is not None and isinstance(row[0], int) and row[0] <= number:
            indexed.add(tuple(row))
            row = next(index, None)
        try:
            said = envelope.examine(event[3]).subjects
        except (LedgerError, TypeError):
            continue
        if indexed != {(number, kind, key) for kind, key in said}:
            return number
    return None


def check_nodes(rows: Rows, seen: Pass, span: range | None = None) -> None:
    """Compare the kept nodes of the tree, or those over a span of events, with the events'."""
    found = Tally(seen.kept.key)
    # Numbered from left to right, a node stands between the leaves that it is over.
    numbers = None if span is None else range(2 * span.start, 2 * span.stop - 1)
    first = 0 if numbers is None else numbers.start
    for number, node in stream(rows, within(NODES, "number", numbers)):
        if type(number) is int and number >= 0 and type(node) is bytes:
            found.add(number - first, ("", node.hex()))
        else:
            found.count += 1
    if not found.equals(seen.kept):
        seen.problems.add("the kept nodes of the tree differ from the events")
