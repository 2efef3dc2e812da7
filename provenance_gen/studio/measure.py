"""Measure an image: what led to it, and its origin map, from the events and the stored pixels.

Here the leaves meet: the editor says what its operations wrote (``editing.trace``), the
comparison what another program changed (``images.comparison``), and ``contribution.origin``
carries both to the final picture. Only reads; nothing is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from provenance_gen.contribution.measures import measure as count
from provenance_gen.contribution.origin import Key, Step, compose
from provenance_gen.contribution.origin_record import Maker, figure, layers, mixed, owns
from provenance_gen.contribution.path import path_to
from provenance_gen.editing.trace import is_tonal, named, trace
from provenance_gen.errors import ImageError
from provenance_gen.images.comparison import Comparison, compare
from provenance_gen.images.layers import Layer, Mark, Writer, mark
from provenance_gen.images.structure import structure
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import ActorKind
from provenance_gen.records.origin import (
    Origin,
    Recovered,
    StructureKept,
    ToneChange,
    Unmeasured,
)
from provenance_gen.studio.origin_files import write_files
from provenance_gen.studio.select import find

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image as Picture

    from provenance_gen.contribution.origin import Composition
    from provenance_gen.images.store import ImageStore
    from provenance_gen.records import work as records
    from provenance_gen.records.base import Digest
    from provenance_gen.records.edit import Operation
    from provenance_gen.records.finding import Contribution
    from provenance_gen.studio.work import ImageLike, Work

__all__ = ["composed", "contribution", "origin"]


def contribution(work: Work, image: ImageLike, folder: Path | None = None) -> Contribution:
    """Measure what leads to an image and where it shows in it; see ``Work.measure``."""
    history = work.history()
    led = path_to(history, find(history, image).name)
    shown = origin(history, work.studio.store, image, folder)
    return count(led).model_copy(update={"origin": shown})


def origin(
    history: records.Work, store: ImageStore, image: ImageLike, folder: Path | None = None
) -> Origin:
    """Measure where the steps of an image's making show in it.

    Args:
        history: the work as it was read, so that it is not read again here.
        store: where its pictures lie.
        image: the image.
        folder: where the label image and the coverage of each layer are written, if anywhere.

    Raises:
        UnknownReferenceError: the work has no such image.
        MissingExtraError: pictures of another program must be compared, and OpenCV is missing.
        ImageError: the recorded steps do not lead to the picture.
    """
    return composed(history, store, image, folder)[0]


def composed(
    history: records.Work, store: ImageStore, image: ImageLike, folder: Path | None = None
) -> tuple[Origin, Composition]:
    """Measure as ``origin`` does, and return the map of the pixels as well."""
    chosen = find(history, image)
    chain = history.lineage(chosen.name)
    gathered = _Gathered(history, store)
    for step in chain[1:]:
        gathered.edit(next(edit for edit in history.edits if edit.image.name == step.name))
    composition = compose(gathered.root(chain[0]), _size(chain[0]), gathered.steps)
    if composition.size != _size(chosen):
        raise ImageError(f"the recorded steps of {chosen.name} do not lead to its size")
    files = write_files(folder, composition) if folder is not None else None
    measured = Origin(
        image=chosen.name,
        pixel_digest=chosen.ref.pixel_digest,
        width=chosen.stored.width,
        height=chosen.stored.height,
        owns=owns(),
        layers=layers(
            composition,
            gathered.makers,
            names={known.ref.pixel_digest: known.name for known in reversed(history.images)},
            files=files.shares if files else None,
        ),
        mixed=mixed(composition),
        tones=tuple(gathered.tones),
        recovered=tuple(gathered.recovered),
        structure=_structure(history, chain[0], store),
        unmeasured=tuple(gathered.unmeasured),
        labels=files.labels if files else None,
    )
    return measured, composition


def _size(image: records.Image) -> tuple[int, int]:
    return image.stored.width, image.stored.height


@dataclass
class _Gathered:
    """What is known of the steps, in order."""

    history: records.Work
    store: ImageStore
    steps: list[Step] = field(default_factory=list)
    makers: dict[str, Maker] = field(default_factory=dict)
    tones: list[ToneChange] = field(default_factory=list)
    recovered: list[Recovered] = field(default_factory=list)
    unmeasured: list[Unmeasured] = field(default_factory=list)

    def root(self, image: records.Image) -> Key:
        """Return the writer that the chain begins with."""
        brought = next((i for i in self.history.imports if i.image.name == image.name), None)
        if brought is None:
            self.makers[image.name] = Maker("model", (image.citation,))
            return Key(image.name, Writer.MODEL)
        own = brought.own and brought.citation.actor is ActorKind.PERSON
        self.makers[image.name] = Maker("import", (brought.citation,), confirmed=own)
        return Key(image.name, Writer.IMPORT)

    def edit(self, edit: records.Edit) -> None:
        """Take in what an edit wrote."""
        if edit.agent is EditAgent.EXTERNAL and not edit.operations:
            self._external(edit)
            return
        size, marks = _size(self.history.image(edit.parent)), list[Mark]()
        for operation in edit.operations:
            # One at a time: a coverage is as large as the picture, a mark is not.
            marks += [
                mark(layer) for layer in trace(size, [operation], pictures=self._put_in(operation))
            ]
            size = (operation.width, operation.height)
        tonal = tuple(o.name for o in edit.operations if is_tonal(o))
        name = edit.image.name
        if tonal:
            self.tones.append(ToneChange(image=name, operations=tonal, citation=edit.citation))
        self.makers[name] = Maker(edit.agent.value, (edit.citation,))
        self.steps.append(Step(name, marks))

    def _put_in(self, operation: Operation) -> dict[Digest, Picture]:
        return {digest: self.store.open(digest) for digest in named([operation])}

    def _external(self, edit: records.Edit) -> None:
        """Find what another program changed."""
        name, parent = edit.image.name, self.history.image(edit.parent)
        confirmed = edit.theirs
        citations = tuple(c for c in (edit.citation, edit.linked, edit.confirmed) if c is not None)
        found = self._compared(edit, parent)
        if isinstance(found, str):
            self.unmeasured.append(Unmeasured(image=name, reason=found))
            whole = np.ones(_size(edit.image)[::-1], dtype=np.float32)
            layer = Layer(_size(edit.image), Writer.EXTERNAL, whole)
            fitted = _fitting(layer, _size(parent))
            extent = "assumed"
        else:
            layer = Layer(
                _size(edit.image),
                Writer.EXTERNAL,
                found.mask.astype(np.float32),
                found.registration.to_parent,
                tone=found.tone is not None,
            )
            fitted, extent = layer, "recovered"
            self.recovered.append(_recovered(edit, found))
            if layer.tone:
                self.tones.append(ToneChange(image=name, citation=edit.citation))
        self.makers[name] = Maker("external", citations, extent, confirmed)
        self.steps.append(Step(name, [mark(fitted)]))

    def _compared(self, edit: records.Edit, parent: records.Image) -> Comparison | str:
        gone = [image.name for image in (parent, edit.image) if image.withdrawn]
        if gone:
            return f"the pixels of {gone[0]} were deleted on request"
        found = compare(
            self.store.open(parent.ref.pixel_digest), self.store.open(edit.image.ref.pixel_digest)
        )
        if isinstance(found, Comparison):
            return found
        return f"not derived from {parent.name} as far as can be seen: {found.reason}"


def _fitting(layer: Layer, parent: tuple[int, int]) -> Layer:
    """Give a layer that hides everything a map that fits the sizes."""
    scale = np.diag([parent[0] / layer.size[0], parent[1] / layer.size[1], 1.0])
    return Layer(layer.size, layer.writer, layer.coverage, scale)


def _recovered(edit: records.Edit, found: Comparison) -> Recovered:
    return Recovered(
        image=edit.image.name,
        parent=edit.parent,
        to_parent=tuple(figure(float(v)) for v in found.registration.to_parent[:2].ravel()),
        exact=found.registration.exact,
        agreement=figure(found.registration.agreement),
        tone=found.tone is not None,
        changed=found.changed,
        area=found.mask.size,
        tolerance=found.tolerance,
        reduced=found.reduced,
        delta_e_mean=figure(found.mean),
        delta_e_maximum=figure(found.maximum),
        ssim=figure(found.ssim),
    )


def _structure(
    history: records.Work, root: records.Image, store: ImageStore
) -> tuple[StructureKept, ...]:
    """Compare a generated image with the pictures that its attempt was given."""
    attempt = next((a for a in history.attempts if a.id == root.ref.origin), None)
    kept = []
    own = {
        item.image.ref.pixel_digest
        for item in history.imports
        if item.own and item.citation.actor is ActorKind.PERSON
    }
    names = {image.ref.pixel_digest: image.name for image in reversed(history.images)}
    for given in attempt.call.inputs if attempt else ():
        digest = given.image.pixel_digest if given.image else given.pixel_digest
        if digest is None or "mask" in given.argument or not store.has(digest) or root.withdrawn:
            continue
        found = structure(store.open(digest), store.open(root.ref.pixel_digest))
        kept.append(
            StructureKept(
                image=root.name,
                argument=given.argument,
                input=digest,
                input_image=names.get(digest),
                own=digest in own,
                edges=figure(found.edges),
                edges_by_chance=figure(found.by_chance),
                ssim=figure(found.ssim),
            )
        )
    return tuple(kept)
