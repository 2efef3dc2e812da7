"""The part of the audit that looks for identifiers which were given twice.

Works, attempts, edits, imports and exports are known by random identifiers, each of which one event
gives. A second event that gives the same one leaves every proof as it is, and whoever reads the log
cannot tell the two things apart: so it is a finding, and no problem.
"""

from __future__ import annotations

from typing import Any, Final

from provenance_gen.ledger.audit_rows import Problem

GIVES: Final = {
    "work.created": "work",
    "attempt.started": "attempt",
    "edit.recorded": "edit",
    "image.imported": "import_id",
    "export.prepared": "export",
}
"""Field that holds the identifier which an event gives, by the event's type."""

_MOST: Final = 100
"""Identifiers that are named; of more it is only said how many they are."""


class Given:
    """The identifiers that events have given so far: about 200 bytes for each."""

    def __init__(self) -> None:
        """Know none."""
        self._first: dict[str, int] = {}
        self._twice: list[Problem] = []
        self._more = 0

    def see(self, type_: str, payload: dict[str, Any], number: int) -> None:
        """Take note of the identifier that an event gives, if it gives any.

        Args:
            type_: the event's type.
            payload: what it says; of an event of another type than those of ``GIVES``, any will do.
            number: its number.
        """
        field = GIVES.get(type_)
        name = payload.get(field) if field else None
        if not isinstance(name, str):
            return
        first = self._first.setdefault(f"{field} {name}", number)
        if first == number:
            return
        if len(self._twice) == _MOST:
            self._more += 1
            return
        kind = str(field).removesuffix("_id")
        what = f"it gives an identifier that event {first} has given already ({kind} {name:.40})"
        self._twice.append(Problem(what, number))

    def findings(self) -> tuple[Problem, ...]:
        """Name those that were given twice."""
        if not self._more:
            return tuple(self._twice)
        return *self._twice, Problem(f"{self._more} more identifiers were given twice")
