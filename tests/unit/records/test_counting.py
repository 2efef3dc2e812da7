"""Numbers and names in sentences."""

from __future__ import annotations

import pytest

from provenance_gen.records.counting import counted, listed, which


def test_counted() -> None:
    """One takes the word as it is, every other number takes the other."""
    assert [counted(n, "event") for n in (0, 1, 2)] == ["0 events", "1 event", "2 events"]
    assert [counted(n, "leaf", "leaves") for n in (1, 5)] == ["1 leaf", "5 leaves"]


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "0"),
        (2, "0 and 1"),
        (3, "0, 1 and 2"),
        (9, "0, 1, 2, 3, 4, 5, 6, 7 and 8"),
        (10, "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"),
    ],
)
def test_listed(count: int, said: str) -> None:
    """Nobody is told that there is one more where it could be named."""
    assert listed([str(number) for number in range(count)]) == said


def test_which() -> None:
    """The word goes with the number of names."""
    assert which("picture", ["1.1"]) == "picture 1.1"
    assert which("picture", ["1.1", "e2"]) == "pictures 1.1 and e2"
