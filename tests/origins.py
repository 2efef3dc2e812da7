"""Origin maps of made-up works, composed as real ones are from where each step is said to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from provenance_gen.contribution.origin import Key, Step, compose
from provenance_gen.contribution.origin_record import Maker, layers, mixed, owns
from provenance_gen.images.layers import Layer, Writer, mark
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.origin import Origin
from provenance_gen.reporting.origin import Measured

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from provenance_gen.records.work import Edit, Image, Work

WRITERS = {
    EditAgent.HUMAN: Writer.STROKE,
    EditAgent.MODEL: Writer.INPAINT,
    EditAgent.EXTERNAL: Writer.EXTERNAL,
}


class DrawnMaps:
    """Composes the map of an image of a work from masks: where each edit is said to have written.

    ``mask`` gives for an edit the share of each pixel that it supplied, height by width.
    """

    def __init__(self, work: Work, mask: Callable[[Edit], NDArray[np.float32]]) -> None:
        """Take the images of one work."""
        self._work = work
        self._mask = mask

    def __call__(self, image: Image) -> Measured:
        """Return where the steps of an image show."""
        chain = self._work.lineage(image.name)
        edits = [self._work.edits[int(step.name[1:]) - 1] for step in chain[1:]]
        size = (image.stored.width, image.stored.height)
        brought = next((i for i in self._work.imports if i.image.name == chain[0].name), None)
        makers = {chain[0].name: Maker("model", (chain[0].citation,))}
        if brought:
            own = brought.own and brought.citation.by_person
            makers = {chain[0].name: Maker("import", (brought.citation,), confirmed=own)}
        steps = []
        for edit in edits:
            layer = mark(Layer(size, WRITERS[edit.agent], self._mask(edit)))
            steps.append(Step(edit.image.name, [layer]))
            external = edit.agent is EditAgent.EXTERNAL
            makers[edit.image.name] = Maker(
                edit.agent.value,
                tuple(cited for cited in (edit.citation, edit.confirmed) if cited),
                "recovered" if external else "recorded",
                edit.theirs if external else None,
            )
        root = Key(chain[0].name, Writer.IMPORT if brought else Writer.MODEL)
        composition = compose(root, size, steps)
        origin = Origin(
            image=image.name,
            pixel_digest=image.ref.pixel_digest,
            width=size[0],
            height=size[1],
            owns=owns(),
            layers=layers(composition, makers, names={}),
            mixed=mixed(composition),
        )
        return Measured(origin, composition.labels)


def boxed(edit: Edit) -> NDArray[np.float32]:
    """Return a mask of the box that an edit is recorded to have changed."""
    width, height = edit.image.stored.width, edit.image.stored.height
    mask = np.zeros((height, width), dtype=np.float32)
    left, top, wide, high = edit.difference.bounds or (0, 0, 0, 0)
    mask[top : top + high, left : left + wide] = 1
    return mask
