"""The tokenizer: one token per known word, bytes for all the rest."""

from __future__ import annotations

import random
from typing import Any

import pytest

from provenance_gen.generation.builtin import tokens
from provenance_gen.generation.builtin.captions import describe, known_words
from provenance_gen.generation.builtin.scenes import sample_scene


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    """Return transformers' tokenizer over our vocabulary."""
    pytest.importorskip("transformers")
    return tokens.clip_tokenizer()


def test_every_known_word_is_one_token() -> None:
    """The text encoder sees words, not syllables."""
    assert all(f"{word}</w>" in tokens.vocabulary() for word in known_words())


def test_token_numbers_have_no_gaps() -> None:
    """Every row of the embedding is some token's."""
    numbers = sorted(tokens.vocabulary().values())
    assert numbers == list(range(len(numbers)))


def test_fast_encoding_equals_the_real_tokenizer(tokenizer: Any) -> None:
    """Training and sampling see the same tokens."""
    rng = random.Random(2)
    for _ in range(300):
        text = describe(sample_scene(rng, pairs=0.5), rng).text
        real = tokenizer(text, padding="max_length", max_length=tokens.LENGTH, truncation=True)
        assert tokens.encode(text) == real.input_ids, text


def test_any_text_has_tokens(tokenizer: Any) -> None:
    """Scripts and signs that no caption holds are spelled byte by byte, never lost."""
    for text in ("\u6d77\u306e\u4e0a\u306e\u8239", "\U0001f409", "na\u00efve", "<script>"):
        inner = tokenizer(text).input_ids[1:-1]
        assert inner
        assert tokenizer.eos_token_id not in inner
