"""Differences of prompts: what they join to, and that no prompt can stall them."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.contribution.revisions import changes, passages, words
from tests.histories import Making

TEXTS = st.text(st.sampled_from("ab ,。赤い\n'-🚢"), max_size=60)


@given(TEXTS)
def test_words_join_to_the_text(text: str) -> None:
    """Nothing is lost in taking a text apart."""
    assert "".join(words(text)) == text


@given(TEXTS, TEXTS)
def test_passages_join_to_both_texts(before: str, after: str) -> None:
    """What stayed and came is the new text; what stayed and went is the old, but for spaces."""
    found = passages(before, after)
    new = "".join(part.words for part in found if part.op != "delete")
    old = "".join(part.words for part in found if part.op != "insert")
    assert new == after
    assert "".join(old.split()) == "".join(before.split())


def test_a_diff_reads_word_by_word() -> None:
    """A word that came stands alone; the word before it did not change."""
    found = passages("a boat at sea", "a red boat at sea, low horizon")
    assert [(part.op, part.words) for part in found] == [
        ("equal", "a "),
        ("insert", "red "),
        ("equal", "boat at sea"),
        ("insert", ", low horizon"),
    ]


def test_what_went_does_not_run_into_what_is_beside_it() -> None:
    """Struck out or not, the words stay words; the last of a prompt is the one changed most."""
    for before, after, joined in (
        ("a sea at sunset", "a sea", "a sea at sunset"),
        ("a sea at sunset", "a sea at night", "a sea at sunset night"),
        ("a sea, calm", "a sea", "a sea, calm"),
        ("赤い舟", "青い船", "赤青い舟船"),
    ):
        assert "".join(part.words for part in passages(before, after)) == joined


def test_a_japanese_diff_reads_character_by_character() -> None:
    """There are no spaces to go by."""
    found = passages("海の上の舟", "海の上の赤い舟")
    assert [(part.op, part.words) for part in found if part.op != "equal"] == [("insert", "赤い")]


def test_long_and_repetitive_prompts_do_not_stall() -> None:
    """Comparing is quadratic; 50,000 characters must not be."""
    begin = time.monotonic()
    passages("a b " * 12_500, "b a " * 12_500)
    passages("word " * 3_900, "word " * 1_000 + "other " * 2_900)
    assert time.monotonic() - begin < 5


def test_changed_parameters_stand_beside_the_words() -> None:
    """Only what differs, by name."""
    made = Making()
    made.attempt("a boat")
    made.attempt("a boat", revises=1, viewed="1.2", call={"guidance": "3"})
    (change,) = changes(made.work())
    assert change.viewed == "1.2"
    assert change.texts == ()
    assert [(v.name, v.before, v.after) for v in change.values] == [
        ("guidance", "7.5", "3"),
        ("seed", "1001", "1002"),
    ]
    assert change.revised
