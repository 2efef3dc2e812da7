"""The caption grammar: what it says it told is in the words, and nothing else is."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from provenance_gen.generation.builtin import vocabulary
from provenance_gen.generation.builtin.captions import (
    Caption,
    describe,
    known_words,
    split_words,
    unknown_words,
)
from provenance_gen.generation.builtin.scenes import NATURAL_COLORS, Scene, Thing, sample_scene

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def _captions() -> Iterator[tuple[Scene, Caption]]:
    rng = random.Random(5)
    for _ in range(800):
        scene = sample_scene(rng, pairs=0.4)
        yield scene, describe(scene, rng)


def _says(text: str, table: Mapping[str, Sequence[str]], value: str) -> bool:
    lower = text.lower()
    return any(phrase in lower for phrase in table[value])


def test_every_attribute_told_is_in_the_words() -> None:
    """The words hold a name of every attribute that the caption claims to tell."""
    for _, caption in _captions():
        told = [
            *((vocabulary.KIND_WORDS, kind) for kind in caption.kinds),
            *((vocabulary.COLOR_WORDS, color) for color in caption.colors),
            (vocabulary.SIZE_WORDS, caption.size),
            (vocabulary.PLACE_PHRASES, caption.place),
            (vocabulary.TIME_PHRASES, caption.time),
        ]
        for table, value in told:
            assert not value or _says(caption.text, table, value), (value, caption.text)


def test_what_is_told_is_true_of_the_scene() -> None:
    """A caption may keep silent, but never says what is not in the scene."""
    for scene, caption in _captions():
        kinds = tuple(thing.kind for thing in scene.things)
        assert tuple(kind for kind in caption.kinds if kind) == kinds
        for thing, color in zip(scene.things, caption.colors, strict=False):
            assert color in {"", thing.color}
        assert caption.place in {"", scene.place}
        assert caption.time == ("" if scene.time == "day" else scene.time)


def test_an_unusual_colour_is_always_told() -> None:
    """A colour nobody would guess must be said, or prompts could not ask for it."""
    for scene, caption in _captions():
        for thing, color in zip(scene.things, caption.colors, strict=False):
            assert color or thing.color in NATURAL_COLORS[thing.kind]


def test_captions_hold_only_known_words() -> None:
    """The list of known words is complete."""
    assert all(not unknown_words(caption.text) for _, caption in _captions())


def test_the_same_lot_gives_the_same_words() -> None:
    """Captions can be made again from a seed."""
    scene = Scene((Thing("cat", "black", "small"),), "centre", "snow", "night", seed=1)
    first, second = (describe(scene, random.Random(9)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "prompt",
    [
        "a boat on the sea",
        "a red boat on the sea at sunset",
        "a small white boat on the sea",
        "A yellow sun over the sea.",
        "",
    ],
)
def test_prompts_of_the_documentation_are_known(prompt: str) -> None:
    """No example of ours warns of an unknown word."""
    assert unknown_words(prompt) == ()


def test_unknown_words_come_once_and_in_order() -> None:
    """Each unknown word is told once, numbers and signs never."""
    prompt = "A dragon, a castle and a DRAGON on the sea, 42 \u6d77 \U0001f409"
    assert unknown_words(prompt) == ("dragon", "castle", "\u6d77")


def test_words_are_split_at_everything_but_letters() -> None:
    """Hyphens and brackets separate, an apostrophe does not."""
    assert split_words("Red-hot boat's sail\n(4k)") == ["red", "hot", "boat's", "sail", "4", "k"]


def test_attribute_words_are_never_noise() -> None:
    """A word that means something must not also be taught as meaning nothing."""
    meaning = {
        word
        for table in (vocabulary.KIND_WORDS, vocabulary.COLOR_WORDS, vocabulary.SIZE_WORDS)
        for values in table.values()
        for phrase in values
        for word in split_words(phrase)
    }
    assert not meaning & set(vocabulary.NOISE_WORDS)
    assert meaning <= known_words()
