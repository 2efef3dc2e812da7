"""How events are counted and cited, for every measure alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.records.finding import Measure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance_gen.records.event import Citation


def cited(citations: Iterable[Citation]) -> tuple[Citation, ...]:
    """Return each event once, in order."""
    unique = {one.order: one for one in citations}
    return tuple(unique[place] for place in sorted(unique))


def count(citations: Iterable[Citation]) -> Measure:
    """Return how many there are, each event cited once."""
    found = list(citations)
    return Measure(value=len(found), citations=cited(found))
