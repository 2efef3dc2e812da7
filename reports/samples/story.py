"""What people wrote in the example, and what its pictures show; the same story in two languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from provenance_gen.generation.builtin.scenes import Scene, Thing

Words = tuple[str, ...]


@dataclass(frozen=True)
class Story:
    """Words of the person who made the example work."""

    title: str
    author: str
    intents: Words
    sketch: str
    prompts: Words
    """Of attempts 1 to 5."""
    rejected: str
    picked: Words
    note: str
    """On the person's own edit."""
    other: str
    """On the edit in another program."""
    file: str


ENGLISH: Final = Story(
    title="The boat that waits",
    author="A. Painter (invented)",
    intents=(
        "A small boat, low light from the right, more water than sky: it looks as if it waits.",
        "The boat stays red. I let go of the harbour; only the sea is left.",
    ),
    sketch="composition sketch.png",
    prompts=(
        "a red boat on the sea by day",
        "a large red boat on the sea at sunset",
        "a small red boat on the left, on the sea at sunset",
        "a small red boat on the left, on the sea at sunset, calm water, low warm light",
        "a small red boat on the left, on the sea at night",
    ),
    rejected="The boat fills the picture; it does not wait any more.",
    picked=(
        "The boat stands small and to the left, as in my sketch, and leaves the water empty.",
        "Night is too cold for what I want to tell. I go back to the sunset of attempt 4.",
    ),
    note="Painted a lamp on the mast and its reflection: somebody is expected.",
    other="Darkened the far edge of the water by hand.",
    file="the boat that waits.png",
)

JAPANESE: Final = Story(
    title="待つ舟",
    author="絵描き花子、架空の人",
    intents=(
        "静かな海に小さな舟がひとつ。空よりも水面を広くして、誰かを待っているように見せたい。",
        "舟は赤のまま。港を描くのはやめて、海だけを残す。",
    ),
    sketch="構図のラフ.png",
    prompts=(
        "昼の海に浮かぶ赤い舟",
        "夕暮れの海に浮かぶ大きな赤い舟",
        "夕暮れの海、左寄りに浮かぶ小さな赤い舟",
        "夕暮れの海、左寄りに浮かぶ小さな赤い舟、静かな水面、低く暖かい光",
        "夜の海、左寄りに浮かぶ小さな赤い舟",
    ),
    rejected="舟が画面いっぱいで、もう待っているように見えない。",
    picked=(
        "ラフのとおり舟が小さく左にあり、水面が広く空いている。",
        "夜では冷たすぎて、伝えたいことに合わない。試行4の夕暮れに戻る。",
    ),
    note="マストに灯りと、その水面への映り込みを描き足した。誰かを待っている印として。",
    other="水面の奥を手で暗くした。",
    file="待つ舟.png",
)

STORIES: Final = {"en": ENGLISH, "ja": JAPANESE}


def _boat(size: str, layout: str, time: str, seed: int) -> Scene:
    return Scene((Thing("boat", "red", size),), layout, "sea", time, seed)


SCENES: Final = {
    "i1": Scene((Thing("boat", "black", "small"),), "left", "plain", "day", 4),
    **{f"1.{n}": _boat("medium", "centre", "day", n) for n in (1, 2, 3, 4)},
    **{f"2.{n}": _boat("large", "centre", "sunset", 10 + n) for n in (1, 2, 3, 4)},
    **{f"3.{n}": _boat("small", "left", "sunset", 20 + n) for n in (1, 2, 3, 4)},
    **{f"4.{n}": _boat("small", "left", "sunset", 30 + n) for n in (1, 2, 3, 4)},
    **{f"5.{n}": _boat("small", "left", "night", 40 + n) for n in (1, 2)},
}
"""What the pictures of the program show, by their names; those of edits are painted on them."""
