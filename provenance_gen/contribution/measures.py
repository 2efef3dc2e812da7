"""Counts and areas over one work's record, each citing the events it was counted from.

Names and their one-line meanings are ``records.finding.MEASURES``; formulas and limits stand in
the functions here. What holds for all of them:

- unit: a plain count, but ``human_changed_pixels`` (pixels) and ``prompt_words_max`` (words);
- an event whose basis is ``inferred`` is never counted, but in ``revisions_inferred``;
- an act (revision, choice, edit) is a person's only where the event's actor is a person; other
  acts are counted in the fields that say so;
- words (intents, prompts) are there to be read whoever handed them in; the actor is cited;
- an edit in another program is a person's only after a person confirmed it;
- a count shows that something is recorded, never that it was creative, or how much it was worth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen.contribution.revisions import changes, words
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import ActorKind, Basis
from provenance_gen.records.finding import Contribution, InputChange, Measure
from provenance_gen.records.work import Attempt, Choice, Citation, Edit, Outcome, Selection, Work

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLACING: Final = frozenset({"paste", "text"})
"""Operations that put something from elsewhere into the picture, where the person wanted it."""


def measure(work: Work) -> Contribution:
    """Compute every measure of ``records.finding.MEASURES`` for one work."""
    linked = changes(work)
    return Contribution(
        measures={
            **_intents(work),
            **_attempts(work),
            **_prompts(work),
            **_revisions(work, linked),
            **_choices(work),
            **_edits(work),
            **_files(work),
        },
        changes=linked,
    )


def _intents(work: Work) -> dict[str, Measure]:
    """``intents``: statements of intent, disclosed or withheld.

    ``intent_before_first_attempt``: 1 if such a statement, recorded as it was said, has a lower
    event number than the first attempt, or if there is no attempt. It shows the order of two
    events; not that the words describe the picture.
    """
    stated = [
        intent.citation for intent in work.intents if intent.citation.basis is not Basis.INFERRED
    ]
    first = min((attempt.citation.order for attempt in work.attempts), default=None)
    before = [
        cited
        for cited in stated
        if cited.basis is Basis.CONTEMPORANEOUS and (first is None or cited.order < first)
    ]
    return {
        "intents": _count(stated),
        "intent_before_first_attempt": Measure(
            value=min(1, len(before)), citations=tuple(before[:1])
        ),
    }


def _attempts(work: Work) -> dict[str, Measure]:
    """``attempts`` and how they ended, by any actor; ``images``: what completed ones gave.

    One still running, or whose end is not recorded, is in ``attempts`` only.
    """
    known = _known(work)

    def ended(outcome: Outcome) -> Measure:
        return _count(a.ended or a.citation for a in known if a.outcome is outcome)

    with_images = [attempt for attempt in known if attempt.images]
    return {
        "attempts": _count(attempt.citation for attempt in known),
        "attempts_contemporaneous": _count(
            a.citation for a in known if a.citation.basis is Basis.CONTEMPORANEOUS
        ),
        "attempts_completed": ended(Outcome.COMPLETED),
        "attempts_failed": ended(Outcome.FAILED),
        "attempts_interrupted": ended(Outcome.INTERRUPTED),
        "images": Measure(
            value=sum(len(attempt.images) for attempt in with_images),
            citations=_cited(attempt.ended or attempt.citation for attempt in with_images),
        ),
    }


def _prompts(work: Work) -> dict[str, Measure]:
    """What the generators were told, in words or by images of the person's own.

    ``prompts_nonempty`` + ``prompts_withheld`` + ``attempts_without_prompt`` = ``attempts``. Any
    prompt argument counts, a negative prompt too; blanks are no words. ``prompt_words_max`` counts
    words as ``revisions.words`` does, marks left out, each Han or kana character as one.
    ``own_inputs`` counts input images that were imported as the person's own. None of them shows
    expression: a long prompt may hold an idea only, and a program may have written it.
    """
    told: list[Citation] = []
    hidden: list[Citation] = []
    bare: list[Citation] = []
    texts: dict[tuple[str, ...], Citation] = {}
    longest, longest_cited = 0, list[Citation]()
    own = {item.id for item in work.imports if item.own and _by_person(item.citation)}
    inputs: list[Citation] = []
    for attempt in _known(work):
        given = [text for group in attempt.call.prompts.values() for text in group]
        shown = tuple(str(text) for text in given if text is not None and text.strip())
        if shown:
            told.append(attempt.citation)
            texts.setdefault(shown, attempt.citation)
            length = max(len([w for w in words(text) if w[0].isalnum()]) for text in shown)
            if length > longest:
                longest, longest_cited = length, [attempt.citation]
        elif None in given:
            hidden.append(attempt.citation)
        else:
            bare.append(attempt.citation)
        used = [item for item in attempt.call.inputs if item.image and item.image.origin in own]
        inputs += [attempt.citation] * len(used)
    return {
        "prompts_nonempty": _count(told),
        "prompts_withheld": _count(hidden),
        "attempts_without_prompt": _count(bare),
        "prompt_words_max": Measure(value=longest, citations=tuple(longest_cited)),
        "prompts_distinct": _count(texts.values()),
        "prompts_rewritten": Measure(value=0),
        "own_inputs": _count(inputs),
    }


def _revisions(work: Work, linked: tuple[InputChange, ...]) -> dict[str, Measure]:
    """Attempts whose input differs from the attempt they revise, and ``views``.

    A new seed, model or number of images alone is no revision, nor is a change of words that are
    withheld. ``revisions_after_viewing`` needs the image looked at, named by the person.
    It shows that input changed after an image was named; not that the image caused the change.
    """
    revised = [item for item in linked if item.revised]
    sure = [item for item in revised if _sure(item)]
    by_person = [item for item in sure if _by_person(item.citation)]
    return {
        "revisions": _count(item.citation for item in by_person),
        "revisions_after_viewing": _count(item.citation for item in by_person if item.viewed),
        "revisions_inferred": _count(item.citation for item in revised if not _sure(item)),
        "revisions_not_by_person": _count(
            item.citation for item in sure if not _by_person(item.citation)
        ),
        "views": _count(v.citation for v in work.views if v.citation.basis is not Basis.INFERRED),
    }


def _choices(work: Work) -> dict[str, Measure]:
    """Picks and rejections, each act counted, also one that a later act overruled.

    ``selected_over`` adds up the images each pick was made over. A pick without a recorded reason
    may have had one; a reason shows that it was given, not that it guided the choice.
    """
    ours = [s for s in work.selections if _by_person(s.citation)]
    others = [
        s
        for s in work.selections
        if not _by_person(s.citation) and s.citation.basis is not Basis.INFERRED
    ]
    picks = [s for s in ours if s.choice is Choice.SELECTED]
    rejections = [s for s in ours if s.choice is Choice.REJECTED]
    over = [s for s in picks if s.over]
    return {
        "selections": _count(s.citation for s in picks),
        "selections_with_reason": _count(s.citation for s in picks if _worded(s)),
        "selected_over": Measure(
            value=sum(len(s.over) for s in over), citations=_cited(s.citation for s in over)
        ),
        "rejections": _count(s.citation for s in rejections),
        "images_rejected": Measure(
            value=len({name for s in rejections for name in s.images}),
            citations=_cited(s.citation for s in rejections),
        ),
        "choices_not_by_person": _count(s.citation for s in others),
    }


def _edits(work: Work) -> dict[str, Measure]:
    """Edits by who acted.

    ``human_changed_pixels`` adds, over the edits of ``human_edits``, the pixels that differ from
    the parent inside the part both show; changes of tone, an edit that changed practically every
    pixel, and pixels cut away add nothing. The same place changed twice is added twice. It
    measures area, not expression. ``human_minor_edits`` are those in which no pixel differs but by
    a change of size, place or tone. ``placements`` counts operations, also one that a later edit
    covers. ``external_confirmed`` rests on the person's word.
    """
    known = [edit for edit in work.edits if edit.citation.basis is not Basis.INFERRED]
    built_in = [edit for edit in known if edit.agent is EditAgent.HUMAN]
    human = [edit for edit in built_in if _by_person(edit.citation)]
    models = [edit for edit in known if edit.agent is EditAgent.MODEL]
    outside = [edit for edit in known if edit.agent is EditAgent.EXTERNAL]
    confirmed = [edit for edit in outside if _confirmed(edit)]
    local = [edit for edit in human if not edit.difference.uniform and edit.difference.changed]
    return {
        "human_edits": _count(edit.citation for edit in human),
        "human_edit_operations": Measure(
            value=sum(len(edit.operations) for edit in human),
            citations=_cited(edit.citation for edit in human),
        ),
        "human_changed_pixels": Measure(
            value=sum(edit.difference.changed for edit in local),
            citations=_cited(edit.citation for edit in local),
        ),
        "human_tone_edits": _count(
            e.citation for e in human if e.difference.tone or e.difference.uniform
        ),
        "human_minor_edits": _count(e.citation for e in human if _minor(e)),
        "placements": _count(
            edit.citation for edit in human for op in edit.operations if op.name in _PLACING
        ),
        "model_edits": _count(e.citation for e in models),
        "model_edits_placed": _count(
            e.citation
            for e in models
            if _by_person(e.citation) and any(op.region for op in e.operations)
        ),
        "external_unconfirmed": _count(e.citation for e in outside if not _confirmed(e)),
        "external_confirmed": Measure(
            value=len(confirmed), citations=_cited(_evidence(e) for e in confirmed)
        ),
        "edits_by_person": Measure(
            value=len(human) + len(confirmed),
            citations=_cited([*(e.citation for e in human), *(_evidence(e) for e in confirmed)]),
        ),
        "edits_not_attributed": _count(e.citation for e in built_in if not _by_person(e.citation)),
    }


def _files(work: Work) -> dict[str, Measure]:
    """What came in and what left. Whether an import is the person's own is the person's word."""
    brought = [item for item in work.imports if item.citation.basis is not Basis.INFERRED]
    return {
        "imports": _count(item.citation for item in brought),
        "own_imports": _count(i.citation for i in brought if i.own and _by_person(i.citation)),
        "exports": _count(export.signed for export in work.exports if export.signed),
        "similarity_checks": Measure(value=0),
    }


def _known(work: Work) -> list[Attempt]:
    return [a for a in work.attempts if a.citation.basis is not Basis.INFERRED]


def _by_person(cited: Citation) -> bool:
    return cited.actor is ActorKind.PERSON and cited.basis is not Basis.INFERRED


def _sure(item: InputChange) -> bool:
    return Basis.INFERRED not in (item.basis, item.citation.basis)


def _worded(selection: Selection) -> bool:
    return bool(selection.reason and selection.reason.strip())


def _confirmed(edit: Edit) -> bool:
    return edit.confirmed is not None and _by_person(edit.confirmed)


def _minor(edit: Edit) -> bool:
    # Changes of tone are taken out before pixels are compared; a repainted picture is not minor.
    return not edit.difference.changed


def _evidence(edit: Edit) -> Citation:
    return edit.confirmed or edit.citation


def _cited(citations: Iterable[Citation]) -> tuple[Citation, ...]:
    """Each event once, in order."""
    unique = {cited.order: cited for cited in citations}
    return tuple(unique[place] for place in sorted(unique))


def _count(citations: Iterable[Citation]) -> Measure:
    found = list(citations)
    return Measure(value=len(found), citations=_cited(found))
