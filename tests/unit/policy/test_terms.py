"""Words are found in prompts however they are written, and nothing else is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.policy.terms import fault, found, normal


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("Sesshu", "a boat by SESSHU"),
        ("sesshu", "ｓｅｓｓｈｕ, ink"),  # noqa: RUF001 - full width is what is tested
        ("sesshu", "by_sesshu,(masterpiece:1.2)"),
        ("sesshu", "(sesshu:1.3)"),
        ("sesshu", "1sesshu"),
        ("sesshu", "ses\u200bshu"),
        ("van gogh", "Van  Gogh"),
        ("van gogh", "van_gogh"),
        ("van-gogh", "van\ngogh"),
        ("straße", "STRASSE"),
        ("child*", "two children"),
        ("*punk", "steampunk"),
        ("18", "18yo"),
        ("雪舟", "雪舟風の絵"),
        ("雪舟", "sesshu(雪舟)"),
        ("ピカソ", "ﾋﾟｶｿ風"),
        ("パブロ・ピカソ", "パブロピカソ"),
        ("パブロ・ピカソ", "パブロ　ピカソ"),
        ("葛飾", "葛\U000e0100飾北斎"),
        ("sesshu", "絵sesshu風"),
        ("세밀화", "세밀화를"),
        ("c++", "a c++ poster"),
    ],
)
def test_found(term: str, text: str) -> None:
    """Case, width, joints and invisible characters do not matter; nor do words beside kanji."""
    assert found([term], ["a pier", text]) == (term,)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("sesshu", "sesshuesque"),
        ("sesshu", "unsesshu"),
        ("art", "a cart and an artist"),
        ("child", "children"),
        ("van gogh", "vangogh"),
        ("18", "118"),
        ("ピカソ", "ぴかそ"),
        ("雪舟", "雪の舟"),
        ("straße", "strase"),
        ("c++", "c"),
    ],
)
def test_not_found(term: str, text: str) -> None:
    """A part of a word is another word; kana of the other kind must be listed."""
    assert found([term], [text]) == ()


@pytest.mark.parametrize(
    "term", ["", " ", "*", "**", "-", "_", "・", "chi*ld", "x" * 201, "\u200b"]
)
def test_faults(term: str) -> None:
    """What would be found everywhere, nowhere, or slowly."""
    assert fault(term) is not None


@given(st.text(max_size=40))
def test_every_term_without_fault_finds_itself(term: str) -> None:
    """Whatever is written, it is found where it stands alone, and the search does not fail."""
    if fault(term) is None:
        bare = term.removeprefix("*").removesuffix("*")
        assert found([term], [f"a, {bare}, b"]) == (term,)
        assert normal(normal(bare)) == normal(bare)


def test_the_search_is_never_slow() -> None:
    """A prompt as long as a book, and the term that could be tried most often in it."""
    begun = time.process_time()
    assert found(["x " * 99 + "y"], ["x " * 100_000]) == ()
    assert time.process_time() - begun < 5
