"""Confirm what the record only guesses or cannot know of edits made in another program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.errors import UnknownReferenceError, UsageError
from provenance_gen.records import payloads
from provenance_gen.records.base import Text
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import ActorKind, Basis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.records import work as records
    from provenance_gen.studio.work import Work

__all__ = ["confirm", "confirm_all"]


def confirm(work: Work, image: str, *, note: str | None, link_only: bool) -> records.Edit:
    """Confirm an edit; see ``Work.confirm``."""
    return confirm_all(work, [image], note=note, link_only=link_only)[0]


def confirm_all(
    work: Work, images: Sequence[str], *, note: str | None, link_only: bool
) -> tuple[records.Edit, ...]:
    """Confirm several edits, or none where one of them cannot be; see ``Work.confirm``."""
    work.studio.demand_own()
    if work.studio.actor.kind is ActorKind.PROGRAM:
        raise UsageError("only a person can confirm what was done; open the studio for a person")
    history = work.history()
    person = work.studio.actor.kind is ActorKind.PERSON
    found = [
        _open(history, image, link_only=link_only, person=person) for image in dict.fromkeys(images)
    ]
    for edit in found:
        work.studio.append(
            payloads.FactConfirmed(
                work=work.id,
                event=edit.citation.leaf,
                link_only=link_only or None,
                note=Text(note) if note else None,
            ),
            basis=Basis.CONFIRMED,
        )
    after = {edit.id: edit for edit in work.history().edits}
    return tuple(after[edit.id] for edit in found)


def _open(history: records.Work, image: str, *, link_only: bool, person: bool) -> records.Edit:
    """Return an edit in which something is left to confirm.

    What nobody known confirmed counts for nobody, and is left open to a person.
    """
    found = next((edit for edit in history.edits if edit.image.name == image), None)
    if found is None:
        known = [edit.image.name for edit in history.edits]
        raise UnknownReferenceError("edit", image, known[-4:])
    if found.agent is not EditAgent.EXTERNAL:
        raise UsageError(f"{image} was made here and is on record as it was; nothing is open in it")
    before = found.confirmed or (found.linked if link_only else None)
    if before and (before.by_person or not person):
        raise UsageError(f"{image} was confirmed already")
    return found
