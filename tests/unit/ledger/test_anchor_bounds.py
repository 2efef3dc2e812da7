"""Bounds of events against the definition, said the slow way."""

from __future__ import annotations

from statistics import median

from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.ledger.bounds import (
    Bound,
    Linked,
    linked_times,
    median_width,
    seconds_between,
    trusted_times,
)
from provenance_gen.records.anchor import Span, TrustedTimes

SIZE = 12


def moment(minute: int) -> str:
    """Return a time of one day."""
    return f"2026-11-22T{minute // 60:02}:{minute % 60:02}:00.000000Z"


@st.composite
def bounds(draw: st.DrawFn) -> list[Bound]:
    """Tokens of any size and time; each is cited, if at all, after what it covers."""
    found = []
    for _ in range(draw(st.integers(0, 5))):
        size = draw(st.integers(0, SIZE))
        at = draw(st.integers(0, 900))
        cited = draw(st.none() | st.integers(size, SIZE + 2))
        found.append(Bound(size, moment(at), moment(at + draw(st.integers(0, 9))), cited))
    return found


def slowly(given: list[Bound], sequence: int) -> tuple[str | None, str | None]:
    """Bound one event by looking at every token."""
    lower = [b.earliest for b in given if b.cited_at is not None and b.cited_at <= sequence]
    upper = [b.latest for b in given if b.size > sequence]
    return max(lower, default=None), min(upper, default=None)


@given(bounds())
def test_every_event_has_the_bounds_of_the_definition(given: list[Bound]) -> None:
    """Runs follow each other without a gap, and each event's bounds are the tightest."""
    times = trusted_times(given, SIZE)
    assert [span.first for span in times.spans] == [0, *(s.stop for s in times.spans[:-1])]
    assert times.spans[-1].stop == SIZE
    for sequence in range(SIZE):
        span = times.of(sequence)
        assert (span.not_before, span.not_after) == slowly(given, sequence)
    widths = [
        seconds_between(span.not_before, span.not_after)
        for span in map(times.of, range(SIZE))
        if span.bounded and span.not_before and span.not_after
    ]
    assert median_width(times) == (median(widths) if widths else None)


def test_before_the_first_token_there_is_only_an_upper_bound() -> None:
    """And after the last one only a lower bound."""
    times = trusted_times([Bound(3, moment(5), moment(6), cited_at=5)], 8)
    assert [(s.first, s.stop, s.sealed, s.bounded) for s in times.spans] == [
        (0, 3, True, False),
        (3, 5, False, False),
        (5, 8, False, False),
    ]
    assert times.of(6).not_before == moment(5)
    assert times.of(8) == Span(first=8, stop=9)


def test_a_contradiction_bounds_and_seals_nothing() -> None:
    """Where the later bound comes first, a clock of an authority is wrong."""
    early, late = Bound(9, moment(1), moment(2), None), Bound(1, moment(60), moment(61), 2)
    span = trusted_times([early, late], 9).of(4)
    assert (span.contradictory, span.sealed, span.bounded) == (True, False, False)


def test_no_token_no_bound() -> None:
    """An empty log and one without tokens."""
    assert trusted_times([], 0) == TrustedTimes()
    assert trusted_times([], 4).spans == (Span(first=0, stop=4),)
    assert median_width(TrustedTimes()) is None


def test_a_log_that_goes_on_bounds_the_one_before() -> None:
    """And the one before bounds it, but only if it holds the root of those very events."""
    old = (Bound(2, moment(1), moment(2), cited_at=3),)
    new = (Bound(1, moment(60), moment(61), cited_at=2),)
    before, after = linked_times([Linked(old, 5, continued=True), Linked(new, 4, continued=False)])
    assert [(s.first, s.stop, s.not_before, s.not_after) for s in before.spans] == [
        (0, 2, None, moment(2)),
        (2, 3, None, moment(61)),
        (3, 5, moment(1), moment(61)),
    ]
    assert (after.of(0).not_before, after.of(0).not_after) == (moment(1), moment(61))
    assert after.of(3).not_before == moment(60)
    before, after = linked_times([Linked(old, 5, continued=False), Linked(new, 4, continued=False)])
    assert before == trusted_times(old, 5)
    assert after == trusted_times(new, 4)
    assert linked_times([]) == ()
