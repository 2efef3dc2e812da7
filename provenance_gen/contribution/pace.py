"""How long people and programs were at work, as far as the times of events can show it."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from provenance_gen.contribution.counting import cited
from provenance_gen.records.citations import cited_events
from provenance_gen.records.event import Basis
from provenance_gen.records.finding import Measure

if TYPE_CHECKING:
    from provenance_gen.records.event import Citation
    from provenance_gen.records.work import Work

IDLE: Final = 600
"""Seconds without an event after which nobody is taken to have been at work."""


def pace(work: Work) -> dict[str, Measure]:
    """``active_seconds``: the seconds between events that are less than ``IDLE`` apart, added up.

    Unit: whole seconds of the maker's clock. Events that were brought in later, or only guessed,
    are left out, and so is the deletion of texts; where the clock went back, nothing is added. It
    shows how events are spread over time: not that somebody worked in between, nor how well, and it
    says nothing where the clock was wrong, or told a day that no calendar has. ``pauses`` counts
    the longer gaps.
    """
    events = {
        one.order: one
        for kind, one in cited_events(work)
        if kind != "text.redacted" and _timely(one)
    }
    listed = [events[place] for place in sorted(events)]
    moments = [found for one in listed if (found := _moment(one.timestamp))]
    gaps = [(after - before).total_seconds() for before, after in pairwise(moments)]
    active = sum(gap for gap in gaps if 0 < gap < IDLE)
    citations = cited(listed) if gaps else ()
    return {
        "active_seconds": Measure(value=int(active), citations=citations),
        "pauses": Measure(value=sum(gap >= IDLE for gap in gaps), citations=citations),
    }


def _moment(timestamp: str) -> datetime | None:
    """Return the time of an event; None where a stranger's ledger names a day that is none."""
    try:
        return datetime.fromisoformat(timestamp)
    except ValueError:
        return None


def _timely(citation: Citation) -> bool:
    return citation.basis in (Basis.CONTEMPORANEOUS, Basis.CONFIRMED)
