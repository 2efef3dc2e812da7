"""The part of a work's record that leads to one image: pure.

A work can hold many attempts that have nothing to do with a certain picture. Those that have are
the attempt that made it and the attempts that one revised, one after the other; the edits between
the first image and the last; what any of them was given, or took pixels from, with what led there;
and the choices among their images. A link that only the program guessed is followed where that is
asked for; ``surely_to`` follows none, and what it leaves out was reached by a guess alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.contribution.edits import is_known
from provenance_gen.records.event import Basis

if TYPE_CHECKING:
    from provenance_gen.records.image import ImageRef
    from provenance_gen.records.work import Attempt, Edit, Image, Work


def path_to(work: Work, name: str) -> Work:
    """Return the work cut down to what leads to an image, links that were guessed among it.

    Intents are those of the whole work. Numbers and names stay those of the work.

    Raises:
        UnknownReferenceError: the work has no such image.
    """
    return _cut(work, *_reached(work, name, guesses=True))


def surely_to(work: Work, name: str) -> Work:
    """Return the work cut down to what is recorded to lead to an image, and not only guessed.

    Otherwise as ``path_to``. A guess is of which attempt another revised, or of which image
    a file was edited from.

    Raises:
        UnknownReferenceError: the work has no such image.
    """
    return _cut(work, *_reached(work, name, guesses=False))


def _cut(work: Work, names: set[str], attempts: tuple[Attempt, ...]) -> Work:
    edits = tuple(edit for edit in work.edits if edit.image.name in names)
    seen = names | {image.name for attempt in attempts for image in attempt.images}
    return work.model_copy(
        update={
            "attempts": attempts,
            "edits": edits,
            "imports": tuple(i for i in work.imports if i.image.name in names),
            "selections": tuple(s for s in work.selections if seen & {*s.images, *s.over}),
            "views": tuple(v for v in work.views if seen & {*v.images}),
            "exports": tuple(e for e in work.exports if e.image in names),
            "redactions": (),
        }
    )


def _reached(work: Work, name: str, *, guesses: bool) -> tuple[set[str], tuple[Attempt, ...]]:
    """Return the names of the images that lead to one, itself among them, and the attempts."""
    made = {attempt.id: attempt for attempt in work.attempts}
    numbered = {attempt.number: attempt for attempt in work.attempts}
    edits = {edit.image.name: edit for edit in work.edits}
    # Work.lineage would look through the whole work for each of thousands of inputs.
    named = {image.name: image for image in work.images}
    called = {(image.ref.origin, image.ref.index): image.name for image in named.values()}
    names: set[str] = set()
    attempts: dict[int, Attempt] = {}
    waiting = [work.image(name).name]
    while waiting:
        chain = _lineage(waiting.pop(), named, edits, guesses=guesses)
        used: list[ImageRef] = []
        for image in chain:
            if image.name in edits and image.name not in names:
                used += [op.source for op in edits[image.name].operations if op.source]
        names.update(image.name for image in chain)
        current = made.get(chain[0].ref.origin)
        while current is not None and current.number not in attempts:
            attempts[current.number] = current
            used += [item.image for item in current.call.inputs if item.image]
            revised = _revised(current, guesses=guesses)
            current = numbered.get(revised) if revised is not None else None
        found = (called.get((ref.origin, ref.index)) for ref in used)
        waiting += [other for other in found if other and other not in names]
    return names, tuple(attempts[number] for number in sorted(attempts))


def _lineage(
    name: str, named: dict[str, Image], edits: dict[str, Edit], *, guesses: bool
) -> list[Image]:
    """Return the images that one was edited from, the first of them first, and itself."""
    chain = [named[name]]
    while (parent := chain[-1].parent) is not None:
        edit = edits.get(chain[-1].name)
        if edit and not guesses and not is_known(edit):
            break
        chain.append(named[parent])
    return chain[::-1]


def _revised(attempt: Attempt, *, guesses: bool) -> int | None:
    known = attempt.revision_basis not in (None, Basis.INFERRED)
    return attempt.revises if guesses or known else None
