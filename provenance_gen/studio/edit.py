"""Edit an image with the built-in editor, or record what another program made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL.Image import Image as Picture

from provenance_gen.digests import new_id
from provenance_gen.editing import measure
from provenance_gen.editing.steps import apply
from provenance_gen.errors import ImageError
from provenance_gen.images.difference import difference
from provenance_gen.records import payloads
from provenance_gen.records.base import Text
from provenance_gen.records.edit import EditAgent, Operation
from provenance_gen.studio.select import find_shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.editing.steps import Step
    from provenance_gen.records import work as records
    from provenance_gen.records.image import Difference
    from provenance_gen.studio.work import ImageLike, Work


def edit(
    work: Work,
    image: ImageLike,
    result: Picture | Sequence[Step],
    *,
    tool: str | None,
    note: str | None,
) -> records.Edit:
    """Record an edit; see ``Work.edit``."""
    work.studio.demand_own()
    chosen = find_shown(work.history(), image)
    parent = work.studio.store.open(chosen.ref.pixel_digest)
    agent = EditAgent.EXTERNAL
    operations: tuple[Operation, ...] = ()
    if isinstance(result, Picture):
        child, changed = result, _compared(parent, result)
    else:
        edited = apply(parent, result)
        agent, operations, child = EditAgent.HUMAN, edited.operations, edited.image
        changed = measure.measure(parent, child, operations)
    stored = work.studio.store.put(child)
    identifier = new_id("e")
    work.studio.append(
        payloads.EditRecorded(
            work=work.id,
            edit=identifier,
            parent=chosen.ref,
            result=stored,
            agent=agent,
            operations=operations,
            difference=changed,
            tool=Text(tool) if tool else None,
            note=Text(note) if note else None,
        )
    )
    return next(e for e in work.history().edits if e.id == identifier)


def _compared(parent: Picture, child: Picture) -> Difference:
    if parent.size != child.size:
        raise ImageError(
            f"the edited picture is {child.width}x{child.height}, the image it was made from"
            f" {parent.width}x{parent.height}: crop or resize here first, so that what changed"
            " can be measured"
        )
    return difference(parent, child)
