"""Gather the recorded chain of an image for its manifest, from its beginning to the image.

Edits lead back to the image they were made from, and an inpainting to the picture that was painted
in, as long as that is recorded here; every other attempt is a beginning.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from provenance_gen.credentials import container, ingredients
from provenance_gen.errors import ImageError
from provenance_gen.ledger import disclosure as salted
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import Basis
from provenance_gen.records.export import Counts, Lineage, Repaint
from provenance_gen.records.generation import Task
from provenance_gen.records.work import Edit

if TYPE_CHECKING:
    from provenance_gen.images.store import ImageStore
    from provenance_gen.records import work as records
    from provenance_gen.records.generation import InputImage
    from provenance_gen.records.image import ImageRef
    from provenance_gen.studio.work import Work


def lineage(work: Work, name: str) -> Lineage:
    """Gather the recorded chain of an image, from its beginning to the image.

    Raises:
        UnknownReferenceError: the work has no such image.
    """
    history = work.studio.history()
    found = history.work(work.id)
    steps: list[Edit | Repaint] = []
    seen: set[str] = set()
    while True:
        first = _edits_back(found, name, steps)
        attempt = next((a for a in found.attempts if a.id == first.ref.origin), None)
        below = _painted_in(found, attempt)
        if attempt is None or below is None or attempt.id in seen:
            break
        # An attempt that was given a picture made after it cannot be; a forged log could say so.
        seen.add(attempt.id)
        steps.insert(0, _repaint(work, attempt, first.ref.index))
        name = below
    put_in = _put_in(steps)
    return Lineage(
        attempt=attempt,
        generated_index=first.ref.index,
        source=next((i for i in found.imports if i.id == first.ref.origin), None),
        steps=tuple(steps),
        references=tuple(i for i in found.imports if i.id in put_in | _given(attempt, steps)),
        painters=tuple(a for a in found.attempts if a.id in put_in),
        counts=_counts(found),
        tree_size=history.size,
    )


def sealed_events(chain: Lineage, work: records.Work) -> dict[str, str]:
    """Return the leaves of a chain's events, by what each is of."""
    leaves = {"work": work.citation.leaf}
    if chain.source:
        leaves["import"] = chain.source.citation.leaf
    if chain.attempt:
        leaves |= _attempt("attempt", chain.attempt)
    for number, step in enumerate(chain.steps, 1):
        if isinstance(step, Edit):
            leaves[f"step{number}"] = step.citation.leaf
        else:
            leaves |= _attempt(f"step{number}", step.attempt)
    return leaves


def commitments(chain: Lineage, work: records.Work) -> tuple[str, dict[str, str]]:
    """Commit to the sealed events of a chain, with fresh salts for each export.

    The leaf of an event binds all that it says, and its texts are salted in it again. So whoever
    is shown a disclosure and the event can match the picture to its sealed history, and nobody
    else can; deleting a text leaves nothing here that could confirm a guess of it.

    Returns:
        The disclosures as a JSON array, to be kept beside the ledger, and the commitments that go
        into the file, by what the event is of (the form of ``ledger.disclosure``).
    """
    leaves = sealed_events(chain, work)
    made = {name: salted.conceal(f"/withheld/{name}", leaf) for name, leaf in leaves.items()}
    kept = json.dumps([disclosure for disclosure, _ in made.values()])
    return kept, {name: digest for name, (_, digest) in made.items()}


def _attempt(name: str, attempt: records.Attempt) -> dict[str, str]:
    leaves = {name: attempt.citation.leaf}
    if attempt.ended:
        leaves[f"{name}-ended"] = attempt.ended.leaf
    return leaves


def _edits_back(found: records.Work, name: str, steps: list[Edit | Repaint]) -> records.Image:
    """Put the edits that lead to an image in front of the steps; return where they begin."""
    chain = found.lineage(name)
    edits = {edit.image.name: edit for edit in found.edits}
    steps[:0] = [edits[image.name] for image in chain[1:]]
    return chain[0]


def _painted_in(found: records.Work, attempt: records.Attempt | None) -> str | None:
    """Return the name of the recorded picture that an inpainting painted in."""
    if attempt is None or attempt.call.task is not Task.INPAINT:
        return None
    given = _input(attempt, "image")
    return _named(found, given.image) if given and given.image else None


def _named(found: records.Work, ref: ImageRef) -> str | None:
    places = ((image.ref.origin, image.ref.index, image.name) for image in found.images)
    return next((name for *place, name in places if place == [ref.origin, ref.index]), None)


def _input(attempt: records.Attempt, argument: str) -> InputImage | None:
    return next((item for item in attempt.call.inputs if item.argument == argument), None)


def _repaint(work: Work, attempt: records.Attempt, index: int) -> Repaint:
    mask = _input(attempt, "mask_image")
    if mask is None or mask.pixel_digest is None:
        return Repaint(attempt=attempt, index=index)
    try:
        picture = work.studio.store.open(mask.pixel_digest).convert("L")
    except ImageError:
        return Repaint(attempt=attempt, index=index)
    box = picture.getbbox()
    region = (box[0], box[1], box[2] - box[0], box[3] - box[1]) if box else None
    return Repaint(
        attempt=attempt, index=index, region=region, width=picture.width, height=picture.height
    )


def _put_in(steps: list[Edit | Repaint]) -> set[str]:
    """Return the origins of the pictures that edits put in."""
    edits = (step for step in steps if isinstance(step, Edit))
    sources = (operation.source for edit in edits for operation in edit.operations)
    return {source.origin for source in sources if source is not None}


def _given(first: records.Attempt | None, steps: list[Edit | Repaint]) -> set[str]:
    """Return the origins of the pictures that generators of the chain were given."""
    attempts = [first] if first else []
    attempts += [step.attempt for step in steps if isinstance(step, Repaint)]
    return {item.image.origin for attempt in attempts for item in attempt.call.inputs if item.image}


def _counts(work: records.Work) -> Counts:
    return Counts(
        attempts=len(work.attempts),
        images=sum(len(attempt.images) for attempt in work.attempts),
        revisions=sum(
            attempt.revises is not None and attempt.revision_basis is not Basis.INFERRED
            for attempt in work.attempts
        ),
        selections=len(work.selections),
        edits=sum(edit.agent is not EditAgent.PROGRAM for edit in work.edits),
    )


def originals(store: ImageStore, chain: Lineage, definition: dict[str, Any]) -> dict[str, bytes]:
    """Return the imported files of a chain that have credentials of their own, to be kept."""
    found: dict[str, bytes] = {}
    for label, digest in ingredients.files(chain, definition).items():
        try:
            data = store.file(digest)
        except ImageError:
            # Withdrawn or never kept: its digest still stands in the ingredient.
            continue
        if container.manifest_store(data) is not None:
            found[label] = data
    return found
