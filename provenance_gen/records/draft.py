"""A work while it is read: the parts that have been seen so far.

What each type of event adds is ``reading``'s; which work an event belongs to, ``history``'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from provenance_gen.records.image import ImageRef
from provenance_gen.records.redaction import Redaction
from provenance_gen.records.work import (
    Attempt,
    Choice,
    Edit,
    Export,
    Gate,
    Image,
    Import,
    Intent,
    Selection,
    View,
    Work,
)


@dataclass
class WorkDraft:
    """A work while it is read; identifiers lead to places in the lists."""

    work: Work
    intents: list[Intent] = field(default_factory=list)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    edits: dict[str, Edit] = field(default_factory=dict)
    imports: dict[str, Import] = field(default_factory=dict)
    selections: list[Selection] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    exports: dict[str, Export] = field(default_factory=dict)
    gates: dict[str, Gate] = field(default_factory=dict)
    """By the leaf of the event that each was recorded with."""
    redactions: list[Redaction] = field(default_factory=list)
    withdrawn: set[str] = field(default_factory=set)
    """Names of images whose pixels were deleted."""

    def knows(self, identifier: str) -> bool:
        """Tell whether an attempt, an edit or an import has an identifier.

        The first event that gives it counts. A second one would take what is on record out of
        sight, and could lead a picture back to itself.
        """
        return any(identifier in known for known in (self.attempts, self.edits, self.imports))

    def name(self, ref: ImageRef) -> str | None:
        """Return what people call an image, or None for one that is not of this work."""
        if attempt := self.attempts.get(ref.origin):
            return f"{attempt.number}.{ref.index}"
        if edit := self.edits.get(ref.origin):
            return f"e{edit.number}"
        if item := self.imports.get(ref.origin):
            return f"i{item.number}"
        return None

    def names(self, refs: Iterable[ImageRef]) -> tuple[str, ...]:
        """Return the names of images; those that are not of this work are passed over."""
        return tuple(name for ref in refs if (name := self.name(ref)) is not None)

    def images(self) -> Iterator[Image]:
        """Give every image read so far."""
        for attempt in self.attempts.values():
            yield from attempt.images
        yield from (item.image for item in self.imports.values())
        yield from (edit.image for edit in self.edits.values())

    def finished(self) -> Work:
        """Return the work with every image's last choice, and whether its pixels are gone."""
        chosen: dict[str, Choice] = {}
        for selection in self.selections:
            chosen |= dict.fromkeys(selection.images, selection.choice)

        def marked(image: Image) -> Image:
            more: dict[str, Any] = {}
            if (choice := chosen.get(image.name)) is not None:
                more["choice"] = choice
            if image.name in self.withdrawn:
                more["withdrawn"] = True
            return image.model_copy(update=more) if more else image

        return self.work.model_copy(
            update={
                "intents": tuple(self.intents),
                "attempts": tuple(
                    a.model_copy(update={"images": tuple(map(marked, a.images))})
                    for a in self.attempts.values()
                ),
                "edits": tuple(
                    e.model_copy(update={"image": marked(e.image)}) for e in self.edits.values()
                ),
                "imports": tuple(
                    i.model_copy(update={"image": marked(i.image)}) for i in self.imports.values()
                ),
                "selections": tuple(self.selections),
                "views": tuple(self.views),
                "exports": tuple(self.exports.values()),
                "gates": tuple(self.gates.values()),
                "redactions": tuple(self.redactions),
            }
        )
