"""Every event that a work was read from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from provenance_gen.records.event import Citation
    from provenance_gen.records.work import Work


def cited_events(work: Work) -> Iterator[tuple[str, Citation]]:
    """Yield the type and the citation of each event, kind by kind; some stand here twice."""
    yield "work.created", work.citation
    yield from _each("intent.stated", (intent.citation for intent in work.intents))
    yield from _each("image.viewed", (view.citation for view in work.views))
    for attempt in work.attempts:
        yield "attempt.started", attempt.citation
        if attempt.ended:
            yield f"attempt.{attempt.outcome.value}", attempt.ended
    for selection in work.selections:
        yield f"image.{selection.choice.value}", selection.citation
    yield from _each("image.imported", (item.citation for item in work.imports))
    for edit in work.edits:
        yield "edit.recorded", edit.citation
        if edit.confirmed:
            yield "fact.confirmed", edit.confirmed
    for export in work.exports:
        yield "export.prepared", export.prepared
        if export.signed:
            yield "export.signed", export.signed
    for gate in work.gates:
        yield "gate.fired", gate.citation
        if gate.overridden:
            yield "gate.overridden", gate.overridden
    yield from _each("text.redacted", (one.citation for one in work.redactions))


def _each(kind: str, citations: Iterable[Citation]) -> Iterator[tuple[str, Citation]]:
    for cited in citations:
        yield kind, cited
