"""Join what several processes found in the parts of a ledger: chain, tree, rows, files, clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from provenance_gen.ledger import merkle
from provenance_gen.ledger.tables import EVENT, NODE, SECRET, SUBJECT

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from provenance_gen.ledger.anchor_check import AnchorCheck
    from provenance_gen.ledger.audit_events import Pass
    from provenance_gen.ledger.audit_files import FileCheck
    from provenance_gen.ledger.audit_part import Found, Part
    from provenance_gen.ledger.audit_texts import Texts


class NotWholeError(Exception):
    """Not everything is as it should be: one process has to read all of it and name what is wrong.

    It never leaves the audit.
    """


class Joined:
    """Joins what was found in the parts."""

    def __init__(self, seen: Pass, texts: Texts, files: FileCheck, anchors: AnchorCheck) -> None:
        """Take what is to be told of the events, none of whom it has seen yet."""
        self.seen, self.texts, self._files, self.anchors = seen, texts, files, anchors
        self._height = 0
        self._full = merkle.Growing()
        self._rest: tuple[bytes, ...] = ()
        self._subjects = 0
        self._nodes = 0

    def begin(self) -> None:
        """Begin with the tree over no event."""
        self.seen.frontiers[0] = ()

    def add(self, part: Part, found: Found | None) -> None:
        """Join the next part.

        Raises:
            NotWholeError: all is not well in it, or it does not follow the one before it.
        """
        seen = self.seen
        if found is None or found.previous != seen.last:
            raise NotWholeError
        seen.last = found.last
        before = self._full.frontier
        for size, frontier in found.frontiers.items():
            seen.frontiers[size] = before + frontier
        if part.end - part.first == part.length:
            self._height = part.length.bit_length() - 1
            self._full.extend(found.frontier)
        else:
            self._rest = found.frontier
        self.texts.disclosed += found.disclosed
        self.texts.missing += found.missing
        self._subjects += found.subjects
        self._nodes += found.nodes
        seen.redacted |= found.redacted
        for moment in found.moments:
            self.anchors.see(*moment)
        for images, type_, payload, number in found.files:
            self._files.see_images(images)
            self._files.see(type_, payload, number, ())

    def finish(self, connection: Connection, size: int) -> None:
        """Check what belongs to no part: higher nodes of the tree, and rows that none has read.

        Raises:
            NotWholeError: there are any, or a node is another.
        """
        seen = self.seen
        seen.tree = merkle.Growing(size, self._full.frontier + self._rest)
        for height, place, node in self._full.completed:
            number = merkle.node_number(height + self._height, place)
            stored = select(NODE.c.hash).where(NODE.c.number == number)
            if connection.execute(stored).scalars().all() != [node]:
                raise NotWholeError
        counts = (
            (EVENT, size),
            (SECRET, self.texts.disclosed),
            (SUBJECT, self._subjects),
            (NODE, self._nodes + len(self._full.completed)),
        )
        for table, count in counts:
            if connection.execute(select(func.count()).select_from(table)).scalar() != count:
                raise NotWholeError
