"""Hidden characters are shown, and nothing else is touched."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.records.show import visible


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[31mred", "[U+001B][31mred"),
        ("\u202egnp.exe", "[U+202E]gnp.exe"),
        ("\u2066a\u2069", "[U+2066]a[U+2069]"),
        ("a\rb", "a[U+000D]b"),
        ("a\r\nb\n\tc", "a\nb\n\tc"),
        ("\x9b2J\x07", "[U+009B]2J[U+0007]"),
        ("\ufeffa\u200bb\u2028c", "[U+FEFF]a[U+200B]b[U+2028]c"),
        ("\U000e0041", "[U+E0041]"),
        ("\ud800", "[U+D800]"),
        ("👩‍🎨 🚢 夕焼け é", "👩‍🎨 🚢 夕焼け é"),
    ],
)
def test_what_steers_a_screen_is_named(text: str, seen: str) -> None:
    """Escape sequences, overrides, invisible letters; emoji and scripts stay."""
    assert visible(text) == seen


@given(st.text())
def test_nothing_that_steers_is_left(text: str) -> None:
    """Of control and formatting characters only layout and joiners remain."""
    kept = set("\n\t\u200c\u200d")
    bidirectional = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    left = set(visible(text)) - kept
    assert not {c for c in left if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}}
    assert not {c for c in left if unicodedata.bidirectional(c) in bidirectional}
