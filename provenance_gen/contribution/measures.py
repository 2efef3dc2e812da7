"""Counts and areas over one work's record, each citing the events it was counted from.

Names and their one-line meanings are ``records.finding.MEASURES``; formulas and limits stand in
the functions here, in ``edits`` and in ``pace``. What holds for all of them:

- unit: a plain count, but ``human_changed_pixels`` (pixels), ``prompt_words_max`` (words) and
  ``active_seconds`` (seconds);
- an event whose basis is ``inferred`` is never counted, but in ``revisions_inferred``;
- an act (revision, choice, edit) is a person's only where the event's actor is a person; other
  acts are counted in the fields that say so;
- words (intents, prompts) are there to be read whoever handed them in; the actor is cited;
- an edit in another program is a person's only after a person confirmed it;
- a count shows that something is recorded, never that it was creative, or how much it was worth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.contribution.counting import cited, count
from provenance_gen.contribution.edits import edits
from provenance_gen.contribution.pace import pace
from provenance_gen.contribution.revisions import changes, words
from provenance_gen.records.event import Basis, Citation
from provenance_gen.records.finding import Contribution, InputChange, Measure
from provenance_gen.records.generation import Task
from provenance_gen.records.work import Attempt, Choice, Outcome, Selection, Work

if TYPE_CHECKING:
    from collections.abc import Iterable


def measure(work: Work, known: Iterable[InputChange] | None = None) -> Contribution:
    """Compute every measure of ``records.finding.MEASURES`` for one work.

    Args:
        work: the work, or the part of it that leads to an image (``contribution.path``).
        known: the changes of the whole work's input, so that texts are not compared twice.
    """
    numbers = {attempt.number for attempt in work.attempts}
    linked = (
        changes(work)
        if known is None
        else tuple(one for one in known if {one.attempt, one.revises} <= numbers)
    )
    return Contribution(
        measures={
            **_intents(work),
            **_attempts(work),
            **_prompts(work),
            **_revisions(work, linked),
            **_choices(work),
            **edits(work),
            **_files(work),
            **pace(work),
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
        one
        for one in stated
        if one.basis is Basis.CONTEMPORANEOUS and (first is None or one.order < first)
    ]
    return {
        "intents": count(stated),
        "intent_before_first_attempt": Measure(
            value=min(1, len(before)), citations=tuple(before[:1])
        ),
    }


def _attempts(work: Work) -> dict[str, Measure]:
    """``attempts`` and how they ended, by any actor; ``images``: what completed ones gave.

    One still running, or whose end is not recorded, is in ``attempts`` only. ``licences_recorded``
    counts those whose model names its licence; what it says must be read there.
    """
    known = _known(work)

    def ended(outcome: Outcome) -> Measure:
        return count(a.ended or a.citation for a in known if a.outcome is outcome)

    with_images = [attempt for attempt in known if attempt.images]
    return {
        "attempts": count(attempt.citation for attempt in known),
        "attempts_contemporaneous": count(
            a.citation for a in known if a.citation.basis is Basis.CONTEMPORANEOUS
        ),
        "licences_recorded": count(a.citation for a in known if a.model.licence),
        "attempts_completed": ended(Outcome.COMPLETED),
        "attempts_failed": ended(Outcome.FAILED),
        "attempts_interrupted": ended(Outcome.INTERRUPTED),
        "images": Measure(
            value=sum(len(attempt.images) for attempt in with_images),
            citations=cited(attempt.ended or attempt.citation for attempt in with_images),
        ),
    }


def _prompts(work: Work) -> dict[str, Measure]:
    """What the generators were told, in words or by images of the person's own.

    ``prompts_nonempty`` + ``prompts_withheld`` + ``attempts_without_prompt`` = ``attempts``. Any
    prompt argument counts, a negative prompt too; blanks are no words. ``prompt_words_max`` counts
    words as ``revisions.words`` does, marks left out, each Han or kana character as one.
    ``own_inputs`` counts input images that were imported as the person's own. None of them shows
    expression: a long prompt may hold an idea only, and a program may have written it.

    ``attempts_in_region`` counts those that painted a region anew, each asked for something else
    than the attempt before it, be it in the same words. Who drew the mask is not known by it.
    """
    told: list[Citation] = []
    hidden: list[Citation] = []
    bare: list[Citation] = []
    texts: dict[tuple[str, ...], Citation] = {}
    longest, longest_cited = 0, list[Citation]()
    own = {item.id for item in work.imports if item.own and item.citation.by_person}
    inputs: list[Citation] = []
    known = _known(work)
    for attempt in known:
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
        "prompts_nonempty": count(told),
        "prompts_withheld": count(hidden),
        "attempts_without_prompt": count(bare),
        "attempts_in_region": count(a.citation for a in known if a.call.task is Task.INPAINT),
        "prompt_words_max": Measure(value=longest, citations=tuple(longest_cited)),
        "prompts_distinct": count(texts.values()),
        "prompts_rewritten": Measure(value=0),
        "own_inputs": count(inputs),
    }


def _revisions(work: Work, linked: tuple[InputChange, ...]) -> dict[str, Measure]:
    """Attempts whose input differs from the attempt they revise, and ``views``.

    A new seed, model or number of images alone is no revision, nor is a change of words that are
    withheld, nor an area of a picture painted anew, which is an edit by a model.
    ``revisions_after_viewing`` needs the image looked at, named by the person. It shows that input
    changed after an image was named; not that the image caused the change.
    """
    revised = [item for item in linked if item.revised]
    sure = [item for item in revised if _sure(item)]
    ours = [item for item in sure if item.citation.by_person]
    return {
        "revisions": count(item.citation for item in ours),
        "revisions_after_viewing": count(item.citation for item in ours if item.viewed),
        "revisions_inferred": count(item.citation for item in revised if not _sure(item)),
        "revisions_not_by_person": count(
            item.citation for item in sure if not item.citation.by_person
        ),
        "views": count(v.citation for v in work.views if v.citation.basis is not Basis.INFERRED),
    }


def _choices(work: Work) -> dict[str, Measure]:
    """Picks and rejections, each act counted, also one that a later act overruled.

    ``selected_over`` adds up the images each pick was made over. A pick without a recorded reason
    may have had one; a reason shows that it was given, not that it guided the choice.
    """
    ours = [s for s in work.selections if s.citation.by_person]
    others = [
        s
        for s in work.selections
        if not s.citation.by_person and s.citation.basis is not Basis.INFERRED
    ]
    picks = [s for s in ours if s.choice is Choice.SELECTED]
    rejections = [s for s in ours if s.choice is Choice.REJECTED]
    over = [s for s in picks if s.over]
    return {
        "selections": count(s.citation for s in picks),
        "selections_with_reason": count(s.citation for s in picks if _worded(s)),
        "selected_over": Measure(
            value=sum(len(s.over) for s in over), citations=cited(s.citation for s in over)
        ),
        "rejections": count(s.citation for s in rejections),
        "images_rejected": Measure(
            value=len({name for s in rejections for name in s.images}),
            citations=cited(s.citation for s in rejections),
        ),
        "choices_not_by_person": count(s.citation for s in others),
    }


def _files(work: Work) -> dict[str, Measure]:
    """What came in and what left. Whether an import is the person's own is the person's word."""
    brought = [item for item in work.imports if item.citation.basis is not Basis.INFERRED]
    return {
        "imports": count(item.citation for item in brought),
        "own_imports": count(i.citation for i in brought if i.own and i.citation.by_person),
        "exports": count(export.signed for export in work.exports if export.signed),
        "similarity_checks": Measure(value=0),
    }


def _known(work: Work) -> list[Attempt]:
    return [a for a in work.attempts if a.citation.basis is not Basis.INFERRED]


def _sure(item: InputChange) -> bool:
    return Basis.INFERRED not in (item.basis, item.citation.basis)


def _worded(selection: Selection) -> bool:
    return bool(selection.reason and selection.reason.strip())
