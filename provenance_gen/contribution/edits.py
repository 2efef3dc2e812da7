"""Edits by who acted, and what they changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen.contribution.counting import cited, count
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import Basis, Citation
from provenance_gen.records.finding import Measure

if TYPE_CHECKING:
    from provenance_gen.records.work import Edit, Work

_PLACING: Final = frozenset({"paste", "text"})
"""Operations that put something from elsewhere into the picture, where the person wanted it."""


def edits(work: Work) -> dict[str, Measure]:
    """Edits by who acted.

    ``human_changed_pixels`` adds, over the edits of ``human_edits``, the pixels that differ from
    the parent inside the part both show; changes of tone, an edit that changed practically every
    pixel, and pixels cut away add nothing. The same place changed twice is added twice. It
    measures area, not expression. ``human_minor_edits`` are those in which no pixel differs but by
    a change of size, place or tone. ``placements`` counts operations, also one that a later edit
    covers. ``external_confirmed`` rests on the person's word. A mark that the program drew into the
    picture, such as a visible label, is in none of them, whoever asked for it.
    """
    known = [edit for edit in work.edits if is_known(edit)]
    built_in = [edit for edit in known if edit.agent is EditAgent.HUMAN]
    human = [edit for edit in built_in if edit.citation.by_person]
    models = [edit for edit in known if edit.agent is EditAgent.MODEL]
    outside = [edit for edit in known if edit.agent is EditAgent.EXTERNAL]
    confirmed = [edit for edit in outside if edit.theirs]
    local = [edit for edit in human if not edit.difference.uniform and edit.difference.changed]
    return {
        "human_edits": count(edit.citation for edit in human),
        "human_edit_operations": Measure(
            value=sum(len(edit.operations) for edit in human),
            citations=cited(edit.citation for edit in human),
        ),
        "human_changed_pixels": Measure(
            value=sum(edit.difference.changed for edit in local),
            citations=cited(edit.citation for edit in local),
        ),
        "human_tone_edits": count(
            e.citation for e in human if e.difference.tone or e.difference.uniform
        ),
        "human_minor_edits": count(e.citation for e in human if _minor(e)),
        "placements": count(
            edit.citation for edit in human for op in edit.operations if op.name in _PLACING
        ),
        "model_edits": count(e.citation for e in models),
        "model_edits_placed": count(
            e.citation
            for e in models
            if e.citation.by_person and any(op.region for op in e.operations)
        ),
        "external_unconfirmed": count(e.citation for e in outside if not e.theirs),
        "external_confirmed": Measure(
            value=len(confirmed), citations=cited(_evidence(e) for e in confirmed)
        ),
        "edits_by_person": Measure(
            value=len(human) + len(confirmed),
            citations=cited([*(e.citation for e in human), *(_evidence(e) for e in confirmed)]),
        ),
        "edits_not_attributed": count(e.citation for e in built_in if not e.citation.by_person),
    }


def is_known(edit: Edit) -> bool:
    """Tell whether an edit is no mere guess: recorded as known, or confirmed since."""
    confirmed = any(cited and cited.by_person for cited in (edit.confirmed, edit.linked))
    return confirmed or edit.citation.basis is not Basis.INFERRED


def _minor(edit: Edit) -> bool:
    # Changes of tone are taken out before pixels are compared; a repainted picture is not minor.
    return not edit.difference.changed


def _evidence(edit: Edit) -> Citation:
    return edit.confirmed or edit.citation
