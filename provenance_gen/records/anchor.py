"""Between which trusted times events lie, as outside time-stamps tell.

What is handed to a report: pure values, computed by the ledger from tokens that were believed.
"""

from __future__ import annotations

from bisect import bisect_right

from provenance_gen.records.base import Count, Moment, Record


class Span(Record):
    """A run of events with the same bounds."""

    first: Count
    """Number of the first event of the run."""
    stop: Count
    """Number of the first event after it."""
    not_before: Moment | None = None
    """Time of a token that was cited by then; None before the first citation."""
    not_after: Moment | None = None
    """Time of a token over a checkpoint that covers the run; None after the last anchor."""

    @property
    def contradictory(self) -> bool:
        """Whether the later bound lies before the earlier one: an authority's clock is wrong."""
        return bool(self.not_before and self.not_after and self.not_after < self.not_before)

    @property
    def sealed(self) -> bool:
        """Whether the events existed, as they are, by a trusted time."""
        return self.not_after is not None and not self.contradictory

    @property
    def bounded(self) -> bool:
        """Whether they were also made after a trusted time."""
        return self.sealed and self.not_before is not None


class TrustedTimes(Record):
    """The bounds of every event of a log, in runs that follow each other from event 0."""

    spans: tuple[Span, ...] = ()

    def of(self, sequence: int) -> Span:
        """Return the run that an event lies in; without any bound where nothing is known."""
        place = bisect_right(self.spans, sequence, key=lambda span: span.first) - 1
        if place >= 0 and sequence < self.spans[place].stop:
            return self.spans[place]
        return Span(first=sequence, stop=sequence + 1)


class StudioTimes(Record):
    """The trusted times of every log of a studio, oldest log first."""

    logs: tuple[TrustedTimes, ...] = ()

    def of(self, log: int | None, sequence: int) -> Span:
        """Return the run that an event lies in.

        Args:
            log: number of the log, from 1; None where the studio has only one.
            sequence: number of the event in it.
        """
        place = (log or 1) - 1
        times = self.logs[place] if 0 <= place < len(self.logs) else TrustedTimes()
        return times.of(sequence)
