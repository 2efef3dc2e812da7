"""From records to everything a report says, in one language, before it has a form.

Pure but for the pictures it is handed: no clock and no chance, so that the same events give the
same bytes. Times are those of the events. It counts nothing itself (``contribution``) and finds
nothing itself (``policy``); it never adds up, weighs or concludes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from provenance_gen.errors import UsageError
from provenance_gen.records.anchor import StudioTimes
from provenance_gen.records.report import LedgerView, ReportContext
from provenance_gen.records.work import Choice
from provenance_gen.reporting import findings, steps
from provenance_gen.reporting.backing import STRENGTH, Grounds
from provenance_gen.reporting.gaps import gaps
from provenance_gen.reporting.origin import origins
from provenance_gen.reporting.pictures import Pictures, figure
from provenance_gen.reporting.summary import summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.records.event import Citation
    from provenance_gen.records.finding import Contribution, FilledDraft, Finding
    from provenance_gen.records.policy import Policy
    from provenance_gen.records.work import History, Image, Work
    from provenance_gen.reporting.origin import Maps

__all__ = ["GLANCE", "LANGUAGES", "Pictures", "build", "final_of"]

LANGUAGES: Final[tuple[Literal["en", "ja"], ...]] = ("en", "ja")

GLANCE: Final = (
    "attempts",
    "images",
    "revisions_after_viewing",
    "selections",
    "edits_by_person",
    "exports",
)
"""Measures shown at the top, one for each kind of step."""

Reason = Literal["asked", "exported", "selected", "last", "none"]


def build(
    history: History,
    work: Work,
    *,
    policies: Sequence[tuple[Policy, tuple[Finding, ...], tuple[FilledDraft, ...]]],
    contribution: Contribution,
    led: Contribution | None = None,
    language: str,
    pictures: Pictures,
    image: str | None = None,
    times: StudioTimes | None = None,
    maps: Maps | None = None,
) -> ReportContext:
    """Gather everything that a report of one work says.

    ``history`` is the studio up to the tree size that the report speaks of, ``image`` the name of
    the image it is of: by default the one exported last, else picked last, else the newest.
    ``led`` are the measures of what is known to have led to that image.
    ``times`` are the trusted times over the ledger, as they are known now; by default none.
    ``maps`` measures where the steps of a picture show; without it the report holds no such map.

    Raises:
        UnknownReferenceError: the work has no image of that name.
        UsageError: the language is not one of ``LANGUAGES``.
    """
    chosen = spoken(language)
    final, reason = final_of(work, image)
    name = final.name if final else None
    backing = Grounds(times or StudioTimes(), work.redactions)
    listed = backing.events(work)
    of = findings.Spoken(contribution, led, name, chosen, backing)
    return ReportContext(
        language=chosen,
        work=work.id,
        number=work.number,
        title=work.title,
        author=work.author,
        withheld=_withheld(work.citation, backing),
        begun=work.citation.timestamp,
        last=listed[-1].timestamp,
        standing=max((event.standing for event in listed), key=STRENGTH.index),
        trusted_times=backing.times(work),
        backing=backing(work.citation),
        final=figure(final, pictures, full=True) if final else None,
        final_reason=reason,
        lineage=tuple(figure(item, pictures) for item in work.lineage(name)) if name else (),
        origins=origins(work, final, maps, pictures, backing),
        summary=summary(work, contribution, listed, backing),
        glance=of.counted(GLANCE),
        policies=findings.policies(policies, of),
        gaps=gaps(work, listed),
        measures=of.counted(contribution.measures),
        events=listed,
        ledger=LedgerView(
            origin=history.log,
            tree_size=history.size,
            studio=history.studio,
            earlier=history.earlier,
        ),
        **_steps(work, contribution, pictures, name, backing),
    )


def _steps(
    work: Work, contribution: Contribution, pictures: Pictures, final: str | None, backing: Grounds
) -> dict[str, Any]:
    """Return what was done, step by step, under the names of the context's fields."""
    return {
        "intents": steps.intents(work, backing),
        "timeline": steps.timeline(work, backing),
        "attempts": steps.attempts(work, pictures, final, backing),
        "revisions": steps.revisions(work, contribution, pictures, backing),
        "choices": steps.choices(work, pictures, backing),
        "edits": steps.edits(work, pictures, backing),
        "imports": steps.imports(work, pictures, backing),
        "exports": steps.exports(work, backing),
    }


def spoken(language: str) -> Literal["en", "ja"]:
    """Return a language that reports are written in.

    Raises:
        UsageError: there are no sentences for it.
    """
    for known in LANGUAGES:
        if known == language:
            return known
    raise UsageError(f"reports are written in {', '.join(LANGUAGES)}, not in {language!r}")


def _withheld(begun: Citation, backing: Grounds) -> tuple[Literal["title", "author"], ...]:
    """Return which words of the event that began a work are kept, and not disclosed."""
    fields: tuple[Literal["title", "author"], ...] = ("title", "author")
    deleted = backing.deleted(begun)
    return tuple(name for name in fields if begun.withholds(name) and name not in deleted)


def final_of(work: Work, asked: str | None) -> tuple[Image | None, Reason]:
    """Return the image that a report is of, and why that one.

    Raises:
        UnknownReferenceError: the work has no image of the name asked for.
    """
    if asked is not None:
        return work.image(asked), "asked"
    exported = [e for e in work.exports if e.signed] or list(work.exports)
    if exported:
        return work.image(exported[-1].image), "exported"
    named = {image.name: image for image in work.images}
    for selection in reversed(work.selections):
        for name in selection.images:
            if selection.choice is Choice.SELECTED is named[name].choice:
                return named[name], "selected"
    newest = max(work.images, key=lambda image: image.citation.order, default=None)
    return newest, "last" if newest else "none"
