"""Small parts of the audit: what a problem is, and rows compared with what the events say.

Large tables are compared without holding them: either both sides come in the same order, or a
keyed sum over the rows of each side is compared.
"""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Integer, literal_column, select

from provenance_gen.errors import LedgerError
from provenance_gen.ledger import disclosure
from provenance_gen.ledger.tables import SECRET, SUBJECT
from provenance_gen.records.event import join

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

PAGE: Final = 1000
ROWID: Final = literal_column("rowid", Integer)
"""Number that SQLite gives to each row of a table, in the order in which they are written."""
_MOST: Final = 1000
"""Problems that are named; of more it is only said how many they are."""
_UNASKED: Final = "a text that nothing commits to ({!s:.80})"


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


def pages(connection: Connection, query: Select[Any]) -> Iterator[Sequence[tuple[Any, ...]]]:
    """Give the rows of a query as they come, a page of them at a time.

    Its only parameters may be numbers. In SQLite the driver's own cursor is asked: a row object
    for each row costs more than the row.
    """
    if connection.dialect.name != "sqlite":
        result = connection.execution_options(yield_per=PAGE).execute(query)
        yield from ([tuple(row) for row in page] for page in result.partitions(PAGE))
        return
    cursor = connection.connection.cursor()
    try:
        compiled = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        cursor.execute(str(compiled))
        while page := cursor.fetchmany(PAGE):
            yield page
    finally:
        # Where the reading was given up, the database may be closed already.
        with contextlib.suppress(sqlite3.ProgrammingError):
            cursor.close()


def stream(connection: Connection, query: Select[Any]) -> Iterator[tuple[Any, ...]]:
    """Give the rows of a query one by one, a page of them in memory at a time; see ``pages``."""
    return chain.from_iterable(pages(connection, query))


def within(query: Select[Any], column: ColumnElement[Any], span: range | None) -> Select[Any]:
    """Leave of a query the rows whose number is in a span, or all where there is none."""
    if span is None:
        return query
    return query.where(column >= span.start, column < span.stop)


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

    def __init__(self, connection: Connection, rows: range | None = None) -> None:
        """Begin to read the index, or a range of its rows as SQLite numbers them."""
        columns = (SUBJECT.c.kind, SUBJECT.c.key, SUBJECT.c.seq)
        plain = connection.dialect.name == "sqlite"
        order = (ROWID,) if plain else (SUBJECT.c.seq, SUBJECT.c.kind, SUBJECT.c.key)
        query = within(select(*columns).order_by(*order), ROWID, rows)
        self._rows = stream(connection, query)
        self.count = 0
        self._said = Tally()
        self._indexed = Tally(self._said.key)

    def compare(self, said: list[tuple[str, str, int]]) -> None:
        """Compare what the next events speak of, sorted within each, with the next rows."""
        indexed = list(islice(self._rows, len(said)))
        self.count += len(indexed)
        # A number that is no integer may still be equal to one.
        if indexed == said and {type(row[2]) for row in indexed} <= {int}:
            return
        for kind, key, number in said:
            self._said.add(number, (kind, key))
        self._count(indexed)

    def agree(self) -> bool:
        """Tell, after the last event, whether the index has the same rows, and no others."""
        while rest := list(islice(self._rows, PAGE)):
            self._count(rest)
        return self._indexed.equals(self._said)

    def _count(self, indexed: list[tuple[Any, ...]]) -> None:
        for kind, key, number in indexed:
            if type(kind) is str and type(key) is str and type(number) is int and number >= 0:
                self._indexed.add(number, (kind, key))
            else:
                self._indexed.count += 1


class Texts:
    """The disclosed texts, in the order of events, compared with what events commit to.

    Attributes:
        disclosed: number of texts that are what was committed to.
        missing: event, its leaf and JSON pointer of each text that is not.
    """

    def __init__(
        self, connection: Connection, problems: Problems, span: range | None = None
    ) -> None:
        """Begin to read them, or those of a span of events."""
        columns = (SECRET.c.seq, SECRET.c.path, SECRET.c.disclosure)
        query = select(*columns).order_by(SECRET.c.seq, SECRET.c.path)
        self._rows = stream(connection, within(query, SECRET.c.seq, span))
        self._row = next(self._rows, None)
        self._problems = problems
        self.disclosed = 0
        self.missing: list[tuple[int, bytes, str]] = []

    def compare(
        self, number: int, leaf: bytes, commit: Mapping[str, str], payload: Mapping[str, Any]
    ) -> None:
        """Check the texts of the next event; numbers only rise from call to call."""
        row = self._row
        if not commit and (row is None or (type(row[0]) is int and row[0] > number)):
            return
        found: list[str] = []
        while (row := self._row) is not None:
            seq, path, words = row
            if type(seq) is not int or seq < number:
                self._problems.add(_UNASKED.format(path))
            elif seq > number:
                break
            elif what := _text_problem(path, words, commit, payload):
                self._problems.add(what, number)
            else:
                found.append(path)
            self._row = next(self._rows, None)
        self.disclosed += len(found)
        if len(found) != len(commit):
            self.missing += [(number, leaf, path) for path in commit if path not in found]

    def finish(self) -> None:
        """Check that no text is left over."""
        while self._row is not None:
            self._problems.add(_UNASKED.format(self._row[1]))
            self._row = next(self._rows, None)


def _text_problem(
    path: object, words: object, commit: Mapping[str, str], payload: Mapping[str, Any]
) -> str | None:
    """Say why a text is not the one that an event commits to."""
    committed = commit.get(path) if isinstance(path, str) else None
    if committed is None or not isinstance(path, str):
        return _UNASKED.format(path)
    if not isinstance(words, str):
        return f"the text of {path} is not what was committed to"
    try:
        text = disclosure.reveal(words, path, committed)
        if path.count("/") > 1:
            join(payload, {path: text})
    except LedgerError as error:
        return str(error)
    return None
