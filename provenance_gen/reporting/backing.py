"""What each statement of a report rests on: events, who acted, how it is known, how it stands."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from provenance_gen.records.anchor import StudioTimes, TrustedTimes
from provenance_gen.records.event import ActorKind, Basis, Citation
from provenance_gen.records.report import Backing, EventView, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from provenance_gen.records.work import Work

STRENGTH: Final = (Standing.ASSERTED, Standing.SEALED, Standing.BOUNDED)
"""The weakest first: what is bounded is sealed too."""


class Grounds:
    """Says what statements rest on, with the trusted times at hand."""

    def __init__(self, times: StudioTimes) -> None:
        """Take the trusted times over the ledger; without any, everything is asserted."""
        self._times = times

    def __call__(self, *citations: Citation | None) -> Backing:
        """Gather events into what one statement rests on; None is passed over.

        A statement stands as its weakest event.
        """
        cited = sorted((item for item in citations if item is not None), key=lambda c: c.order)
        return Backing(
            events=tuple(dict.fromkeys(item.number for item in cited)),
            actors=tuple(kind for kind in ActorKind if any(item.actor is kind for item in cited)),
            bases=tuple(basis for basis in Basis if any(item.basis is basis for item in cited)),
            standing=min(map(self.standing, cited), key=STRENGTH.index, default=Standing.ASSERTED),
        )

    def standing(self, cited: Citation) -> Standing:
        """Say how one event stands.

        Trusted times that contradict each other leave only the maker's word.
        """
        span = self._times.of(cited.log, cited.sequence)
        if span.bounded:
            return Standing.BOUNDED
        return Standing.SEALED if span.sealed else Standing.ASSERTED

    def times(self, work: Work) -> StudioTimes:
        """Return the trusted times of the events that the work was read from, and of no others."""
        cited = {one.order for _, one in _events(work)}
        logs = []
        for place, log in enumerate(self._times.logs, 1):
            numbers = sorted(number for log_, number in cited if (log_ or 1) == place)
            spans = tuple(
                span
                for span in log.spans
                if bisect_left(numbers, span.first) < bisect_left(numbers, span.stop)
            )
            logs.append(TrustedTimes(spans=spans))
        return StudioTimes(logs=tuple(logs))

    def events(self, work: Work) -> tuple[EventView, ...]:
        """Return every event that the work was read from, in the ledger's order."""
        found = {cited.order: (kind, cited) for kind, cited in _events(work)}
        return tuple(
            EventView(
                sequence=cited.number,
                type=kind,
                timestamp=cited.timestamp,
                actor=cited.actor,
                basis=cited.basis,
                leaf=cited.leaf,
                standing=self.standing(cited),
            )
            for _, (kind, cited) in sorted(found.items())
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
    for gate in work.gates:
        yield "gate.fired", gate.citation
        if gate.overridden:
            yield "gate.overridden", gate.overridden


def _each(kind: str, citations: Iterable[Citation]) -> Iterator[tuple[str, Citation]]:
    for cited in citations:
        yield kind, cited
