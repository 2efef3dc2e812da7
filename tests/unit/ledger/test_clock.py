"""Local clocks held against trusted times, beyond what the audit's own tests make of them."""

from __future__ import annotations

from provenance_gen.ledger.clock import ClockCheck
from provenance_gen.ledger.timestamps import Stamp

_TIME = "2026-11-22T12:00:00.000000Z"


def test_a_day_that_is_none_is_a_finding_too() -> None:
    """Else whoever writes one into an event would hear nothing of a wrong clock."""
    clock = ClockCheck([(2, Stamp("0" * 64, b"", _TIME, _TIME, _TIME))])
    clock.see(0, "2026-11-22T11:59:59.000000Z")
    clock.see(1, "2026-11-99T00:00:00Z")
    assert clock.findings() == (("the local clock was ahead by 0 s or more", 1),)
