"""Between which trusted times each event lies. Pure: numbers and times in, runs of events out.

A token over a checkpoint of size ``n`` shows that the events before ``n`` existed at its time.
An event that holds a token's digest is later than that token, which nobody could know before it
was issued; and so is every event after it, since each holds the hash of the one before.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from provenance_gen.records.anchor import Span, TrustedTimes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class Bound:
    """A token that was believed, as far as times are concerned (RFC 3339 in UTC, six decimals)."""

    size: int
    """Events that its checkpoint covers."""
    earliest: str
    """What cites it is later than this."""
    latest: str
    """What it covers existed by then."""
    cited_at: int | None
    """Number of the first event that cites it."""


def trusted_times(bounds: Sequence[Bound], size: int) -> TrustedTimes:
    """Compute the bounds of the first ``size`` events of a log.

    Where several tokens bound an event, the latest of the lower and the earliest of the upper
    bounds counts.
    """
    cited = [(b.cited_at, b.earliest) for b in bounds if b.cited_at is not None]
    lower = _running((n, t) for n, t in sorted(cited) if n < size)
    upper = _falling((min(b.size, size), b.latest) for b in bounds)
    starts = sorted({0, *lower, *(stop for stop in upper if stop < size)})
    spans = []
    not_before: str | None = None
    stops = sorted(upper)
    for place, first in enumerate(starts):
        stop = starts[place + 1] if place + 1 < len(starts) else size
        not_before = lower.get(first, not_before)
        while stops and stops[0] <= first:
            stops.pop(0)
        not_after = upper[stops[0]] if stops else None
        if first < stop:
            spans.append(Span(first=first, stop=stop, not_before=not_before, not_after=not_after))
    return TrustedTimes(spans=tuple(spans))


@dataclass(frozen=True)
class Linked:
    """One log of several, of which each goes on from the one before."""

    bounds: tuple[Bound, ...]
    size: int
    """Events of it that belong to the studio."""
    continued: bool
    """Whether the first event of the next log holds the root of exactly these events."""


def linked_times(logs: Sequence[Linked]) -> tuple[TrustedTimes, ...]:
    """Compute the bounds of the events of several logs, oldest first.

    The first event of a log holds the root of the log before. So it is later than whatever that
    root commits to, and what it commits to existed when that first event did.
    """
    bounds = [list(log.bounds) for log in logs]
    for place, log in enumerate(logs[:-1]):
        last = trusted_times(bounds[place], log.size).of(log.size - 1) if log.size else None
        if log.continued and last and last.not_before:
            bounds[place + 1].append(Bound(0, last.not_before, "", cited_at=0))
    for place in range(len(logs) - 2, -1, -1):
        after, log = logs[place + 1], logs[place]
        first = trusted_times(bounds[place + 1], after.size).of(0)
        if log.continued and first.not_after:
            bounds[place].append(Bound(log.size, "", first.not_after, cited_at=None))
    return tuple(trusted_times(b, log.size) for b, log in zip(bounds, logs, strict=True))


def _running(points: Iterable[tuple[int, str]]) -> dict[int, str]:
    """Return the highest time so far, by the number from which it counts."""
    found: dict[int, str] = {}
    highest = ""
    for number, moment in points:
        if moment > highest:
            highest = found[number] = moment
    return found


def _falling(points: Iterable[tuple[int, str]]) -> dict[int, str]:
    """Return the lowest time from there on, by the number up to which it counts."""
    found: dict[int, str] = {}
    lowest: str | None = None
    for number, moment in sorted(points, reverse=True):
        if lowest is None or moment < lowest:
            lowest = found[number] = moment
    return found


def seconds_between(earlier: str, later: str) -> float:
    """Return the seconds from one RFC 3339 time to another."""
    return (read_moment(later) - read_moment(earlier)).total_seconds()


def median_width(times: TrustedTimes) -> float | None:
    """Return the median of the seconds between the bounds of bounded events, or None."""
    widths = [
        (seconds_between(span.not_before, span.not_after), span.stop - span.first)
        for span in times.spans
        if span.bounded and span.not_before and span.not_after
    ]
    events = sum(count for _, count in widths)
    if not events:
        return None
    middle = [_nth(widths, n) for n in ((events - 1) // 2, events // 2)]
    return float(median(middle))


def _nth(widths: list[tuple[float, int]], number: int) -> float:
    """Return the width of the event that comes at a place when all are sorted by width."""
    for width, count in sorted(widths):
        if number < count:
            return width
        number -= count
    raise IndexError(number)


def read_moment(moment: str) -> dt.datetime:
    """Read a time as the ledger writes it (RFC 3339 in UTC, six decimals)."""
    return dt.datetime.fromisoformat(moment)
