"""Hold the local clocks of events against trusted times.

A clock that is outside them is no error: clocks are wrong, and a batch of events may have been
held back. It is a finding that a reader should know. Pure, and quick enough for every event:
times are compared as text.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provenance_gen.ledger.bounds import read_moment, seconds_between
from provenance_gen.ledger.timestamps import rfc3339

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.ledger.timestamps import Stamp

TOLERANCE: Final = dt.timedelta(seconds=5)
"""How far a local clock may be off before it is worth a finding."""

_MOST: Final = 100
"""Runs of events that are named; a clock that is wrong now and then would name thousands."""


@dataclass
class _Run:
    what: str
    first: int
    last: int
    seconds: float


class ClockCheck:
    """Reads the events' times in order, and notes runs of those that cannot be right."""

    def __init__(self, believed: Sequence[tuple[int, Stamp]]) -> None:
        """Take the believed tokens with the sizes of their checkpoints."""
        self._earliest = {stamp.digest: stamp.earliest for _, stamp in believed}
        self._upper: list[tuple[int, str]] = []
        for size, stamp in sorted(believed, key=lambda pair: pair[0], reverse=True):
            best = self._upper[-1][1] if self._upper else stamp.latest
            # From the end on: each bound holds for the events before its size.
            self._upper.append((size, min(best, stamp.latest)))
        self._lower, self._low, self._high = "", "", ""
        self._moved = True
        self._runs: list[_Run] = []
        self._left_out = 0

    def cite(self, digest: str) -> None:
        """Take note that the next event seen, and all after it, are later than a token."""
        earliest = self._earliest.get(digest, "")
        if earliest > self._lower:
            self._lower, self._low = earliest, rfc3339(read_moment(earliest) - TOLERANCE)

    def see(self, sequence: int, timestamp: str) -> None:
        """Hold one event's time against the bounds."""
        while self._upper and sequence >= self._upper[-1][0]:
            self._upper.pop()
            self._moved = True
        if self._moved:
            latest = self._upper[-1][1] if self._upper else ""
            self._high = rfc3339(read_moment(latest) + TOLERANCE) if latest else "~"
            self._moved = False
        if self._low <= timestamp <= self._high:
            return
        latest = self._upper[-1][1] if self._upper else ""
        if latest and latest < self._lower:
            self._note("trusted times contradict each other", sequence, latest, self._lower)
        elif timestamp < self._low:
            self._note("the local clock was behind", sequence, timestamp, self._lower)
        else:
            self._note("the local clock was ahead", sequence, latest, timestamp)

    def _note(self, what: str, sequence: int, earlier: str, later: str) -> None:
        try:
            seconds = seconds_between(earlier, later)
        except ValueError:
            # A day that no calendar has, which is no reason to say less of that clock.
            seconds = 0.0
        run = self._runs[-1] if self._runs else None
        if run and run.what == what and run.last == sequence - 1:
            run.last, run.seconds = sequence, max(run.seconds, seconds)
        elif len(self._runs) < _MOST:
            self._runs.append(_Run(what, sequence, sequence, seconds))
        else:
            self._left_out += 1

    def findings(self) -> tuple[tuple[str, int | None], ...]:
        """Return what was noted, each with the first event concerned."""
        found: list[tuple[str, int | None]] = [
            (
                f"{run.what} by {run.seconds:.0f} s or more"
                + (f", up to event {run.last}" if run.last > run.first else ""),
                run.first,
            )
            for run in self._runs
        ]
        if self._left_out:
            found.append((f"and {self._left_out} more events", None))
        return tuple(found)
