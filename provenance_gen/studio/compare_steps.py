"""The picks and edits that lead to a picture, each with whether only a guess leads from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.records.comparison import Chosen, Edited
from provenance_gen.records.work import Choice

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from provenance_gen.records.work import Edit, Work

    Known = AbstractSet[tuple[int, int]]
    """Places of the events that are known to lead to the picture."""


def chosen(path: Work, known: Known) -> tuple[Chosen, ...]:
    """Return the picks of a path, one for each image."""
    return tuple(
        Chosen(
            image=name,
            over=len(choice.over),
            reason=choice.reason,
            guessed=choice.citation.order not in known,
        )
        for choice in path.selections
        if choice.choice is Choice.SELECTED
        for name in choice.images
    )


def edited(path: Work, known: Known) -> tuple[Edited, ...]:
    """Return the edits of a path."""
    return tuple(_edited(edit, known) for edit in path.edits)


def _edited(edit: Edit, known: Known) -> Edited:
    return Edited(
        image=edit.image.name,
        agent=edit.agent.value,
        confirmed=edit.theirs,
        actor=edit.citation.actor,
        operations=tuple(operation.name for operation in edit.operations),
        changed=edit.difference.changed,
        tone=edit.difference.tone,
        uniform=edit.difference.uniform,
        area=edit.difference.area,
        regions=edit.difference.regions,
        guessed=edit.citation.order not in known,
    )
