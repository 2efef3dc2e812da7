"""Times between events: idle gaps left out, guesses and imports from later left out."""

from __future__ import annotations

from provenance_gen.contribution.pace import IDLE, pace
from provenance_gen.records.event import Basis
from tests.histories import Making


def values(made: Making) -> tuple[int, int]:
    """Return active seconds and pauses."""
    found = pace(made.work())
    return found["active_seconds"].value, found["pauses"].value


def test_gaps_are_added_up() -> None:
    """Each event of these histories is twenty seconds after the one before."""
    made = Making()
    assert values(made) == (0, 0)
    made.intent("a boat")
    made.attempt("a boat")
    assert values(made) == (60, 0)


def test_idle_gaps_are_not() -> None:
    """Whoever comes back after a long while has not worked in between."""
    made = Making()
    made.intent("a boat")
    made.view(seconds=IDLE)  # the third event, three times as long after the beginning
    assert values(made) == (20, 1)


def test_a_clock_that_went_back_adds_nothing() -> None:
    """Nor does it take anything away."""
    made = Making()
    made.intent("a boat", seconds=60)
    made.view(seconds=5)
    assert values(made) == (100, 0)


def test_what_was_brought_in_later_or_guessed_counts_for_nothing() -> None:
    """Its time is that of the entry, not of the making."""
    made = Making()
    made.intent("a boat", basis=Basis.BACKFILLED)
    made.intent("a boat", basis=Basis.INFERRED)
    assert values(made) == (0, 0)


def test_a_day_that_is_none_adds_nothing() -> None:
    """A stranger's ledger may name one, in a form that every ledger has."""
    made = Making()
    made.intent("a boat")
    for day in ("2026-02-30T09:00:30Z", "2026-99-99T99:99:99Z", "0000-01-01T00:00:00Z"):
        made.intent("a boat")
        made.events[-1] = made.events[-1].model_copy(update={"timestamp": day})
    assert values(made) == (20, 0)
