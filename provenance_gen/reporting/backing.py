"""What each statement of a report rests on: events, who acted, how it is known, how it stands."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from provenance_gen.records.anchor import StudioTimes, TrustedTimes
from provenance_gen.records.citations import cited_events
from provenance_gen.records.event import ActorKind, Basis, Citation
from provenance_gen.records.pointers import keys
from provenance_gen.records.report import Backing, EventView, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance_gen.records.redaction import Redaction
    from provenance_gen.records.work import Work

STRENGTH: Final = (Standing.ASSERTED, Standing.SEALED, Standing.BOUNDED)
"""The weakest first: what is bounded is sealed too."""

_ACTORS: Final = tuple(ActorKind)
_BASES: Final = tuple(Basis)


class Grounds:
    """Says what statements rest on, with the trusted times at hand."""

    def __init__(self, times: StudioTimes, redactions: Iterable[Redaction] = ()) -> None:
        """Take the trusted times over the ledger, and which texts were deleted from it.

        Without any times, everything is asserted.
        """
        self._times = times
        self._deleted = {(one.event, one.field) for one in redactions}
        self._known: dict[tuple[int, int], Standing] = {}

    def __call__(self, *citations: Citation | None) -> Backing:
        """Gather events into what one statement rests on; None is passed over.

        A statement stands as its weakest event.
        """
        cited = sorted((item for item in citations if item is not None), key=lambda c: c.order)
        actors, bases = {item.actor for item in cited}, {item.basis for item in cited}
        stands = set(map(self.standing, cited))
        return Backing(
            events=tuple(dict.fromkeys(item.number for item in cited)),
            actors=tuple(kind for kind in _ACTORS if kind in actors),
            bases=tuple(basis for basis in _BASES if basis in bases),
            standing=min(stands, key=STRENGTH.index, default=Standing.ASSERTED),
            deleted=tuple(dict.fromkeys(key for item in cited for key in self.deleted(item))),
        )

    def deleted(self, cited: Citation) -> tuple[str, ...]:
        """Return which texts of an event were deleted, their keys joined by slashes."""
        if not self._deleted:
            return ()
        gone = (keys(pointer) for pointer in cited.withheld)
        return tuple("/".join(field) for field in gone if (cited.leaf, field) in self._deleted)

    def standing(self, cited: Citation) -> Standing:
        """Say how one event stands.

        Trusted times that contradict each other leave only the maker's word.
        """
        # Thousands of statements may rest on one event.
        place = cited.order
        if place not in self._known:
            span = self._times.of(cited.log, cited.sequence)
            sealed = Standing.SEALED if span.sealed else Standing.ASSERTED
            self._known[place] = Standing.BOUNDED if span.bounded else sealed
        return self._known[place]

    def times(self, work: Work) -> StudioTimes:
        """Return the trusted times of the events that the work was read from, and of no others."""
        cited = {one.order for _, one in cited_events(work)}
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
        found = {cited.order: (kind, cited) for kind, cited in cited_events(work)}
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
