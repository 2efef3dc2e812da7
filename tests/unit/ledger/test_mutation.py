"""No tampering with the database file changes what is accepted, and none leads to a foreign error.

Two kinds no local check can see, and they are not tried here: the tail after the newest outside
checkpoint rewritten together with its head, and the last time-stamp dropped from both places.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.unit.ledger.tampering import Victim, flipped, make_victim, row_tamperings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

EVENTS = 200
HEADER = 100
"""Bytes of SQLite's file header."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Victim:
    """A ledger of 8 events, which is quicker to try things on."""
    return make_victim(tmp_path_factory.mktemp("small"), 8)


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Victim:
    """A ledger of 200 events, its last checkpoint over all of them."""
    return make_victim(tmp_path_factory.mktemp("victim"), EVENTS)


def test_every_column_of_every_table(victim: Victim, tmp_path: Path) -> None:
    """Whatever is changed, swapped, renumbered, deleted or inserted in any column is refused.

    But for the moment at which a migration was applied, which is nothing that an event says.
    """
    tried = 0
    for name, tampered in row_tamperings(victim, tmp_path / "scratch.db"):
        tried += 1
        accepted = victim.accepted(tampered, shared=tried % 8 == 0)
        assert not accepted or "migration" in name, name
    assert tried > 300


@pytest.mark.slow
def test_every_column_in_parts(victim: Victim, tmp_path: Path) -> None:
    """An audit in parts says the same of every such tampering."""
    for _, tampered in row_tamperings(victim, tmp_path / "scratch.db"):
        victim.accepted(tampered, shared=True)


def flips(victim: Victim, bits: Iterable[int]) -> int:
    """Flip bits of the file one by one; return how many were refused.

    Every fiftieth file is also audited in parts.
    """
    return sum(
        not victim.accepted(flipped(victim.database, bit), shared=place % 50 == 0)
        for place, bit in enumerate(bits)
    )


def random_bits(victim: Victim, count: int, seed: int) -> list[int]:
    """Choose bits anywhere in the file."""
    draw = random.Random(seed)
    return [draw.randrange(len(victim.database) * 8) for _ in range(count)]


def test_random_bits(small: Victim) -> None:
    """Bits flipped anywhere in the file: what is accepted is what was there."""
    assert flips(small, random_bits(small, 2000, seed=1)) > 200


@pytest.mark.slow
def test_very_many_random_bits(victim: Victim, small: Victim) -> None:
    """The same a hundred thousand times, and every bit of the file's header."""
    flips(small, range(HEADER * 8))
    assert flips(small, random_bits(small, 90_000, seed=2)) > 10_000
    assert flips(victim, random_bits(victim, 10_000, seed=3)) > 5000
