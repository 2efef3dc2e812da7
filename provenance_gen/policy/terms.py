"""Find words in prompts however they are written: case, width and joints do not matter.

Text is compared in compatibility form (Unicode NFKC) without case, so that full-width letters and
half-width kana find the usual ones; invisible characters and variants of one kanji's shape are
passed over; a hyphen, an underscore, a middle dot and any run of spaces are one joint. Kanji are
not their readings, hiragana is not katakana, and accents count: a policy lists each.

A term is found as a whole word where its script parts words by spaces, and anywhere where it does
not (Japanese, Chinese, Korean with its particles, Thai and others); a figure beside a word is no
part of it, as in ``1girl``. ``*`` at an end of a term leaves that end open: ``child*`` finds
*children*. There are no other patterns, so that no policy file can make the search slow.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_TERM: Final = 200
"""Longest term in characters."""

_UNSPACED: Final = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Myanmar, Khmer
    "\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"  # jamo, kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\ua960-\ua97f\uac00-\ud7ff"  # Hangul
    "\U00020000-\U0003fffd"  # Han beyond the basic plane
)
_LETTER: Final = rf"[^\W\d_{_UNSPACED}]"
"""A letter of a script that parts words by spaces."""

_JOINT: Final = r"[\s_\-\u2010-\u2015\u00b7\u30fb]"
_JOINTS: Final = re.compile(_JOINT + "+")
_INVISIBLE: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Variation selectors, which choose a shape and no other letter."""


def found(terms: Iterable[str], texts: Iterable[str]) -> tuple[str, ...]:
    """Return the terms that stand in any of the texts, in their order."""
    searched = [normal(text) for text in texts]
    return tuple(term for term in terms if any(_pattern(term).search(text) for text in searched))


def fault(term: str) -> str | None:
    """Return why something is no term, or None for one that can be found."""
    inner = term.removeprefix("*").removesuffix("*")
    if len(term) > MAX_TERM:
        return f"longer than {MAX_TERM} characters"
    if "*" in inner:
        return "* may stand only at the beginning or the end"
    if not any(letter.isalnum() for letter in normal(inner)):
        return "holds no letter or digit, so that it would be found everywhere or nowhere"
    return None


def normal(text: str) -> str:
    """Return the form in which texts are compared."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    shown = (letter for letter in folded if unicodedata.category(letter) != "Cf")
    return _INVISIBLE.sub("", "".join(shown))


@functools.lru_cache(maxsize=4096)
def _pattern(term: str) -> re.Pattern[str]:
    inner = normal(term.removeprefix("*").removesuffix("*"))
    words = [word for word in _JOINTS.split(inner) if word]
    before = "" if term.startswith("*") else f"(?<!{_beside(words[0][0])})"
    after = "" if term.endswith("*") else f"(?!{_beside(words[-1][-1])})"
    parts = [re.escape(words[0])]
    for left, right in itertools.pairwise(words):
        # A name of foreign words may be written in kana with a joint or without.
        often = "+" if _spaced(left[-1]) or _spaced(right[0]) else "*"
        parts += [_JOINT + often, re.escape(right)]
    return re.compile(before + "".join(parts) + after)


def _beside(letter: str) -> str:
    """Return what may not stand beside a term that begins or ends with a letter."""
    if letter.isdecimal():
        return r"\d"
    return _LETTER if _spaced(letter) else r"[^\s\S]"


def _spaced(letter: str) -> bool:
    return re.fullmatch(_LETTER, letter) is not None
