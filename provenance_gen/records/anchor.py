"""Between which trusted times events lie, as outside time-stamps tell.

What is handed to a report: pure values, computed by the ledger from tokens that were believed.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from provenance_gen.records.base import Count, Moment, Record

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOMENT: Final = len("2026-01-01T00:00:00.000000Z")


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

    @property
    def plain(self) -> bool:
        """Whether its times are of one length, so that their order is that of their texts."""
        return all(len(t) == _MOMENT for t in (self.not_before, self.not_after) if t is not None)

    def within(self, given: Span) -> bool:
        """Tell whether this claims no more than another: existing no earlier, made no later."""
        before, after = self.not_before, self.not_after
        return not (
            (after and not (given.not_after and after >= given.not_after))
            or (before and not (given.not_before and before <= given.not_before))
        )


class TrustedTimes(Record):
    """The bounds of every event of a log, in runs that follow each other from event 0."""

    spans: tuple[Span, ...] = ()

    def of(self, sequence: int) -> Span:
        """Return the run that an event lies in; without any bound where nothing is known."""
        place = bisect_right(self.spans, sequence, key=lambda span: span.first) - 1
        if place >= 0 and sequence < self.spans[place].stop:
            return self.spans[place]
        return Span(first=sequence, stop=sequence + 1)

    def within(self, given: TrustedTimes, numbers: Iterable[int]) -> bool:
        """Tell whether these times claim no more of events than others give.

        Args:
            given: the times that may be claimed.
            numbers: the events.
        """
        runs = [0, *(bound for span in self.spans for bound in (span.first, span.stop))]
        if any(left != right for left, right in zip(runs[::2], runs[1::2], strict=False)):
            return False
        if any(span.first >= span.stop or not span.plain for span in self.spans):
            return False
        return all(self.of(number).within(given.of(number)) for number in numbers)


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
