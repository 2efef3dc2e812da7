"""Small parts of the audit: what a problem is, and rows compared with what the events say.

Large tables are compared without holding them: either both sides come in the same order, or a
keyed sum over the rows of each side is compared.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.ledger.audit_source import PAGE, SUBJECTS, WRITTEN, stream, within

if TYPE_CHECKING:
    from provenance_gen.ledger.audit_source import Rows

_MOST: Final = 1000
"""Problems that are named; of more it is only said how many they are."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong."""

    what: str
    sequence: int | None = None
    """Number of the event concerned, where one can be named."""


@dataclass
class Problems:
    """What was found wrong so far."""

    named: list[Problem] = field(default_factory=list)
    more: int = 0
    broken: int | None = None
    """Number of the first event concerned."""

    def add(self, what: str, sequence: int | None = None) -> None:
        """Note a problem."""
        if sequence is not None and (self.broken is None or sequence < self.broken):
            self.broken = sequence
        if len(self.named) < _MOST:
            self.named.append(Problem(what, sequence))
        else:
            self.more += 1

    def all(self) -> tuple[Problem, ...]:
        """Return them, the earliest event first, then what concerns no single event."""
        named = sorted(self.named, key=lambda p: (p.sequence is None, p.sequence or 0))
        if self.more:
            named.append(Problem(f"{self.more} more problems are not named"))
        return tuple(named)


class Tally:
    """A sum over the rows of an unordered table, to be compared with another sum.

    Each row adds Python's hash of a string, which is SipHash with a key that every process draws
    for itself, here with random bits for each audit before it; so nobody can prepare other rows
    with the same sum, and two sides differ unseen with a chance of 2^-64. (The hash of a tuple
    would not do: it is nearly additive, and swapped numbers are then seldom noticed.)

    Attributes:
        key: the random bits; both sides have the same.
        sum: sum of the hashes.
        count: number of rows.
    """

    __slots__ = ("count", "key", "sum")

    def __init__(self, key: str | None = None) -> None:
        """Begin a sum, with the key of the one it will be compared with."""
        self.key = secrets.token_hex(8) if key is None else key
        self.sum = 0
        self.count = 0

    def add(self, number: int, *rows: tuple[str, str]) -> None:
        """Add rows: a number and two strings; no two rows are written as the same string."""
        before = f"{self.key}{number} "
        for kind, key in rows:
            self.sum += hash(f"{before}{len(kind)} {kind}{key}")
        self.count += len(rows)

    def equals(self, other: Tally) -> bool:
        """Tell whether both sides have the same rows."""
        return (self.key, self.sum, self.count) == (other.key, other.sum, other.count)


class Subjects:
    """The index of subjects, compared with what the events speak of, a page at a time.

    Rows are read in the order in which they were written, which is that of the events; a page
    that is not in that order, or not the same, goes into a sum on either side.

    Attributes:
        count: number of rows that were compared.
    """

    def __init__(self, rows: Rows, span: range | None = None) -> None:
        """Begin to read the index, or a range of its rows as SQLite numbers them."""
        asked = WRITTEN if rows.numbered else SUBJECTS
        self._rows = stream(rows, within(asked, "rowid", span))
        self.count = 0
        self._said = Tally()
        self._indexed = Tally(self._said.key)

    def compare(self, said: list[tuple[int, str, str]]) -> None:
        """Compare what the next events speak of, sorted, with the next rows."""
        indexed = list(islice(self._rows, len(said)))
        self.count += len(indexed)
        # A number that is no integer may still be equal to one.
        if indexed == said and set(map(type, map(itemgetter(0), indexed))) <= {int}:
            return
        for number, kind, key in said:
            self._said.add(number, (kind, key))
        self._count(indexed)

    def agree(self) -> bool:
        """Tell, after the last event, whether the index has the same rows, and no others."""
        while rest := list(islice(self._rows, PAGE)):
            self._count(rest)
        return self._indexed.equals(self._said)

    def _count(self, indexed: list[tuple[Any, ...]]) -> None:
        for number, kind, key in indexed:
            if type(kind) is str and type(key) is str and type(number) is int and number >= 0:
                self._indexed.add(number, (kind, key))
            else:
                self._indexed.count += 1
