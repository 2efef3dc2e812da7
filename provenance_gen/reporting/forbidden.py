"""Search a report for what it must not say: conclusions that only people may draw.

That is what no output says (``records.never``) and what the policies forbid.

Words of the person the report is about are quoted, not said by us, and are left out: every element
that holds them carries ``data-quoted``. Everything else is searched, names for screen readers too.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final

from provenance_gen.records.base import Record
from provenance_gen.records.never import conclusions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from provenance_gen.records.policy import Policy

OURS: Final = "provenance-gen"
"""Stands in place of a policy's name where no output may say what was found."""

_INLINE: Final = frozenset({"a", "b", "br", "code", "del", "em", "i", "ins", "span", "time", "wbr"})
_VOID: Final = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})
_UNSPOKEN: Final = frozenset({"style", "script"})
_SPOKEN: Final = re.compile(r' (?:alt|aria-label|title)="([^"]+)"')
_TOKEN: Final = re.compile(
    r'<(?:!--.*?-->|![^>]*>|(/?)([a-z][a-z0-9]*)((?:[^<>"]|"[^"]*")*)>)|([^<]+)', re.DOTALL
)
_NUMBER: Final = re.compile(r"[1-9]\d*|\d{2,}")
_GAP: Final = "\u2026"
"""Stands where quoted words were, so that ours before and after do not grow together."""


class Trip(Record):
    """A sentence of ours that is forbidden, by ``policy`` or by the program itself."""

    policy: str
    pattern: str
    sentence: str


def search(page: str, policies: Iterable[Policy]) -> tuple[Trip, ...]:
    """Return everything in an HTML page that one of the policies forbids, in any language."""
    return Watch(policies).search(page)


def find(sentences: Sequence[str], policies: Iterable[Policy]) -> tuple[Trip, ...]:
    """Return every sentence that matches a forbidden pattern of one of the policies."""
    return Watch(policies).find(sentences)


def in_policy(policy: Policy, policies: Iterable[Policy]) -> tuple[Trip, ...]:
    """Return every sentence of a policy that a report on it would be refused for.

    Args:
        policy: the policy, of whose texts all but those that it forbids itself are searched.
        policies: whose patterns are watched for.
    """
    said = policy.model_dump(mode="json", exclude={"forbidden_statements"})
    return find(tuple(_texts(said)), policies)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


class Watch:
    """Looks for what policies forbid, page after page; what was read once is not read again."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        """Take the policies, whose patterns of every language are watched for."""
        self._patterns = [
            (re.compile(statement.pattern).search, policy.id, statement.pattern)
            for policy in policies
            for statements in policy.forbidden_statements.values()
            for statement in statements
        ]
        self._read: set[str] = set()
        self._forms: set[str] = set()

    def search(self, page: str) -> tuple[Trip, ...]:
        """Return everything in an HTML page of ours that is forbidden and was not named before."""
        return self.find(own_words(page))

    def find(self, sentences: Iterable[str]) -> tuple[Trip, ...]:
        """Return every sentence that is forbidden and was not named before."""
        trips = []
        for sentence in sentences:
            if sentence in self._read:
                continue
            self._read.add(sentence)
            for pattern, _ in self._drawn(sentence):
                trips.append(Trip(policy=OURS, pattern=pattern, sentence=sentence))
            for match, policy, pattern in self._patterns:
                if match(sentence):
                    trips.append(Trip(policy=policy, pattern=pattern, sentence=sentence))
        return tuple(trips)

    def _drawn(self, sentence: str) -> Iterator[tuple[str, str]]:
        """Yield the conclusions that a sentence draws; one that differs in numbers only is known.

        A report on many attempts says the same of each; a nought is kept, for shares such as 0.7.
        """
        form = _NUMBER.sub("7", sentence)
        if form not in self._forms:
            self._forms.add(form)
            yield from conclusions(sentence)


def own_words(page: str) -> tuple[str, ...]:
    """Return what a page of ours itself says, block by block, quoted words of people left out.

    It is read as the templates write it: every element but void ones is closed, and ``<`` and
    ``"`` stand in texts and attributes only as character references.
    """
    reader = _Reader()
    for closing, tag, attributes, text in _TOKEN.findall(page):
        if text:
            reader.read(text)
        elif closing:
            reader.close(tag)
        elif tag:
            reader.open(tag, attributes)
    return reader.blocks()


class _Reader:
    def __init__(self) -> None:
        self._open: list[tuple[str, bool]] = [("", False)]
        self._block: list[str] = []
        self._blocks: list[str] = []

    def blocks(self) -> tuple[str, ...]:
        self._break()
        return tuple(self._blocks)

    def open(self, tag: str, attributes: str) -> None:
        if attributes:
            self._blocks += [unescape(text) for text in _SPOKEN.findall(attributes)]
        if tag not in _INLINE:
            self._break()
        hushed = self._open[-1][1]
        silent = hushed or tag in _UNSPOKEN or " data-quoted" in attributes
        if silent and not hushed:
            self._block.append(_GAP)
        if tag not in _VOID:
            self._open.append((tag, silent))

    def close(self, tag: str) -> None:
        if tag not in _INLINE:
            self._break()
        while len(self._open) > 1:
            if self._open.pop()[0] == tag:
                return

    def read(self, text: str) -> None:
        if not self._open[-1][1]:
            self._block.append(text)

    def _break(self) -> None:
        if not self._block:
            return
        text = " ".join(unescape("".join(self._block)).split())
        if text.strip(_GAP + " "):
            self._blocks.append(text)
        self._block.clear()
