"""How a driver learns what to hand to its process, so that neither waits for the other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.studio.driver import learned

SECONDS = st.floats(1e-4, 60)


def test_a_process_that_idles_is_soon_thought_quick() -> None:
    """Whoever waited for us told nothing of itself: half a second becomes milliseconds at once."""
    pace = 0.5
    for _ in range(3):
        pace = learned(pace, took=pace, busy=False)
    assert pace < 2e-3


@given(SECONDS, SECONDS)
def test_a_busy_process_is_followed_from_either_side(pace: float, took: float) -> None:
    """What is thought comes nearer to what was seen, and gets there."""
    first = learned(pace, took, busy=True)
    assert min(pace, took) <= first <= max(pace, took)
    for _ in range(60):
        pace = learned(pace, took, busy=True)
    assert abs(pace - took) <= took / 50


@given(SECONDS, SECONDS)
def test_an_idle_process_is_never_thought_slower(pace: float, took: float) -> None:
    """It is known to be no slower than it was, and no more."""
    assert learned(pace, took, busy=False) <= pace
