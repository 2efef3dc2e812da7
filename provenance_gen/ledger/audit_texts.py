"""The part of the audit that compares the disclosed texts with what events commit to."""

from __future__ import annotations

from collections import defaultdict, deque
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.errors import LedgerError
from provenance_gen.ledger import disclosure
from provenance_gen.ledger.audit_source import TEXTS, stream, within
from provenance_gen.records.pointers import join

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provenance_gen.ledger.audit_page import Columns
    from provenance_gen.ledger.audit_rows import Problems
    from provenance_gen.ledger.audit_source import Rows

_UNASKED: Final = "a text that nothing commits to ({!s:.80})"


class Texts:
    """The disclosed texts, in the order of events, compared with what events commit to.

    Attributes:
        disclosed: number of texts that are what was committed to.
        missing: event, its leaf and JSON pointer of each text that is not.
    """

    def __init__(self, rows: Rows, problems: Problems, span: range | None = None) -> None:
        """Begin to read them, or those of a span of events."""
        self._rows = stream(rows, within(TEXTS, "seq", span))
        self._read: deque[tuple[Any, ...]] = deque()
        self._row = self._next()
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
            self._row = self._next()
        self.disclosed += len(found)
        if len(found) != len(commit):
            self.missing += [(number, leaf, path) for path in commit if path not in found]

    def compare_page(self, page: Columns) -> None:
        """Check the texts of the next events, all of which are sound."""
        rows = [*self._read] if self._row is None else [self._row, *self._read]
        self._read.clear()
        count = len(page.texts)
        rows += islice(self._rows, max(count + 1 - len(rows), 0))
        # The row after them, if any, has to be of a later event.
        after = rows[count][0] if len(rows) > count else page.numbers.stop
        fit = page.joins and type(after) is int and after >= page.numbers.stop
        if fit and _fit(rows[:count], page.texts):
            self.disclosed += count
            self._read.extend(rows[count:])
            self._row = self._next()
            return
        # One by one, to say what is wrong, or which text is gone.
        self._read.extend(rows)
        self._row = self._next()
        payloads = {number: payload for numbers, payload in page.payloads for number in numbers}
        commits: defaultdict[int, dict[str, str]] = defaultdict(dict)
        for number, path, digest in page.texts:
            commits[number][path] = digest
        for number, leaf in zip(page.numbers, page.leaves, strict=True):
            self.compare(number, leaf, commits.get(number, {}), payloads.get(number, {}))

    def finish(self) -> None:
        """Check that no text is left over."""
        while self._row is not None:
            self._problems.add(_UNASKED.format(self._row[1]))
            self._row = self._next()

    def _next(self) -> tuple[Any, ...] | None:
        return self._read.popleft() if self._read else next(self._rows, None)


def _fit(rows: list[tuple[Any, ...]], texts: list[tuple[int, str, str]]) -> bool:
    """Tell whether rows are the texts that events commit to, in order, and all of them."""
    if len(rows) != len(texts) or not texts:
        return not texts
    numbers, paths, digests = zip(*texts, strict=True)
    sequences, named, words = zip(*rows, strict=True)
    return (
        sequences == numbers
        and set(map(type, sequences)) == {int}
        and named == paths
        and set(map(type, words)) == {str}
        and disclosure.fit(words, paths, digests)
    )


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
