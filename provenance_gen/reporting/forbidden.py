"""Search a report for what its policies forbid it to say: conclusions that only people may draw.

Words of the person the report is about are quoted, not said by us, and are left out: every element
that holds them carries ``data-quoted``. Everything else is searched, names for screen readers too.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

from provenance_gen.records.base import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from provenance_gen.records.policy import Policy

_INLINE: Final = frozenset({"a", "b", "br", "code", "del", "em", "i", "ins", "span", "time", "wbr"})
_VOID: Final = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})
_UNSPOKEN: Final = frozenset({"style", "script"})
_ATTRIBUTES: Final = ("alt", "aria-label", "title")
_GAP: Final = "\u2026"
"""Stands where quoted words were, so that ours before and after do not grow together."""


class Trip(Record):
    """A sentence of ours that a policy forbids."""

    policy: str
    pattern: str
    sentence: str


def search(page: str, policies: Iterable[Policy]) -> tuple[Trip, ...]:
    """Return everything in an HTML page that one of the policies forbids, in any language."""
    return find(own_words(page), policies)


def find(sentences: Sequence[str], policies: Iterable[Policy]) -> tuple[Trip, ...]:
    """Return every sentence that matches a forbidden pattern of one of the policies."""
    return tuple(
        Trip(policy=policy.id, pattern=statement.pattern, sentence=sentence)
        for policy in policies
        for statements in policy.forbidden_statements.values()
        for statement in statements
        for sentence in sentences
        if re.search(statement.pattern, sentence)
    )


def own_words(page: str) -> tuple[str, ...]:
    """Return what the page itself says, block by block, quoted words of people left out."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.blocks()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[tuple[str, bool]] = []
        self._block: list[str] = []
        self._blocks: list[str] = []

    def blocks(self) -> tuple[str, ...]:
        self._break()
        return tuple(self._blocks)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._blocks += [text for name in _ATTRIBUTES if (text := given.get(name))]
        if tag not in _INLINE:
            self._break()
        silent = "data-quoted" in given or tag in _UNSPOKEN or self._silent()
        if silent and not self._silent():
            self._block.append(_GAP)
        if tag not in _VOID:
            self._open.append((tag, silent))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _INLINE:
            self._break()
        while self._open:
            if self._open.pop()[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._silent():
            self._block.append(data)

    def _silent(self) -> bool:
        return bool(self._open) and self._open[-1][1]

    def _break(self) -> None:
        text = " ".join("".join(self._block).split())
        if text.strip(_GAP + " "):
            self._blocks.append(text)
        self._block.clear()
