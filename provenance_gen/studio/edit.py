"""Edit an image with the built-in editor, or record what another program made of it.

Watching another program at work is ``studio.outside``'s business, painting by a model
``studio.inpaint``'s.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PIL.Image import Image as Picture

from provenance_gen.digests import new_id
from provenance_gen.editing import measure
from provenance_gen.editing.areas import Area
from provenance_gen.editing.steps import Paste, apply
from provenance_gen.images.difference import difference
from provenance_gen.records import payloads
from provenance_gen.records.base import Text
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import ActorKind, Basis
from provenance_gen.studio import inputs
from provenance_gen.studio.select import find_shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.editing.steps import Step
    from provenance_gen.editing.values import Named
    from provenance_gen.records import work as records
    from provenance_gen.records.edit import LayeredSource, Operation
    from provenance_gen.studio.work import ImageLike, Work

__all__ = ["Outside", "edit", "mask_of", "record_made", "record_outside"]


@dataclass(frozen=True)
class Outside:
    """What is known of an edit made in another program, beside its result."""

    basis: Basis
    tool: str | None = None
    note: str | None = None
    save: int | None = None
    """Which save of one sitting."""
    sources: tuple[LayeredSource, ...] = ()


def edit(
    work: Work,
    image: ImageLike,
    result: Picture | Sequence[Step],
    *,
    tool: str | None,
    note: str | None,
    sources: tuple[LayeredSource, ...] = (),
) -> records.Edit:
    """Record an edit; see ``Work.edit``."""
    work.studio.demand_own()
    chosen = find_shown(work.history(), image)
    if isinstance(result, Picture):
        # Nobody saw it happen. That it was made from this image is what a person says of it, or
        # a script, whose word is no confirmation.
        person = work.studio.actor.kind is ActorKind.PERSON
        basis = Basis.CONFIRMED if person else Basis.BACKFILLED
        made = Outside(basis=basis, tool=tool, note=note, sources=sources)
        return record_outside(work, chosen, result, made)
    parent = work.studio.store.open(chosen.ref.pixel_digest)
    edited = apply(parent, [_found(work, step) for step in result], work.studio.store.put)
    return record_made(
        work, chosen, parent, edited.image, edited.operations, agent=EditAgent.HUMAN, note=note,
        tool=tool,
    )  # fmt: skip


def record_made(
    work: Work,
    chosen: records.Image,
    parent: Picture,
    child: Picture,
    operations: tuple[Operation, ...],
    *,
    agent: EditAgent,
    note: str | None,
    tool: str | None = None,
) -> records.Edit:
    """Record an edit whose operations are known."""
    changed = measure.measure(parent, child, operations)
    return _append(
        work,
        chosen,
        child,
        Basis.CONTEMPORANEOUS,
        agent=agent,
        operations=operations,
        difference=changed,
        tool=Text(tool) if tool else None,
        note=Text(note) if note else None,
    )


def record_outside(
    work: Work, chosen: records.Image, child: Picture, made: Outside
) -> records.Edit:
    """Record what another program made of an image.

    Raises:
        ImageError: the picture has another size, and was not made from the image.
        MissingExtraError: it has another size, and what is needed to compare is not installed.
    """
    parent = work.studio.store.open(chosen.ref.pixel_digest)
    if parent.size == child.size:
        changed = difference(parent, child)
    else:
        from provenance_gen.studio.elsewhere import compared  # noqa: PLC0415 - seldom needed

        changed = compared(parent, child)
    return _append(
        work,
        chosen,
        child,
        made.basis,
        agent=EditAgent.EXTERNAL,
        difference=changed,
        tool=Text(made.tool) if made.tool else None,
        note=Text(made.note) if made.note else None,
        save=made.save,
        sources=made.sources or None,
    )


def mask_of(work: Work, mask: Named) -> Picture:
    """Return the grey mask that a file, an image of the work or pixels stand for.

    Raises:
        UnknownReferenceError: there is neither such an image nor such a file.
        UnreadableImageError: the file is no image that can be read.
    """
    return inputs.mask_source(work, mask).picture


def _append(
    work: Work, chosen: records.Image, child: Picture, basis: Basis, **fields: Any
) -> records.Edit:
    identifier = new_id("e")
    stored = work.studio.store.put(child)
    payload = payloads.EditRecorded(
        work=work.id, edit=identifier, parent=chosen.ref, result=stored, **fields
    )
    work.studio.append(payload, basis=basis)
    return next(e for e in work.history().edits if e.id == identifier)


def _found(work: Work, step: Step) -> Step:
    """Return the step with the pixels of whatever it only names."""
    area = getattr(step, "area", None)
    if isinstance(area, Area) and area.mask is not None:
        return replace(step, area=replace(area, mask=mask_of(work, area.mask)))  # type: ignore[call-arg]
    if not isinstance(step, Paste):
        return step
    source = inputs.reference(work, step.picture)
    return replace(
        step,
        picture=work.studio.store.open(source.pixel_digest),
        source=source,
        mask=None if step.mask is None else mask_of(work, step.mask),
    )
