"""The caption grammar: says a scene in words, and knows which words the model has met.

A caption tells some of a scene, in changing words and order. What it told is returned beside the
text, because the text encoder is taught with it. The word lists are in `vocabulary`.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provenance_gen.generation.builtin import vocabulary as words
from provenance_gen.generation.builtin.scenes import HOMES, NATURAL_COLORS, Scene, Thing

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Caption", "describe", "known_words", "split_words", "unknown_words"]

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*|\d")
_UNTOLD = ""


@dataclass(frozen=True, slots=True)
class Caption:
    """A sentence about a scene, and what it tells."""

    text: str
    kinds: tuple[str, str]
    """The kind of each thing; the second is empty for a single thing."""
    colors: tuple[str, str]
    """The colour told of each thing; empty where none was."""
    size: str
    """The size told of a single thing, else empty."""
    layout: str
    place: str
    """The place told, else empty."""
    time: str
    """The time told; empty is day or not told."""


def describe(scene: Scene, rng: random.Random) -> Caption:
    """Say a scene in words drawn by lot."""
    colors = [thing.color if _tells_color(thing, rng) else _UNTOLD for thing in scene.things]
    single = len(scene.things) == 1
    size = scene.things[0].size if single else _UNTOLD
    size = _UNTOLD if size == "medium" else size
    place = scene.place if _tells_place(scene, rng) else _UNTOLD
    time = scene.time if scene.time != "day" or _chance(rng, 0.12) else _UNTOLD
    time = _UNTOLD if scene.place == "plain" else time
    nouns = [
        _noun(thing.kind, color, size, rng)
        for thing, color in zip(scene.things, colors, strict=True)
    ]
    where = [_say(words.PLACE_PHRASES, place, rng), _say(words.TIME_PHRASES, time, rng)]
    if _chance(rng, 0.2):
        where.reverse()
    subject = _subject(scene, nouns, rng)
    kinds = [thing.kind for thing in scene.things]
    return Caption(
        text=_sentence(subject, [phrase for phrase in where if phrase], rng),
        kinds=(kinds[0], _UNTOLD if single else kinds[1]),
        colors=(colors[0], _UNTOLD if single else colors[1]),
        size=size,
        layout=scene.layout,
        place=place,
        time=_UNTOLD if time == "day" else time,
    )


def split_words(text: str) -> list[str]:
    """Return the words of a text in lower case; punctuation and white space fall away."""
    return [match.group().lower() for match in _WORD.finditer(text)]


@functools.cache
def known_words() -> frozenset[str]:
    """Return every word that a caption can hold."""
    tables: Iterable[Mapping[str, Sequence[str]]] = (
        words.KIND_WORDS,
        words.COLOR_WORDS,
        words.SIZE_WORDS,
        words.LAYOUT_PHRASES,
        words.PLACE_PHRASES,
        words.TIME_PHRASES,
        words.PAIR_FORMS,
    )
    phrases = [phrase for table in tables for values in table.values() for phrase in values]
    phrases += [*words.FILLERS, *words.NOISE_PHRASES, *words.NOISE_WORDS, "a an the some"]
    return frozenset(word for phrase in phrases for word in split_words(phrase))


def unknown_words(prompt: str) -> tuple[str, ...]:
    """Return the words of a prompt that the model has never met, each once, in order."""
    found = dict.fromkeys(split_words(prompt))
    return tuple(word for word in found if word not in known_words() and not word.isdigit())


def _chance(rng: random.Random, share: float) -> bool:
    return rng.random() < share


def _tells_color(thing: Thing, rng: random.Random) -> bool:
    """A natural colour may stay unsaid; any other must be said, or it could not be learned."""
    return thing.color not in NATURAL_COLORS[thing.kind] or _chance(rng, 0.5)


def _tells_place(scene: Scene, rng: random.Random) -> bool:
    """Where a thing usually is may stay unsaid; a bare background may as well."""
    usual = scene.place in {"plain", HOMES[scene.things[-1].kind]}
    return not usual or _chance(rng, 0.7)


def _say(table: Mapping[str, Sequence[str]], value: str, rng: random.Random) -> str:
    return rng.choice(table[value]) if value else ""


def _noun(kind: str, color: str, size: str, rng: random.Random) -> str:
    """Return a noun phrase such as 'a small lonely red boat'."""
    names = words.KIND_WORDS[kind]
    name = names[0] if _chance(rng, 0.6) else rng.choice(names)
    hue = words.COLOR_WORDS[color] if color else ("",)
    hue_word = hue[0] if _chance(rng, 0.8) else rng.choice(hue)
    noise = rng.choice(words.NOISE_WORDS) if _chance(rng, 0.15) else ""
    parts = [_say(words.SIZE_WORDS, size, rng), noise, hue_word, name]
    phrase = " ".join(part for part in parts if part)
    article = rng.choices(("a", "the", "one", ""), (80, 8, 4, 8))[0]
    if article == "a" and phrase[0] in "aeiou":
        article = "an"
    return f"{article} {phrase}".strip()


def _subject(scene: Scene, nouns: Sequence[str], rng: random.Random) -> str:
    """Return the things and how they stand to each other."""
    if len(nouns) > 1:
        return rng.choice(words.PAIR_FORMS[scene.layout]).format(*nouns)
    side = "" if scene.layout == "centre" else scene.layout
    return f"{nouns[0]} {_say(words.LAYOUT_PHRASES, side, rng)}".strip()


def _sentence(subject: str, where: Sequence[str], rng: random.Random) -> str:
    """Join subject and surroundings, at times as a list or with words that mean nothing."""
    if where and _chance(rng, 0.1):
        text = f"{', '.join(where)}, {subject}"
    else:
        text = (", " if _chance(rng, 0.1) else " ").join([subject, *where])
    if _chance(rng, 0.25):
        text = f"{rng.choice(words.FILLERS)} {text}"
    if _chance(rng, 0.2):
        count = rng.choice((1, 1, 2, 3))
        text = ", ".join([text, *rng.sample(words.NOISE_PHRASES, count)])
    if _chance(rng, 0.12):
        text = text[0].upper() + text[1:] + "."
    return text
