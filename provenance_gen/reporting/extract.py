"""What of a large work fits on paper: the steps that led to pictures which somebody kept.

Of tens of thousands of attempts nobody prints the contact sheets. What is left out is counted by
whoever shows the extract, and stands in the other forms of the report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance_gen.records.base import EventNumber
    from provenance_gen.records.report import Backing, ReportContext

_MANY: Final = frozenset({"image.viewed"})
"""Lines of the timeline that are left out whatever they speak of, beside those of attempts."""


def extract(context: ReportContext) -> ReportContext:
    """Return a report with the attempts whose images were picked, edited, exported or shown.

    Revisions, the timeline and the list of events are cut down with them; choices, edits, files,
    findings and measures are whole.
    """
    kept = set(_kept(context))
    attempts = tuple(
        one for one in context.attempts if any(view.figure.name in kept for view in one.images)
    )
    numbers = {one.number for one in attempts}
    shown = context.model_copy(
        update={
            "attempts": attempts,
            "revisions": tuple(r for r in context.revisions if r.change.attempt in numbers),
            "timeline": tuple(
                line
                for line in context.timeline
                if line.kind not in _MANY
                and not (line.kind.startswith("attempt.") and int(line.subjects[0]) not in numbers)
            ),
        }
    )
    cited = set(_cited(shown))
    return shown.model_copy(
        update={"events": tuple(event for event in context.events if event.sequence in cited)}
    )


def _kept(context: ReportContext) -> Iterator[str]:
    """Give the names of images that are shown."""
    yield from (figure.name for figure in context.lineage)
    for choice in context.choices:
        if choice.choice.value == "selected":
            yield from (figure.name for figure in choice.images)
    for edit in context.edits:
        yield from (edit.before.name, edit.after.name)
    yield from (export.image for export in context.exports)


def _cited(context: ReportContext) -> Iterator[EventNumber]:
    """Give the events that the steps shown rest on."""
    held: list[Backing] = [context.backing]
    held += [line.backing for line in context.timeline]
    held += [intent.backing for intent in context.intents]
    held += [attempt.backing for attempt in context.attempts]
    held += [revision.backing for revision in context.revisions]
    held += [choice.backing for choice in context.choices]
    held += [edit.backing for edit in context.edits]
    held += [item.backing for item in context.imports]
    held += [export.backing for export in context.exports]
    for backing in held:
        yield from backing.events
