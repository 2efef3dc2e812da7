"""The part of a work's record that leads to one image: pure.

A work can hold many attempts that have nothing to do with a certain picture. Those that have are
the attempt that made it and the attempts that one revised, one after the other; the choices among
their images; the edits between the first image and the last; and what was given to any of them. A
link that only the program guessed is followed too: what it leads to stays marked as a guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provenance_gen.records.work import Attempt, Image, Work


def path_to(work: Work, name: str) -> Work:
    """Return the work cut down to what leads to an image.

    Intents are those of the whole work. Numbers and names stay those of the work.

    Raises:
        UnknownReferenceError: the work has no such image.
    """
    chain = work.lineage(name)
    names = {image.name for image in chain}
    edits = tuple(edit for edit in work.edits if edit.image.name in names)
    attempts = _chain(work, chain[0])
    given = {
        item.image.origin for attempt in attempts for item in attempt.call.inputs if item.image
    }
    seen = names | {image.name for attempt in attempts for image in attempt.images}
    return work.model_copy(
        update={
            "attempts": attempts,
            "edits": edits,
            "imports": tuple(i for i in work.imports if i.image.name in names or i.id in given),
            "selections": tuple(s for s in work.selections if seen & {*s.images, *s.over}),
            "views": tuple(v for v in work.views if seen & {*v.images}),
            "exports": tuple(e for e in work.exports if e.image in names),
        }
    )


def _chain(work: Work, first: Image) -> tuple[Attempt, ...]:
    """Return the attempt that made an image and those that it revised, oldest first."""
    numbered = {attempt.number: attempt for attempt in work.attempts}
    chain: list[Attempt] = []
    current = next((a for a in work.attempts if a.id == first.ref.origin), None)
    while current is not None and current not in chain:
        chain.append(current)
        current = numbered.get(current.revises) if current.revises is not None else None
    return tuple(reversed(chain))
