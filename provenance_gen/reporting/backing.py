"""What each statement of a report rests on: events, who acted, how it is known, how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen.records.event import ActorKind, Basis
from provenance_gen.records.report import Backing, EventView, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from provenance_gen.records.work import Citation, Work

STANDING: Final = Standing.ASSERTED
"""Without a trusted time over the ledger nothing is sealed or bounded."""


def backing(*citations: Citation | None) -> Backing:
    """Gather events into what one statement rests on; None is passed over."""
    cited = sorted((item for item in citations if item is not None), key=lambda c: c.sequence)
    return Backing(
        events=tuple(dict.fromkeys(item.sequence for item in cited)),
        actors=tuple(kind for kind in ActorKind if any(item.actor is kind for item in cited)),
        bases=tuple(basis for basis in Basis if any(item.basis is basis for item in cited)),
        standing=STANDING,
    )


def events(work: Work) -> tuple[EventView, ...]:
    """Return every event that the work was read from, in the ledger's order."""
    found = {cited.sequence: (kind, cited) for kind, cited in _events(work)}
    return tuple(
        EventView(
            sequence=number,
            type=kind,
            timestamp=cited.timestamp,
            actor=cited.actor,
            basis=cited.basis,
            leaf=cited.leaf,
            standing=STANDING,
        )
        for number, (kind, cited) in sorted(found.items())
    )


def _events(work: Work) -> Iterator[tuple[str, Citation]]:
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


def _each(kind: str, citations: Iterable[Citation]) -> Iterator[tuple[str, Citation]]:
    for cited in citations:
        yield kind, cited
