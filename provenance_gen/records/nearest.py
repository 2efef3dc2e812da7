"""Which of the existing names somebody may have meant."""

from __future__ import annotations


def nearest(name: str, existing: list[str]) -> list[str]:
    """Return the existing names most like the one asked for, best first; no more than four."""
    # Imported here: difflib costs 10 ms, and most runs ask for a name that exists.
    from difflib import SequenceMatcher  # noqa: PLC0415

    return sorted(existing, key=lambda known: -SequenceMatcher(None, name, known).ratio())[:4]
